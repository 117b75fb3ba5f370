-- name: rule
SELECT scans, value, hours, losses
  FROM offline_rules
 WHERE brand_id = :brand_id;

-- name: set_rule
-- Gives a brand a rule, or another one, and notes it; nothing for a brand that does not exist.
WITH put AS (
    INSERT INTO offline_rules (brand_id, scans, value, hours, losses)
    SELECT id, :scans, :value, :hours, :losses FROM brands WHERE id = :brand_id
    ON CONFLICT (brand_id) DO UPDATE
       SET scans = excluded.scans, value = excluded.value, hours = excluded.hours, losses = excluded.losses
    RETURNING *
), noted AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT brand_id, 'brand.offline_rule_set', now(),
           jsonb_build_object('scans', scans, 'value', value, 'hours', hours, 'losses', losses)
      FROM put
)
SELECT brand_id FROM put;

-- name: remove_rule
-- Takes the rule of a brand away, and notes it; nothing for a brand that has none.
WITH removed AS (
    DELETE FROM offline_rules WHERE brand_id = :brand_id RETURNING brand_id
), noted AS (
    INSERT INTO events (subject_id, kind, at) SELECT brand_id, 'brand.offline_rule_removed', now() FROM removed
)
SELECT brand_id FROM removed;

-- name: rules
SELECT r.brand_id, b.name AS brand, r.scans, r.value, r.hours, r.losses
  FROM offline_rules r
  JOIN brands b ON b.id = r.brand_id
 ORDER BY lower(b.name), r.brand_id;

-- name: to_sign
-- The facts of a huggg that its offline code tells. Its sequence counts its moves: each gave it another link.
SELECT h.product_id, h.value, h.expires_at,
       ARRAY(SELECT brand_id FROM honouring WHERE product_id = h.product_id) AS honoured_by,
       (SELECT count(*) FROM moved_links WHERE huggg_id = h.id) AS sequence
  FROM hugggs h
 WHERE h.id = :huggg_id;

-- name: note_shown
-- Notes that a code is shown; of a code that was shown before, with its later end.
INSERT INTO offline_codes (huggg_id, sequence, ends_at)
VALUES (:huggg_id, :sequence, :ends_at)
ON CONFLICT (huggg_id, sequence) DO UPDATE SET ends_at = greatest(offline_codes.ends_at, excluded.ends_at)
RETURNING huggg_id;

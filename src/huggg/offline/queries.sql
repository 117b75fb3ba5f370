-- name: rule
SELECT scans, value, hours, losses
  FROM offline_rules
 WHERE brand_id = :brand_id;

-- name: set_rule
-- Gives a brand a rule, or another one, and notes it; nothing for a brand that does not exist.
WITH upserts AS (
    INSERT INTO offline_rules (brand_id, scans, value, hours, losses)
    SELECT id, :scans, :value, :hours, :losses FROM brands WHERE id = :brand_id
    ON CONFLICT (brand_id) DO UPDATE
       SET scans = excluded.scans, value = excluded.value, hours = excluded.hours, losses = excluded.losses
    RETURNING *
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT brand_id, 'brand.offline_rule_set', now(),
           jsonb_build_object('scans', scans, 'value', value, 'hours', hours, 'losses', losses)
      FROM upserts
)
SELECT brand_id FROM upserts;

-- name: remove_rule
-- Takes the rule of a brand away, and notes it; nothing for a brand that has none.
WITH removed_rules AS (
    DELETE FROM offline_rules WHERE brand_id = :brand_id RETURNING brand_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at) SELECT brand_id, 'brand.offline_rule_removed', now() FROM removed_rules
)
SELECT brand_id FROM removed_rules;

-- name: rules
SELECT r.brand_id, b.name AS brand, r.scans, r.value, r.hours, r.losses
  FROM offline_rules r
  JOIN brands b ON b.id = r.brand_id
 ORDER BY lower(b.name), r.brand_id;

-- name: to_sign
-- The facts of a huggg that its offline code tells. Its sequence counts its moves: each gave it another link.
SELECT h.product_id, h.value, h.expires_at, h.codes,
       ARRAY(SELECT brand_id FROM honouring WHERE product_id = h.product_id) AS honoured_by,
       (SELECT count(*) FROM moved_links WHERE huggg_id = h.id) AS sequence
  FROM hugggs h
 WHERE h.id = :huggg_id;

-- name: link_of_scan
-- The codes of a scan's huggg, sealed. None: the huggg moved since the scan's code was signed, or, where an older server took the
-- scan in, since it arrived.
SELECT h.codes
  FROM hugggs h
 WHERE h.id = :huggg_id
   AND CASE WHEN :sequence::bigint IS NULL
            THEN NOT EXISTS (SELECT FROM moved_links m WHERE m.huggg_id = h.id AND m.moved_at > :arrived_at)
            ELSE :sequence = (SELECT count(*) FROM moved_links m WHERE m.huggg_id = h.id) END;

-- name: note_shown
-- Notes that a code is shown; of a code that was shown before, with its later end.
INSERT INTO offline_codes (huggg_id, sequence, product_id, ends_at)
VALUES (:huggg_id, :sequence, :product_id, :ends_at)
ON CONFLICT (huggg_id, sequence) DO UPDATE
   SET product_id = excluded.product_id, ends_at = greatest(offline_codes.ends_at, excluded.ends_at)
RETURNING huggg_id;

-- name: revoked
-- The codes that were shown and have not ended, of hugggs that this brand honours, that no till may accept any more: `whole` where
-- the huggg is over, and else those from before a move. Found by the index `offline_codes_by_product`, and so are those that a
-- server of an older release showed, which have no product.
WITH shown_codes AS (
    SELECT huggg_id, sequence
      FROM offline_codes
     WHERE product_id = ANY(ARRAY(SELECT product_id FROM honouring WHERE brand_id = :brand_id))
       AND ends_at > now()
     UNION ALL
    SELECT c.huggg_id, c.sequence
      FROM offline_codes c
      JOIN hugggs h ON h.id = c.huggg_id
     WHERE c.product_id IS NULL
       AND c.ends_at > now()
       AND EXISTS (SELECT FROM honouring o WHERE o.product_id = h.product_id AND o.brand_id = :brand_id)
)
SELECT c.huggg_id, c.sequence, over.whole
  FROM shown_codes c
  JOIN hugggs h ON h.id = c.huggg_id
 CROSS JOIN LATERAL (SELECT h.redemption_id IS NOT NULL OR h.cancelled_at IS NOT NULL OR h.expired_at IS NOT NULL
                            OR h.expires_at <= now() AS whole) AS over
 WHERE over.whole OR c.sequence < (SELECT count(*) FROM moved_links m WHERE m.huggg_id = c.huggg_id);

-- name: honoured_products
-- The products that a brand honours, as its tills show them, and the brands that honour each.
SELECT p.id, p.published ->> 'label' AS label, honoured_by(p.id) AS honoured_by,
       ARRAY(SELECT a.code FROM adjustment_codes a
              WHERE a.brand_id = :brand_id AND a.product_id = p.id
              ORDER BY a.position) AS codes
  FROM products p
 WHERE p.id IN (SELECT product_id FROM honouring WHERE brand_id = :brand_id)
 ORDER BY p.id;

-- name: forget_ended_codes
-- Forgets shown codes whose end has come, and says how many: no till accepts them any more.
WITH old_codes AS (
    SELECT huggg_id, sequence
      FROM offline_codes
     WHERE ends_at <= now()
     LIMIT :most
), deleted_codes AS (
    DELETE FROM offline_codes c
     USING old_codes
     WHERE c.huggg_id = old_codes.huggg_id AND c.sequence = old_codes.sequence
       AND c.ends_at <= now()  -- still: it may be shown again meanwhile, with a later end
    RETURNING c.huggg_id
)
SELECT count(*) AS total FROM deleted_codes;

-- name: arrival
-- The facts for the decision about a scan, beside its huggg: the rule, the moves, the turn of the device, and the most scans
-- that waited on the device at one time while this one did. So the count is the same in every order of arrival. Where a
-- device's clock is ahead, the database's clock holds; where it was set back, the scan waited for as long as any rule allows.
-- Each other scan begins and ends to wait, and a running sum over these moments counts those that wait at each.
WITH scan AS (
    SELECT greatest(least(:scanned_at::timestamptz, now()), now() - :longest::interval) AS scanned_at
), moments AS (
    SELECT moment.at, moment.scans, moment.scans * s.value AS value
      FROM scan
      JOIN offline_scans s ON s.device_id = :device_id AND s.arrived_at > scan.scanned_at AND s.arrived_at > s.scanned_at
     CROSS JOIN LATERAL (VALUES (greatest(s.scanned_at, scan.scanned_at), 1), (s.arrived_at, -1)) AS moment (at, scans)
), at_once AS (
    SELECT sum(scans) OVER up_to_here AS scans, sum(value) OVER up_to_here AS value
      FROM moments
    WINDOW up_to_here AS (ORDER BY at RANGE UNBOUNDED PRECEDING)
)
SELECT r.scans, r.value, r.hours, r.losses,
       (SELECT count(*) FROM moved_links WHERE huggg_id = :huggg_id) AS sequence,
       coalesce(t.scans, 0) AS turn,
       (SELECT coalesce(max(scans), 0) FROM at_once) AS waiting_scans,
       (SELECT coalesce(max(value), 0)::bigint FROM at_once) AS waiting_value
  FROM (SELECT) AS one
  LEFT JOIN offline_rules r ON r.brand_id = :brand_id
  LEFT JOIN offline_turns t ON t.device_id = :device_id;

-- name: scan
SELECT * FROM offline_scans WHERE huggg_id = :huggg_id AND id = :id;

-- name: scan_by_id
-- A scan by its own id, of one brand or of any: the older one where a device gave one id to two.
SELECT *
  FROM offline_scans
 WHERE id = :id AND (:brand_id::uuid IS NULL OR brand_id = :brand_id)
 ORDER BY arrived_at, huggg_id
 LIMIT 1;

-- name: take_in
-- Takes a scan in, once. No row: another scan of the device had its turn meanwhile, and is to be counted first.
WITH turn AS (
    INSERT INTO offline_turns AS t (device_id, scans) VALUES (:device_id, 1)
    ON CONFLICT (device_id) DO UPDATE SET scans = t.scans + 1 WHERE t.scans = :turn
    RETURNING device_id
), new_scan AS (
    INSERT INTO offline_scans (huggg_id, id, brand_id, location_id, device_id, user_id, client_id, value, sale,
                               scanned_at, arrived_at, reason, losses, sequence)
    SELECT :huggg_id, :id, :brand_id::uuid, :location_id, device_id, :user_id::uuid, :client_id, :value, :sale::jsonb,
           :scanned_at, :now, :reason, :losses, :sequence
      FROM turn
    ON CONFLICT (huggg_id, id) DO NOTHING
    RETURNING *
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'huggg.scan_conflicted', arrived_at, user_id, client_id,
           jsonb_build_object('scan_id', id, 'brand_id', brand_id, 'location_id', location_id,
                              'device_id', device_id, 'scanned_at', scanned_at, 'reason', reason)
      FROM new_scan
     WHERE reason IS NOT NULL
)
SELECT device_id FROM turn;

-- name: conflict
-- Makes a conflict of a scan whose redemption was refused.
WITH refused_scans AS (
    UPDATE offline_scans s
       SET reason = :reason
     WHERE s.huggg_id = :huggg_id AND s.id = :id
       AND s.reason IS NULL
       AND NOT EXISTS (SELECT FROM redemptions r WHERE r.huggg_id = s.huggg_id AND r.id = s.id)
    RETURNING *
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'huggg.scan_conflicted', now(), user_id, client_id,
           jsonb_build_object('scan_id', id, 'brand_id', brand_id, 'location_id', location_id,
                              'device_id', device_id, 'scanned_at', scanned_at, 'reason', reason)
      FROM refused_scans
)
SELECT id FROM refused_scans;

-- name: settle
-- Settles a conflict, once. A loss is settled only while no redemption has completed the settlement's key, and from then on
-- none does: loss and forestalled key exist together or not at all. Where the platform bears the loss, it pays the merchant.
WITH conflict AS (
    SELECT huggg_id, id
      FROM offline_scans
     WHERE huggg_id = :huggg_id AND id = :id
       AND reason IS NOT NULL
       AND settled_at IS NULL
       FOR UPDATE
), forestalled_keys AS (
    INSERT INTO idempotency_keys AS existing (caller, key, request, attempt, lease_until, status, answer)
    SELECT :key_caller, :key, '', :key_attempt, now(), :key_status::smallint, :key_answer::bytea
      FROM conflict
     WHERE :settlement <> 'redeemed'
    ON CONFLICT (caller, key) DO UPDATE
       SET status = excluded.status, answer = excluded.answer
     WHERE existing.effect_id IS NULL
    RETURNING existing.key
), settled_scans AS (
    UPDATE offline_scans s
       SET settlement = :settlement, settled_at = now(), settled_by = :by, note = :note
      FROM conflict c
     WHERE s.huggg_id = c.huggg_id AND s.id = c.id
       AND (:settlement = 'redeemed' OR EXISTS (SELECT FROM forestalled_keys))
    RETURNING s.*
), paid AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT :transfer_id, huggg_id, '00000000-0000-4000-8000-000000000005', brand_id, value, 'settle', settled_at
      FROM settled_scans
     WHERE settlement = 'platform'
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'huggg.scan_settled', settled_at, :user_id::uuid, :client_id,
           jsonb_build_object('scan_id', id, 'settlement', settlement, 'amount', value, 'reason', note)
      FROM settled_scans
)
SELECT * FROM settled_scans;

-- name: forget_refusal
-- Forgets a refusal that an older server kept under the key of a conflict's settlement, while the conflict waits: a later try may
-- pass. The key of a settled loss stays: its statement locks the conflict first, too.
WITH waiting_conflict AS MATERIALIZED (
    SELECT FROM offline_scans
     WHERE huggg_id = :huggg_id AND id = :id AND settled_at IS NULL
       FOR UPDATE
)
DELETE FROM idempotency_keys
 WHERE EXISTS (SELECT FROM waiting_conflict)
   AND caller = :caller AND key = :key AND status IS NOT NULL AND effect_id IS NULL
RETURNING key;

-- name: conflicts
-- Conflicts of a brand, or of all: those that wait, the oldest first, found by the index `offline_conflicts`; or all.
SELECT s.*, b.name AS brand, p.published ->> 'label' AS product
  FROM offline_scans s
  LEFT JOIN brands b ON b.id = s.brand_id
  LEFT JOIN hugggs h ON h.id = s.huggg_id
  LEFT JOIN products p ON p.id = h.product_id
 WHERE s.reason IS NOT NULL
   AND (:brand_id::uuid IS NULL OR s.brand_id = :brand_id)
   AND (:location_ids::text[] IS NULL OR s.location_id = ANY(:location_ids::text[]))
   AND (s.settled_at IS NULL OR NOT :waiting::boolean)
 ORDER BY s.arrived_at, s.id
 LIMIT :most;

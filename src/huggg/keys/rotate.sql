-- name: old_hugggs
-- A sealed value begins with its key's number.
SELECT id, codes
  FROM hugggs
 WHERE get_byte(codes, 0) * 256 + get_byte(codes, 1) <> :newest::int
 LIMIT :size;

-- name: reseal_hugggs
-- The fingerprints of both codes move in the same statement: at every instant exactly one row leads to the huggg.
WITH input AS (
    SELECT *
      FROM unnest(:ids::uuid[], :olds::bytea[], :news::bytea[], :fingerprints::bytea[],
                  :redeem_fingerprints::bytea[])
           AS i (id, old, new, fingerprint, redeem_fingerprint)
), sealed_hugggs AS (
    UPDATE hugggs h
       SET codes = i.new
      FROM input i
     WHERE h.id = i.id AND h.codes = i.old
    RETURNING h.id, i.fingerprint, i.redeem_fingerprint
), stale_shortcodes AS (
    DELETE FROM shortcodes s
     USING sealed_hugggs
     WHERE s.fingerprint IN (SELECT unnest(:stale::bytea[])) AND s.huggg_id = sealed_hugggs.id
), findable AS (
    INSERT INTO shortcodes (fingerprint, huggg_id, redeem_fingerprint)
    SELECT fingerprint, id, redeem_fingerprint FROM sealed_hugggs
    ON CONFLICT DO NOTHING
)
SELECT id FROM sealed_hugggs;

-- name: old_vouchers
-- A code in its pool's seal begins with zeros, and its key's number stands behind the name of its row.
SELECT huggg_id, id, code
  FROM (SELECT *, CASE WHEN substring(code FOR 2) = '\x0000' THEN 34 ELSE 0 END AS number_at FROM vouchers) AS v
 WHERE get_byte(code, number_at) * 256 + get_byte(code, number_at + 1) <> :newest::int
 LIMIT :size;

-- name: reseal_vouchers
UPDATE vouchers v
   SET code = g.new
  FROM unnest(:huggg_ids::uuid[], :ids::uuid[], :olds::bytea[], :news::bytea[])
       AS g (huggg_id, id, old, new)
 WHERE v.huggg_id = g.huggg_id AND v.id = g.id AND v.code = g.old
RETURNING v.id;

-- name: old_codes
SELECT brand_id, fingerprint, code
  FROM codes
 WHERE get_byte(code, 0) * 256 + get_byte(code, 1) <> :newest::int
 LIMIT :size;

-- name: reseal_codes
-- Resealing renames a code that is just being drawn; its drawer then draws again.
UPDATE codes c
   SET fingerprint = g.new_fingerprint, code = g.new
  FROM unnest(:brand_ids::uuid[], :fingerprints::bytea[], :new_fingerprints::bytea[], :news::bytea[])
       AS g (brand_id, fingerprint, new_fingerprint, new)
 WHERE c.brand_id = g.brand_id AND c.fingerprint = g.fingerprint
RETURNING c.brand_id;

-- name: old_messages
SELECT t.word_key, w.*
  FROM transactions t
  JOIN purchase_messages w ON w.transaction_id = t.id
 WHERE t.word_key <> :newest::int
 LIMIT :size;

-- name: old_group_links
SELECT transaction_id, sealed
  FROM group_links
 WHERE get_byte(sealed, 0) * 256 + get_byte(sealed, 1) <> :newest::int
 LIMIT :size;

-- name: reseal_group_links
UPDATE group_links l
   SET sealed = g.new, fingerprint = g.fingerprint
  FROM unnest(:ids::uuid[], :olds::bytea[], :news::bytea[], :fingerprints::bytea[])
       AS g (transaction_id, old, new, fingerprint)
 WHERE l.transaction_id = g.transaction_id AND l.sealed = g.old
RETURNING l.transaction_id;

-- name: old_people
SELECT k.person_id, k.key, u.personal, coalesce(u.exact_username, false) AS exact_username
  FROM person_keys k
  LEFT JOIN users u ON u.id = k.person_id
 WHERE get_byte(k.key, 0) * 256 + get_byte(k.key, 1) <> :newest::int
 LIMIT :size;

-- name: reseal_people
-- The fingerprints of a user move in the same statement. One that another user has got meanwhile, under the new key, stays
-- as it is.
WITH input AS (
    SELECT *
      FROM unnest(:ids::uuid[], :olds::bytea[], :news::bytea[], :usernames::bytea[], :emails::bytea[], :phones::bytea[])
           AS i (id, old, new, username, email, phone)
), sealed_person_keys AS (
    UPDATE person_keys k
       SET key = i.new
      FROM input i
     WHERE k.person_id = i.id AND k.key = i.old
    RETURNING k.person_id, i.username, i.email, i.phone
), findable AS (
    UPDATE users u
       SET username_fingerprint = CASE WHEN u.username_fingerprint IS NULL
                                         OR EXISTS (SELECT FROM users o WHERE o.username_fingerprint = s.username)
                                       THEN u.username_fingerprint ELSE s.username END,
           email_fingerprint = CASE WHEN u.email_fingerprint IS NULL
                                      OR EXISTS (SELECT FROM users o WHERE o.email_fingerprint = s.email)
                                    THEN u.email_fingerprint ELSE s.email END,
           phone_fingerprint = CASE WHEN u.phone_fingerprint IS NULL
                                      OR EXISTS (SELECT FROM users o WHERE o.phone_fingerprint = s.phone)
                                    THEN u.phone_fingerprint ELSE s.phone END
      FROM sealed_person_keys s
     WHERE u.id = s.person_id
)
SELECT person_id FROM sealed_person_keys;

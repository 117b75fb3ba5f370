-- name: gift
-- One huggg as its page shows it, by a fingerprint of its shortcode. Set-based: see Database.each.
SELECT items.n, now() AS now, h.*, ver.version,
       t.team_id, team.name AS team, sender.name, sender.username, sender.phone_number, sender.personal, sender.person_key,
       h.id AS huggg_id, sender.person_key AS sender_key,
       t.message, t.sealed_message, t.message_receiver_id, message_key.key AS message_receiver_key,
       own.sealed_message AS own_message, own.message AS older_own_message, own.person_id AS own_receiver_id,
       own_key.key AS own_receiver_key,
       r.created_at AS spent_at, coalesce(l.name, r.location_id) AS spent_where,
       coalesce(team.code_viewers, 'holders') AS code_viewers,
       EXISTS (SELECT FROM thanks WHERE thanks.huggg_id = h.id) AS thanked
  FROM unnest(:fingerprint::bytea[]) WITH ORDINALITY AS items (fingerprint, n)
  JOIN shortcodes c ON c.fingerprint = items.fingerprint
  JOIN shown_hugggs h ON h.id = c.huggg_id
  JOIN gift_versions ver ON ver.huggg_id = h.id
  JOIN transactions t ON t.id = h.transaction_id
  LEFT JOIN teams team ON team.id = t.team_id
  LEFT JOIN people sender ON sender.id = h.sender_id
  LEFT JOIN redemptions r ON r.huggg_id = h.id AND r.id = h.redemption_id
  LEFT JOIN locations l ON l.id = r.location_id
  LEFT JOIN person_keys message_key ON message_key.person_id = t.message_receiver_id
  LEFT JOIN own_messages own ON own.huggg_id = h.id
  LEFT JOIN person_keys own_key ON own_key.person_id = own.person_id;

-- name: tills
-- The time zone of a brand, and the symbology in which its tills scan codes, if it has chosen one.
SELECT b.time_zone, s.symbology
  FROM brands b
  LEFT JOIN code_symbols s ON s.brand_id = b.id
 WHERE b.id = :brand_id;

-- name: shops
-- The locations where staff can redeem by a PIN, of brands that honour a product.
SELECT l.id, l.name
  FROM locations l
  JOIN location_pins p ON p.location_id = l.id
 WHERE l.brand_id = ANY(:brand_ids::uuid[]) AND l.removed_at IS NULL
 ORDER BY lower(l.name), l.id;

-- name: set_symbology
-- Has the codes of a brand drawn in a symbology, and notes it; nothing for a brand that does not exist.
WITH upserts AS (
    INSERT INTO code_symbols (brand_id, symbology)
    SELECT id, :symbology FROM brands WHERE id = :brand_id
    ON CONFLICT (brand_id) DO UPDATE SET symbology = excluded.symbology
    RETURNING brand_id, symbology
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT brand_id, 'brand.symbology_set', now(), jsonb_build_object('symbology', symbology) FROM upserts
)
SELECT brand_id FROM upserts;

-- name: changed
-- The gifts of open pages whose version is another one by now, each by the version that its pages show. One
-- statement for all pages of a process.
SELECT w.huggg_id, w.version
  FROM unnest(:ids::uuid[], :versions::bigint[]) AS w (huggg_id, version)
  JOIN gift_versions v ON v.huggg_id = w.huggg_id
 WHERE v.version <> w.version;

-- name: spendable
-- Everything that the decision to redeem depends on. Huggg, location and caller may be missing; the clock never
-- is. Set-based: see Lookup and Database.each_sharing.
SELECT items.n, now() AS now,
       h.id, h.sender_id, coalesce(h.receiver_id, h.sender_id) AS owner_id, h.product_id,
       h.choice_id, h.redemption_id, h.cancelled_at, h.sent_at, h.expires_at, h.held_until, h.codes,
       ARRAY(SELECT brand_id FROM honouring WHERE product_id = h.product_id) AS honoured_by,
       l.id AS location_id, l.brand_id AS location_brand_id, lookup_callers.*
  FROM unnest(:huggg_id::uuid[], :fingerprint::bytea[], :location_id::text[], :shared_token::bytea[])
       WITH ORDINALITY AS items (huggg_id, fingerprint, location_id, token, n)
  LEFT JOIN shortcodes c ON c.fingerprint = items.fingerprint
  LEFT JOIN hugggs h ON h.id = coalesce(items.huggg_id, c.huggg_id)
  LEFT JOIN locations l ON l.id = items.location_id AND l.removed_at IS NULL
  LEFT JOIN lookup_callers ON caller_token = items.token;

-- name: redeem
-- Spends hugggs: each that is sent, unspent, not cancelled, no choice without a pick, free of holds, and of the link that
-- the decision read: a move seals other codes. A confirmation spends the huggg of its own hold, from which none moves, even if it
-- expired meanwhile. Redemption, transfer, event and kept answer exist together or not at all. An item has no row if a
-- concurrent call, perhaps of the same batch, spent, held or moved its huggg first.
--
-- Set-based: see Database.each. The rows are locked in the order of their ids, so that two batches
-- that share hugggs wait for each other in one direction only. They are found by their ids: `redemption_id IS NULL` would let
-- PostgreSQL, while it has no statistics, walk an index of all open hugggs instead, and `num_nonnulls` does not.
WITH items AS MATERIALIZED (
    SELECT *
      FROM unnest(:id::uuid[], :huggg_id::uuid[], :brand_id::uuid[], :location_id::text[],
                  :user_id::uuid[], :client_id::text[], :link::bytea[], :at::timestamptz[], :transfer_id::uuid[],
                  :hold_id::uuid[], :sale::jsonb[], :key_caller::text[], :key::text[], :key_attempt::uuid[],
                  :key_status::smallint[], :key_answer::bytea[])
           WITH ORDINALITY AS a (id, huggg_id, brand_id, location_id, user_id, client_id, link, at,
                                 transfer_id, hold_id, sale, key_caller, key, key_attempt, key_status,
                                 key_answer, n)
     ORDER BY huggg_id
), reserved_keys AS (
    SELECT a.id
      FROM items a
      JOIN idempotency_keys k
        ON k.caller = a.key_caller AND k.key = a.key AND k.attempt = a.key_attempt
     WHERE k.status IS NULL
       FOR UPDATE OF k
), spent_hugggs AS (
    UPDATE hugggs h
       SET redemption_id = a.id, updated_at = a.at, hold_id = NULL, held_until = NULL
      FROM items a
     WHERE h.id = a.huggg_id
       AND num_nonnulls(h.redemption_id) = 0
       AND h.cancelled_at IS NULL AND h.expired_at IS NULL
       AND h.sent_at <= a.at
       AND h.choice_id IS DISTINCT FROM h.product_id
       AND (a.hold_id IS NULL AND h.codes = a.link AND h.expires_at > a.at AND coalesce(h.held_until <= a.at, true)
            OR h.hold_id = a.hold_id AND h.held_until > a.at)
       AND (a.key IS NULL OR a.id IN (SELECT id FROM reserved_keys))
    RETURNING a.*, h.value, h.commitment_id
), new_redemptions AS (
    INSERT INTO redemptions (huggg_id, id, brand_id, location_id, user_id, client_id, created_at, updated_at,
                             hold_id, sale_reference, receipt_number, staff, rung_up)
    SELECT huggg_id, id, brand_id, location_id, user_id, client_id, at, at,
           hold_id, sale ->> 'reference', sale ->> 'receipt_number', sale ->> 'staff', (sale ->> 'amount')::bigint
      FROM spent_hugggs
), new_transfers AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT transfer_id, huggg_id, commitment_id, brand_id, value, 'post', at FROM spent_hugggs
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'huggg.redeemed', at, user_id, client_id,
           jsonb_build_object('redemption_id', id, 'brand_id', brand_id, 'location_id', location_id)
      FROM spent_hugggs
), kept_answers AS (
    UPDATE idempotency_keys k
       SET status = s.key_status, answer = s.key_answer, effect_id = s.id
      FROM spent_hugggs s
     WHERE k.caller = s.key_caller AND k.key = s.key
)
SELECT n FROM spent_hugggs;

-- name: redeemed
-- The huggg with its latest redemption, and whether it ever had the requested one. A live redemption is the latest, even with an
-- earlier instant: it may have been decided before others that were recorded, and taken back, while it was on its way. Huggg,
-- redemption and caller may be missing; the clock never is. Set-based: see Lookup and Database.each_sharing.
SELECT items.n, now() AS now, h.id,
       ARRAY(SELECT brand_id FROM honouring WHERE product_id = h.product_id) AS honoured_by,
       EXISTS (SELECT FROM redemptions r WHERE r.huggg_id = h.id AND r.id = items.requested) AS requested_exists,
       latest.*, lookup_callers.*
  FROM unnest(:huggg_id::uuid[], :fingerprint::bytea[], :requested::uuid[], :shared_token::bytea[])
       WITH ORDINALITY AS items (huggg_id, fingerprint, requested, token, n)
  LEFT JOIN shortcodes c ON c.fingerprint = items.fingerprint
  LEFT JOIN hugggs h ON h.id = coalesce(items.huggg_id, c.huggg_id)
  LEFT JOIN LATERAL (
        SELECT r.id AS redemption_id, r.huggg_id, r.brand_id, r.location_id, r.user_id, r.client_id, r.created_at,
               r.updated_at, r.reversed_at, r.hold_id, r.sale_reference, r.receipt_number, r.staff, r.rung_up
          FROM redemptions r
         WHERE r.huggg_id = h.id
         ORDER BY r.reversed_at IS NULL DESC, r.created_at DESC, r.id DESC
         LIMIT 1) AS latest ON true
  LEFT JOIN lookup_callers ON caller_token = items.token;

-- name: unredeem
-- Takes redemptions back, each if it is still the one that stands; the money goes where it waited. Set-based: see
-- Database.each. The rows are locked in the order of their ids, as those of redemptions are, and found by them. A huggg that can be
-- spent again may get data about people again, so the retention of its team has to come back to a purchase that it erased before.
WITH items AS MATERIALIZED (
    SELECT *
      FROM unnest(:id::uuid[], :huggg_id::uuid[], :user_id::uuid[], :client_id::text[], :at::timestamptz[],
                  :transfer_id::uuid[], :key_caller::text[], :key::text[], :key_attempt::uuid[],
                  :key_status::smallint[], :key_answer::bytea[])
           WITH ORDINALITY AS a (id, huggg_id, user_id, client_id, at, transfer_id, key_caller, key, key_attempt,
                                 key_status, key_answer, n)
     ORDER BY huggg_id
), reserved_keys AS (
    SELECT a.n
      FROM items a
      JOIN idempotency_keys k
        ON k.caller = a.key_caller AND k.key = a.key AND k.attempt = a.key_attempt
     WHERE k.status IS NULL
       FOR UPDATE OF k
), released_hugggs AS (
    UPDATE hugggs h
       SET redemption_id = NULL, updated_at = a.at
      FROM items a
     WHERE h.id = a.huggg_id
       AND h.redemption_id = a.id
       AND (a.key IS NULL OR a.n IN (SELECT n FROM reserved_keys))
    RETURNING a.*, h.value, h.commitment_id, h.transaction_id
), taken_back AS (
    UPDATE redemptions r
       SET reversed_at = f.at, updated_at = f.at
      FROM released_hugggs f
     WHERE r.huggg_id = f.huggg_id AND r.id = f.id AND num_nonnulls(r.reversed_at) = 0
    RETURNING f.*, r.brand_id, r.location_id
), new_transfers AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT transfer_id, huggg_id, brand_id, commitment_id, value, 'unpost', at FROM taken_back
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'huggg.unredeemed', at, user_id, client_id,
           jsonb_build_object('redemption_id', id, 'brand_id', brand_id, 'location_id', location_id)
      FROM taken_back
), remembered_purchases AS (
    UPDATE transactions x
       SET forgotten_at = NULL
      FROM taken_back t
     WHERE x.id = t.transaction_id AND x.forgotten_at IS NOT NULL
), kept_answers AS (
    UPDATE idempotency_keys k
       SET status = t.key_status, answer = t.key_answer, effect_id = t.id
      FROM taken_back t
     WHERE k.caller = t.key_caller AND k.key = t.key
)
SELECT n FROM taken_back;

-- name: adjustable
-- A huggg, and its adjustment codes at a merchant: the one that is named, or else the caller's. Huggg and caller may
-- be missing; the clock never is. Set-based: see Lookup and Database.each.
SELECT items.n, now() AS now,
       h.id, h.sender_id, coalesce(h.receiver_id, h.sender_id) AS owner_id, h.product_id,
       h.choice_id, h.redemption_id, h.cancelled_at, h.sent_at, h.expires_at, h.held_until,
       ARRAY(SELECT brand_id FROM honouring WHERE product_id = h.product_id) AS honoured_by,
       ARRAY(SELECT c.code FROM adjustment_codes c
              WHERE c.brand_id = coalesce(items.brand_id, caller_brand_id) AND c.product_id = h.product_id
              ORDER BY c.position) AS codes,
       lookup_callers.*
  FROM unnest(:huggg_id::uuid[], :fingerprint::bytea[], :brand_id::uuid[], :token::bytea[])
       WITH ORDINALITY AS items (huggg_id, fingerprint, brand_id, token, n)
  LEFT JOIN shortcodes c ON c.fingerprint = items.fingerprint
  LEFT JOIN hugggs h ON h.id = coalesce(items.huggg_id, c.huggg_id)
  LEFT JOIN lookup_callers ON caller_token = items.token;

-- name: redemptions
-- The redemptions that stand, of these hugggs. Set-based: see Database.by_key.
SELECT items.n, r.*
  FROM unnest(:huggg_id::uuid[]) WITH ORDINALITY AS items (huggg_id, n)
  JOIN hugggs h ON h.id = items.huggg_id
  JOIN redemptions r ON r.huggg_id = h.id AND r.id = h.redemption_id;

-- name: redemption
SELECT *
  FROM redemptions
 WHERE huggg_id = :huggg_id AND id = :id;

-- name: store_pin
-- The PIN of a location that tills may redeem at, and its brand.
SELECT l.id, l.brand_id, p.pin
  FROM locations l
  JOIN location_pins p ON p.location_id = l.id
 WHERE l.id = :location_id AND l.removed_at IS NULL;

-- name: set_store_pin
-- Gives a location another PIN, and notes it; none for a location that does not exist.
WITH upserts AS (
    INSERT INTO location_pins (location_id, pin, set_at)
    SELECT id, :pin, now() FROM locations WHERE id = :location_id
    ON CONFLICT (location_id) DO UPDATE SET pin = excluded.pin, set_at = excluded.set_at
    RETURNING location_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT l.brand_id, 'location.pin_set', now(), jsonb_build_object('location', l.id)
      FROM upserts
      JOIN locations l ON l.id = upserts.location_id
)
SELECT location_id FROM upserts;

-- name: at_till
-- A huggg as a till sees it: as for a decision to redeem, with its product, the merchant's adjustment codes, its value, the
-- product's data about VAT, and the hold. Huggg, location and caller may be missing; the clock never is. Set-based: see
-- Lookup and Database.each.
SELECT items.n, now() AS now,
       h.id, h.sender_id, coalesce(h.receiver_id, h.sender_id) AS owner_id, h.product_id,
       h.choice_id, h.redemption_id, h.cancelled_at, h.sent_at, h.expires_at, h.held_until, h.value, a.currency,
       ARRAY(SELECT brand_id FROM honouring WHERE product_id = h.product_id) AS honoured_by,
       ARRAY(SELECT c.code FROM adjustment_codes c
              WHERE c.brand_id = coalesce(items.brand_id, caller_brand_id) AND c.product_id = h.product_id
              ORDER BY c.position) AS codes,
       l.id AS location_id, l.brand_id AS location_brand_id,
       p.published ->> 'label' AS label, p.published ->> 'vat_voucher_type' AS voucher_type,
       (p.published -> 'vat')::text AS rate,
       o.id AS hold_id, o.brand_id AS hold_brand_id, o.location_id AS hold_location_id, o.reference AS hold_reference,
       lookup_callers.*
  FROM unnest(:huggg_id::uuid[], :fingerprint::bytea[], :brand_id::uuid[], :location_id::text[], :token::bytea[])
       WITH ORDINALITY AS items (huggg_id, fingerprint, brand_id, location_id, token, n)
  LEFT JOIN shortcodes c ON c.fingerprint = items.fingerprint
  LEFT JOIN hugggs h ON h.id = coalesce(items.huggg_id, c.huggg_id)
  LEFT JOIN accounts a ON a.id = h.commitment_id
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN holds o ON o.huggg_id = h.id AND o.id = h.hold_id
  LEFT JOIN locations l ON l.id = items.location_id AND l.removed_at IS NULL
  LEFT JOIN lookup_callers ON caller_token = items.token;

-- name: trading_day
-- The bounds of a merchant's day by its own calendar.
SELECT period.day, b.time_zone, last_instant(period.day - 1, b.time_zone) AS since,
       last_instant(period.day, b.time_zone) AS until
  FROM brands b
 CROSS JOIN LATERAL (SELECT coalesce(:day::date, (now() AT TIME ZONE b.time_zone)::date) AS day) AS period
 WHERE b.id = :brand_id;

-- name: period
-- The bounds of days by a merchant's calendar; a day that is null leaves that end open.
SELECT b.time_zone, last_instant(:first::date - 1, b.time_zone) AS since, last_instant(:last::date, b.time_zone) AS until
  FROM brands b
 WHERE b.id = :brand_id;

-- name: search_redemptions
-- A merchant's redemptions, found by the index `redemptions_by_brand`, or by those of references and receipts. To be planned
-- for each set of values.
SELECT r.*, h.product_id, h.value, a.currency, p.published ->> 'label' AS label
  FROM redemptions r
  JOIN hugggs h ON h.id = r.huggg_id
  JOIN accounts a ON a.id = h.commitment_id
  LEFT JOIN products p ON p.id = h.product_id
 WHERE r.brand_id = :brand_id
   AND (:location_ids::text[] IS NULL OR r.location_id = ANY(:location_ids::text[]))
   AND (:since::timestamptz IS NULL OR r.created_at >= :since)
   AND (:until::timestamptz IS NULL OR r.created_at < :until)
   AND (:reference::text IS NULL
        OR lower(r.sale_reference) = lower(:reference) OR lower(r.receipt_number) = lower(:reference))
   AND (:staff::text IS NULL OR lower(r.staff) = lower(:staff))
   AND (:standing::boolean IS NULL OR (r.reversed_at IS NULL) = :standing)
   AND (r.created_at, r.id) < (:before_at::timestamptz, :before_id::uuid)
 ORDER BY r.created_at DESC, r.id DESC
 LIMIT :size OFFSET :offset;

-- name: count_redemptions
SELECT count(*)
  FROM redemptions r
 WHERE r.brand_id = :brand_id
   AND (:location_ids::text[] IS NULL OR r.location_id = ANY(:location_ids::text[]))
   AND (:since::timestamptz IS NULL OR r.created_at >= :since)
   AND (:until::timestamptz IS NULL OR r.created_at < :until)
   AND (:reference::text IS NULL
        OR lower(r.sale_reference) = lower(:reference) OR lower(r.receipt_number) = lower(:reference))
   AND (:staff::text IS NULL OR lower(r.staff) = lower(:staff))
   AND (:standing::boolean IS NULL OR (r.reversed_at IS NULL) = :standing);

-- name: statement
-- A merchant's redemptions of a period added up by location and product; to be planned likewise. A product's document is read
-- once it is added up: to read one for each redemption takes longer than all else.
WITH sums AS MATERIALIZED (
    SELECT r.location_id, a.currency, h.product_id,
           count(*) FILTER (WHERE r.reversed_at IS NULL) AS redemptions,
           coalesce(sum(h.value) FILTER (WHERE r.reversed_at IS NULL), 0) AS value,
           count(r.reversed_at) AS taken_back,
           coalesce(sum(h.value) FILTER (WHERE r.reversed_at IS NOT NULL), 0) AS taken_back_value
      FROM redemptions r
      JOIN hugggs h ON h.id = r.huggg_id
      JOIN accounts a ON a.id = h.commitment_id
     WHERE r.brand_id = :brand_id
       AND (:location_ids::text[] IS NULL OR r.location_id = ANY(:location_ids::text[]))
       AND (:since::timestamptz IS NULL OR r.created_at >= :since)
       AND (:until::timestamptz IS NULL OR r.created_at < :until)
     GROUP BY 1, 2, 3
)
SELECT s.location_id, coalesce(l.name, s.location_id) AS location, s.currency,
       p.published ->> 'vat_voucher_type' AS voucher_type, (p.published -> 'vat')::text AS rate,
       s.redemptions, s.value, s.taken_back, s.taken_back_value
  FROM sums s
  LEFT JOIN products p ON p.id = s.product_id
  LEFT JOIN locations l ON l.id = s.location_id
 ORDER BY 2, 1, 3, 4, 5;

-- name: totals_of_day
-- Added up before a product's document is read, as a statement is.
WITH sums AS MATERIALIZED (
    SELECT h.product_id, r.staff, r.user_id, count(*) AS redemptions, sum(h.value) AS value
      FROM redemptions r
      JOIN hugggs h ON h.id = r.huggg_id
     WHERE r.brand_id = :brand_id
       AND r.created_at >= :since AND r.created_at < :until
       AND (:location_ids::text[] IS NULL OR r.location_id = ANY(:location_ids::text[]))
       AND r.reversed_at IS NULL
     GROUP BY 1, 2, 3
)
SELECT p.published ->> 'label' AS label, s.staff, s.user_id, sum(s.redemptions)::bigint AS redemptions,
       sum(s.value) AS value
  FROM sums s
  LEFT JOIN products p ON p.id = s.product_id
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3;

-- name: locations_of_brand
SELECT id, brand_id, name
  FROM locations
 WHERE brand_id = :brand_id AND removed_at IS NULL
 ORDER BY name, id;

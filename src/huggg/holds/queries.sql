-- name: place
-- Holds hugggs for tills, each if it is sent, unspent, held by no other, and of the link that the decision read: a move seals
-- other codes. Hold, event and kept answer exist together or not at all. For an item without a row, a concurrent call, perhaps of
-- the same batch, was first. The sender sees no change, so `updated_at` stays.
--
-- Set-based: see Database.each. The rows are locked in the order of their ids, as those of `redeem`, and found by them.
WITH items AS MATERIALIZED (
    SELECT *
      FROM unnest(:id::uuid[], :huggg_id::uuid[], :brand_id::uuid[], :location_id::text[],
                  :user_id::uuid[], :client_id::text[], :reference::text[], :link::bytea[], :at::timestamptz[],
                  :ends_at::timestamptz[], :key_caller::text[], :key::text[], :key_attempt::uuid[],
                  :key_status::smallint[], :key_answer::bytea[])
           WITH ORDINALITY AS a (id, huggg_id, brand_id, location_id, user_id, client_id, reference, link, at,
                                 ends_at, key_caller, key, key_attempt, key_status, key_answer, n)
     ORDER BY huggg_id
), reserved_keys AS (
    SELECT a.id
      FROM items a
      JOIN idempotency_keys k
        ON k.caller = a.key_caller AND k.key = a.key AND k.attempt = a.key_attempt
     WHERE k.status IS NULL
       FOR UPDATE OF k
), held_hugggs AS (
    UPDATE hugggs h
       SET hold_id = a.id, held_until = a.ends_at
      FROM items a
     WHERE h.id = a.huggg_id
       AND h.codes = a.link
       AND num_nonnulls(h.redemption_id) = 0
       AND h.cancelled_at IS NULL AND h.expired_at IS NULL
       AND h.choice_id IS DISTINCT FROM h.product_id
       AND h.sent_at <= a.at
       AND h.expires_at > a.at
       AND coalesce(h.held_until <= a.at, true)
       AND (a.key IS NULL OR a.id IN (SELECT id FROM reserved_keys))
    RETURNING a.*
), new_holds AS (
    INSERT INTO holds (huggg_id, id, brand_id, location_id, user_id, client_id, reference, created_at, ends_at)
    SELECT huggg_id, id, brand_id, location_id, user_id, client_id, reference, at, ends_at FROM held_hugggs
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'huggg.held', at, user_id, client_id,
           jsonb_build_object('hold_id', id, 'brand_id', brand_id, 'location_id', location_id)
      FROM held_hugggs
), kept_answers AS (
    UPDATE idempotency_keys k
       SET status = s.key_status, answer = s.key_answer, effect_id = s.id
      FROM held_hugggs s
     WHERE k.caller = s.key_caller AND k.key = s.key
)
SELECT n FROM held_hugggs;

-- name: hold_facts
-- Everything that the end of a hold depends on; without the id of one, of the hold that stands. Huggg, hold, redemption and
-- caller may be missing; the clock never is. Set-based: see Lookup and Database.each_sharing.
SELECT items.n, now() AS now, h.id, h.sender_id, h.sent_at, h.hold_id AS standing_id,
       h.redemption_id IS NOT NULL AS spent,
       ARRAY(SELECT brand_id FROM honouring WHERE product_id = h.product_id) AS honoured_by,
       o.id AS hold_id, o.brand_id, o.location_id, o.user_id, o.client_id, o.reference, o.created_at, o.ends_at,
       o.reversed_at, r.id AS redemption_id, lookup_callers.*
  FROM unnest(:huggg_id::uuid[], :fingerprint::bytea[], :hold_id::uuid[], :shared_token::bytea[])
       WITH ORDINALITY AS items (huggg_id, fingerprint, hold_id, token, n)
  LEFT JOIN shortcodes c ON c.fingerprint = items.fingerprint
  LEFT JOIN hugggs h ON h.id = coalesce(items.huggg_id, c.huggg_id)
  LEFT JOIN holds o ON o.huggg_id = h.id AND o.id = coalesce(items.hold_id, h.hold_id)
  LEFT JOIN redemptions r ON r.huggg_id = h.id AND r.hold_id = items.hold_id
  LEFT JOIN lookup_callers ON caller_token = items.token;

-- name: reverse
-- Frees the huggg, if this hold is still the one on it.
WITH freed_hugggs AS (
    UPDATE hugggs
       SET hold_id = NULL, held_until = NULL
     WHERE id = :huggg_id AND hold_id = :id
    RETURNING id AS huggg_id
), reversed_holds AS (
    UPDATE holds o
       SET reversed_at = :at
      FROM freed_hugggs
     WHERE o.huggg_id = freed_hugggs.huggg_id AND o.id = :id
    RETURNING o.huggg_id, o.id, o.brand_id, o.location_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'huggg.released', :at, :user_id, :client_id,
           jsonb_build_object('hold_id', id, 'brand_id', brand_id, 'location_id', location_id)
      FROM reversed_holds
)
SELECT id FROM reversed_holds;

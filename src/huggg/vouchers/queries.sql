-- name: vouchers
-- The vouchers that stand, of a page of hugggs or of one. A code without an end of its own is good as long as its
-- huggg, and where the brand is decides which ends are a day's. Set-based: see Database.by_key.
SELECT items.n, v.id AS voucher_id, v.huggg_id, v.segment_id, v.code,
       coalesce(v.expires_at, h.next_expires_at, h.expires_at) AS expires_at,
       v.created_at, v.updated_at, v.unshown AS code_unshown, h.codes,
       coalesce(b.time_zone, 'Europe/London') AS time_zone
  FROM unnest(:huggg_id::uuid[]) WITH ORDINALITY AS items (huggg_id, n)
  JOIN vouchers v ON v.huggg_id = items.huggg_id
  JOIN hugggs h ON h.id = v.huggg_id
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN brands b ON b.id = p.brand_id
 WHERE v.replaced_at IS NULL;

-- name: subject
-- Everything that the decision about a voucher depends on. A voucher that exists keeps its segment.
-- Huggg and caller may be missing; the clock never is. Set-based: see Lookup and Database.each_sharing.
SELECT items.n, now() AS now, h.id, h.sender_id, h.receiver_id, h.product_id, h.choice_id, h.codes, h.value, h.voucher_id,
       h.redemption_id, h.cancelled_at, h.sent_at, h.expires_at, coalesce(h.next_expires_at, h.expires_at) AS good_until,
       v.segment_id AS voucher_segment_id, v.expires_at AS voucher_expires_at,
       (SELECT ended_codes = 'replaced' FROM pools
         WHERE segment_id = coalesce(v.segment_id, i.pool_id)) AS replaces_ended,
       b.id AS brand_id, b.integration_id,
       ARRAY(SELECT s.segment_id FROM product_segments s WHERE s.product_id = h.product_id) AS segment_ids,
       i.kind AS issuer_kind, i.pool_id AS issuer_pool_id, i.url AS issuer_url,
       i.secret AS issuer_secret, i.scope_id AS issuer_scope_id, i.valid_days AS issuer_valid_days,
       lookup_callers.*
  FROM unnest(:huggg_id::uuid[], :fingerprint::bytea[], :segment_id::uuid[], :shared_token::bytea[])
       WITH ORDINALITY AS items (huggg_id, fingerprint, segment_id, token, n)
  LEFT JOIN shortcodes c ON c.fingerprint = items.fingerprint
  LEFT JOIN hugggs h ON h.id = coalesce(items.huggg_id, c.huggg_id)
  LEFT JOIN vouchers v ON v.huggg_id = h.id AND v.id = h.voucher_id
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN brands b ON b.id = p.brand_id
  LEFT JOIN LATERAL (SELECT * FROM issuers
                      WHERE scope_id IN (b.id, CASE WHEN v.id IS NULL THEN items.segment_id ELSE v.segment_id END)
                        AND brand_id = b.id
                      ORDER BY scope_id = b.id LIMIT 1) AS i ON true
  LEFT JOIN lookup_callers ON caller_token = items.token;

-- name: draw
-- Reserves for each huggg a code that is good as long as the huggg is, of those the soonest to expire. Rows that
-- others are drawing are passed over; a reservation that outlived its lease is as good as free. Both sides are
-- matched in the order of their ends: where the codes at hand end too soon for some huggg, it gets none, and
-- looks again alone.
WITH needs AS (
    SELECT huggg_id, good_until, row_number() OVER (ORDER BY good_until, huggg_id) AS place
      FROM unnest(:huggg_ids::uuid[], :good_until::timestamptz[]) AS w (huggg_id, good_until)
), free_codes AS (
    SELECT brand_id, fingerprint, valid_until
      FROM codes
     WHERE segment_id = :pool_id
       AND brand_id = :brand_id
       AND assigned_at IS NULL AND withdrawn_at IS NULL
       AND (lease_until IS NULL OR lease_until < now())
       AND valid_until > now()
       AND valid_until >= (SELECT min(good_until) FROM needs)
     ORDER BY valid_until
     LIMIT cardinality(:huggg_ids::uuid[])
       FOR UPDATE SKIP LOCKED
), ranked_codes AS (
    SELECT brand_id, fingerprint, valid_until, row_number() OVER (ORDER BY valid_until) AS place FROM free_codes
)
UPDATE codes c
   SET huggg_id = w.huggg_id, lease_until = now() + :lease::interval
  FROM ranked_codes p
  JOIN needs w ON w.place = p.place AND p.valid_until >= w.good_until
 WHERE c.brand_id = p.brand_id AND c.fingerprint = p.fingerprint
RETURNING c.brand_id, c.fingerprint, c.huggg_id, c.code, nullif(c.valid_until, 'infinity') AS expires_at;

-- name: draw_shorter
-- Where no code is good as long as the huggg, those that are good longest, of a pool that gives them. Asked after
-- a draw that waited, so it waits for others, too.
WITH needs AS (
    SELECT huggg_id, row_number() OVER (ORDER BY huggg_id) AS place
      FROM unnest(:huggg_ids::uuid[]) AS w (huggg_id)
), free_codes AS (
    SELECT brand_id, fingerprint
      FROM codes
     WHERE segment_id = :pool_id
       AND brand_id = :brand_id
       AND assigned_at IS NULL AND withdrawn_at IS NULL
       AND (lease_until IS NULL OR lease_until < now())
       AND valid_until > now()
       AND EXISTS (SELECT FROM pools p WHERE p.segment_id = :pool_id AND p.short_codes = 'given')
     ORDER BY valid_until DESC
     LIMIT cardinality(:huggg_ids::uuid[])
       FOR UPDATE
), ranked_codes AS (
    SELECT brand_id, fingerprint, row_number() OVER () AS place FROM free_codes
)
UPDATE codes c
   SET huggg_id = w.huggg_id, lease_until = now() + :lease::interval
  FROM ranked_codes p
  JOIN needs w ON w.place = p.place
 WHERE c.brand_id = p.brand_id AND c.fingerprint = p.fingerprint
RETURNING c.brand_id, c.fingerprint, c.huggg_id, c.code, nullif(c.valid_until, 'infinity') AS expires_at;

-- name: renew
-- The codes of this pool that these hugggs have reserved, for another lease. Expired ones are freed, and so
-- are codes of another pool that a dead call had reserved.
WITH released_codes AS (
    UPDATE codes
       SET huggg_id = NULL, lease_until = NULL
     WHERE brand_id = :brand_id AND huggg_id = ANY(:huggg_ids::uuid[])
       AND assigned_at IS NULL
       AND (valid_until <= now() OR (segment_id <> :pool_id AND lease_until < now()))
)
UPDATE codes
   SET lease_until = now() + :lease::interval
 WHERE brand_id = :brand_id AND huggg_id = ANY(:huggg_ids::uuid[])
   AND segment_id = :pool_id AND assigned_at IS NULL AND valid_until > now()
RETURNING brand_id, fingerprint, huggg_id, code, nullif(valid_until, 'infinity') AS expires_at;

-- name: put_back!
UPDATE codes
   SET huggg_id = NULL, lease_until = NULL
 WHERE brand_id = :brand_id AND huggg_id = ANY(:huggg_ids::uuid[]) AND assigned_at IS NULL;

-- name: may_come_back
-- Whether enough suitable codes are free, or with a drawer that may still lose them; and whether any code is
-- left that ends too soon.
SELECT EXISTS (SELECT FROM codes
                WHERE segment_id = :pool_id AND assigned_at IS NULL AND withdrawn_at IS NULL
                  AND valid_until > now()
                  AND (valid_until >= :good_until::timestamptz
                       OR EXISTS (SELECT FROM pools p WHERE p.segment_id = :pool_id AND p.short_codes = 'given'))
               OFFSET :quantity::bigint - 1) AS enough,
       EXISTS (SELECT FROM codes
                WHERE segment_id = :pool_id AND assigned_at IS NULL AND withdrawn_at IS NULL
                  AND valid_until > now() AND valid_until < :good_until) AS too_short;

-- name: make_voucher
-- Vouchers, each whole: only if its huggg still has none and may still have one, and only with a code that is
-- still reserved for it. A code from outside enters the table of codes here, where its primary key refuses a
-- code that another huggg has. A code that an outside service issued is recorded in any state of the huggg; where
-- the huggg ended, as withdrawn and without a voucher: the value may have gone back, and no answer may have the code.
-- Each code but a promised one is recorded only by the link that the decision read: a move seals other codes, and no answer to
-- the receiver before has a code that is made then. A promised one is the next receiver's, and unshown.
-- Set-based: see Database.each. Rows are locked in the order of huggg ids.
WITH items AS MATERIALIZED (
    SELECT *
      FROM unnest(:huggg_id::uuid[], :voucher_id::uuid[], :origin::text[], :brand_id::uuid[],
                  :fingerprint::bytea[], :segment_id::uuid[], :sealed::bytea[], :sealed_code::bytea[],
                  :expires_at::timestamptz[], :link::bytea[], :at::timestamptz[], :user_id::uuid[],
                  :client_id::text[])
           WITH ORDINALITY AS a (huggg_id, voucher_id, origin, brand_id, fingerprint, segment_id, sealed,
                                 sealed_code, expires_at, link, at, user_id, client_id, n)
     ORDER BY huggg_id
), locked_codes AS (
    SELECT a.voucher_id
      FROM items a
      JOIN codes c ON c.brand_id = a.brand_id AND c.fingerprint = a.fingerprint
     WHERE a.origin = 'pool' AND c.huggg_id = a.huggg_id AND c.assigned_at IS NULL
       FOR UPDATE OF c
), filled_hugggs AS (
    UPDATE hugggs h
       SET voucher_id = CASE WHEN h.cancelled_at IS NULL AND h.expired_at IS NULL THEN a.voucher_id END, updated_at = a.at
      FROM items a
     WHERE h.id = a.huggg_id
       AND h.voucher_id IS NULL
       AND h.choice_id IS DISTINCT FROM h.product_id
       AND (a.origin = 'promised'
            OR (h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expired_at IS NULL
                AND h.codes = a.link AND h.sent_at <= a.at AND h.expires_at > a.at))
       AND (a.origin <> 'pool' OR a.voucher_id IN (SELECT voucher_id FROM locked_codes))
    RETURNING a.*, h.sender_id, h.voucher_id IS NOT NULL AS has_voucher, h.codes <> a.link AS has_moved
), new_vouchers AS (
    INSERT INTO vouchers (huggg_id, id, segment_id, code, expires_at, created_at, updated_at, unshown)
    SELECT huggg_id, voucher_id, segment_id, sealed, expires_at, CASE WHEN origin <> 'pool' THEN at END, at,
           CASE WHEN client_id IS NULL OR has_moved THEN true
                WHEN user_id IS DISTINCT FROM sender_id THEN false END
      FROM filled_hugggs
     WHERE has_voucher
), assigned_codes AS (
    UPDATE codes c
       SET assigned_at = f.at, lease_until = NULL
      FROM filled_hugggs f
     WHERE f.origin = 'pool' AND c.brand_id = f.brand_id AND c.fingerprint = f.fingerprint
), issued_codes AS (
    INSERT INTO codes (brand_id, fingerprint, segment_id, code, valid_until, huggg_id, assigned_at, withdrawn_at)
    SELECT brand_id, fingerprint, segment_id, sealed_code, coalesce(expires_at, 'infinity'),
           CASE WHEN has_voucher THEN huggg_id END, CASE WHEN has_voucher THEN at END, CASE WHEN NOT has_voucher THEN at END
      FROM filled_hugggs
     WHERE origin IN ('minted', 'promised')
), settled_issuances AS (
    UPDATE issuances i
       SET settled_at = f.at
      FROM filled_hugggs f
     WHERE i.huggg_id = f.huggg_id
), finished_jobs AS (
    DELETE FROM jobs j
     USING filled_hugggs f
     WHERE j.kind = 'code.issue' AND j.subject_id = f.huggg_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'voucher.generated', at, user_id, client_id,
           jsonb_build_object('voucher_id', voucher_id, 'segment_id', segment_id, 'origin', origin)
      FROM filled_hugggs
     WHERE has_voucher
), new_events_of_unused AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'voucher.unused', at, user_id, client_id, jsonb_build_object('voucher_id', voucher_id)
      FROM filled_hugggs
     WHERE NOT has_voucher
)
SELECT n FROM filled_hugggs;

-- name: draw_voucher
-- Codes from pools and their vouchers in one statement: for each huggg that still has no voucher and may still have
-- one, of the codes that are good as long as the huggg is, the soonest to expire. Codes that others are drawing are
-- passed over; a reservation that outlived its lease is as good as free. Hugggs and codes are matched in the order of
-- their ends, pool by pool: where the codes at hand end too soon for some huggg, it gets none.
--
-- outrun: a concurrent call changed the huggg, or gave it another link, or draws for it in the same batch. No row: there is no
-- code at hand, or a server runs that does not open a code in its pool's seal. Set-based: see Database.each. Hugggs are locked in
-- the order of their ids, and before any code, so that no voucher lacks its code: a code that `keys rotate` renames meanwhile is
-- not found, and stays in its pool.
WITH items AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY huggg_id ORDER BY n) AS turn
      FROM unnest(:huggg_id::uuid[], :voucher_id::uuid[], :pool_id::uuid[], :brand_id::uuid[], :segment_id::uuid[],
                  :link::bytea[], :at::timestamptz[], :user_id::uuid[], :client_id::text[])
           WITH ORDINALITY AS a (huggg_id, voucher_id, pool_id, brand_id, segment_id, link, at, user_id, client_id, n)
     WHERE NOT EXISTS (SELECT FROM processes
                        WHERE NOT opens_pool_seals AND seen_at > now() - interval '15 seconds')
     ORDER BY huggg_id
), needy_hugggs AS MATERIALIZED (
    SELECT a.*, h.sender_id, coalesce(h.next_expires_at, h.expires_at) AS good_until
      FROM items a
      JOIN hugggs h ON h.id = a.huggg_id
     WHERE a.turn = 1
       AND h.voucher_id IS NULL AND num_nonnulls(h.redemption_id) = 0
       AND h.cancelled_at IS NULL AND h.expired_at IS NULL
       AND h.choice_id IS DISTINCT FROM h.product_id
       AND h.codes = a.link AND h.sent_at <= a.at AND h.expires_at > a.at
       FOR UPDATE OF h
), ranked_needs AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY pool_id, brand_id ORDER BY good_until, huggg_id) AS place FROM needy_hugggs
), free_codes AS MATERIALIZED (
    SELECT c.*
      FROM (SELECT pool_id, brand_id, count(*) AS size, min(good_until) AS good_until
              FROM needy_hugggs
             GROUP BY pool_id, brand_id) AS pool
     CROSS JOIN LATERAL (
            SELECT segment_id, brand_id, fingerprint, valid_until
              FROM codes
             WHERE segment_id = pool.pool_id
               AND brand_id = pool.brand_id
               AND assigned_at IS NULL AND withdrawn_at IS NULL
               AND (lease_until IS NULL OR lease_until < now())
               AND valid_until > now()
               AND valid_until >= pool.good_until
             ORDER BY valid_until
             LIMIT pool.size
               FOR UPDATE SKIP LOCKED) AS c
), ranked_codes AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY segment_id, brand_id ORDER BY valid_until) AS place FROM free_codes
), assigned_codes AS (
    UPDATE codes c
       SET huggg_id = w.huggg_id, assigned_at = w.at, lease_until = NULL
      FROM ranked_codes p
      JOIN ranked_needs w ON w.pool_id = p.segment_id AND w.brand_id = p.brand_id AND w.place = p.place
                   AND p.valid_until >= w.good_until
     WHERE c.brand_id = p.brand_id AND c.fingerprint = p.fingerprint
    RETURNING w.*, c.fingerprint, c.code, nullif(c.valid_until, 'infinity') AS expires_at
), filled_hugggs AS (
    UPDATE hugggs h
       SET voucher_id = t.voucher_id, updated_at = t.at
      FROM assigned_codes t
     WHERE h.id = t.huggg_id
), new_vouchers AS (
    INSERT INTO vouchers (huggg_id, id, segment_id, code, expires_at, updated_at, unshown)
    SELECT huggg_id, voucher_id, segment_id, '\x0000' || uuid_send(brand_id) || fingerprint || code, expires_at, at,
           CASE WHEN user_id IS DISTINCT FROM sender_id THEN false END
      FROM assigned_codes
), settled_issuances AS (
    UPDATE issuances i
       SET settled_at = t.at
      FROM assigned_codes t
     WHERE i.huggg_id = t.huggg_id
), finished_jobs AS (
    DELETE FROM jobs j
     USING assigned_codes t
     WHERE j.kind = 'code.issue' AND j.subject_id = t.huggg_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT huggg_id, 'voucher.generated', at, user_id, client_id,
           jsonb_build_object('voucher_id', voucher_id, 'segment_id', segment_id, 'origin', 'pool')
      FROM assigned_codes
)
SELECT n, false AS outrun FROM assigned_codes
 UNION ALL
SELECT n, true FROM items WHERE n NOT IN (SELECT n FROM needy_hugggs);

-- name: replace_voucher
-- Gives a huggg another code for the one it has. Both codes and both vouchers stay with the huggg, and the
-- event names them. The new code was reserved under an id of its own, because the index lets a huggg have one
-- unmarked code: so the statement first marks the old one, and takes the new one from the rows that this
-- returns.
WITH locked_code AS (
    SELECT 1
      FROM codes c
     WHERE c.brand_id = :brand_id AND c.fingerprint = :fingerprint
       AND c.huggg_id = :holder_id AND c.assigned_at IS NULL
       FOR UPDATE
), renewed_hugggs AS (
    UPDATE hugggs h
       SET voucher_id = :voucher_id, updated_at = :at
     WHERE h.id = :huggg_id
       AND h.voucher_id = :old_voucher_id
       AND h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expired_at IS NULL AND h.expires_at > :at
       AND (NOT :from_pool::boolean OR EXISTS (SELECT FROM locked_code))
       AND EXISTS (SELECT FROM codes c
                    WHERE c.brand_id = :brand_id AND c.huggg_id = h.id
                      AND c.assigned_at IS NOT NULL AND c.replaced_at IS NULL)
    RETURNING h.id
), old_voucher AS (
    UPDATE vouchers v
       SET replaced_at = :at, updated_at = :at
      FROM renewed_hugggs r
     WHERE v.huggg_id = r.id AND v.id = :old_voucher_id
), old_code AS (
    UPDATE codes c
       SET replaced_at = :at
      FROM renewed_hugggs r
     WHERE c.brand_id = :brand_id AND c.huggg_id = r.id AND c.assigned_at IS NOT NULL AND c.replaced_at IS NULL
    RETURNING c.huggg_id
), new_voucher AS (
    INSERT INTO vouchers (huggg_id, id, segment_id, code, expires_at, created_at, updated_at)
    SELECT id, :voucher_id, :segment_id, :sealed, :expires_at,
           CASE WHEN NOT :from_pool THEN :at::timestamptz END, :at
      FROM renewed_hugggs
), assigned_code AS (
    UPDATE codes c
       SET huggg_id = o.huggg_id, assigned_at = :at, lease_until = NULL
      FROM old_code o
     WHERE :from_pool AND c.brand_id = :brand_id AND c.fingerprint = :fingerprint
), issued_code AS (
    INSERT INTO codes (brand_id, fingerprint, code, valid_until, huggg_id, assigned_at)
    SELECT :brand_id, :fingerprint, :sealed_code::bytea, coalesce(:expires_at, 'infinity'), huggg_id, :at
      FROM old_code
     WHERE NOT :from_pool
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'voucher.replaced', :at, :user_id::uuid, :client_id::text,
           jsonb_build_object('voucher_id', :voucher_id::uuid, 'replaced', :old_voucher_id::uuid,
                              'segment_id', :segment_id::uuid, 'reason', :reason::text)
      FROM renewed_hugggs
)
SELECT id FROM renewed_hugggs;

-- name: pools_drawn_from
-- The pools that the codes of these hugggs came from.
SELECT DISTINCT c.segment_id
  FROM hugggs h
  JOIN products p ON p.id = h.product_id
  JOIN codes c ON c.brand_id = p.brand_id AND c.huggg_id = h.id AND c.replaced_at IS NULL
 WHERE h.id = ANY(:huggg_ids::uuid[])
   AND c.batch_id IS NOT NULL;

-- name: note_low_water!
-- Notes once that a pool runs low; codes that come in clear the note.
WITH low AS (
    UPDATE pools p
       SET low_noted_at = now()
     WHERE segment_id = ANY(:pool_ids::uuid[])
       AND low_noted_at IS NULL
       AND NOT EXISTS (SELECT FROM codes c
                        WHERE c.segment_id = p.segment_id
                          AND c.assigned_at IS NULL AND c.withdrawn_at IS NULL AND c.valid_until > now()
                       OFFSET p.low_water)
    RETURNING segment_id, brand_id, low_water
)
INSERT INTO events (subject_id, kind, at, data)
SELECT segment_id, 'pool.low', now(), jsonb_build_object('brand_id', brand_id, 'low_water', low_water)
  FROM low;

-- name: pool_levels
SELECT p.segment_id, coalesce(b.published ->> 'name', '') AS brand, coalesce(s.name, '') AS segment,
       coalesce((SELECT sum(size) FROM batches t WHERE t.segment_id = p.segment_id), 0)::bigint AS imported,
       count(c.code) FILTER (WHERE c.huggg_id IS NULL AND c.withdrawn_at IS NULL) AS free,
       count(c.lease_until) AS reserved,
       count(c.assigned_at) AS assigned,
       count(c.withdrawn_at) AS withdrawn,
       count(c.code) FILTER (WHERE c.huggg_id IS NULL AND c.withdrawn_at IS NULL
                               AND c.valid_until <= now()) AS expired,
       p.low_water
  FROM pools p
  LEFT JOIN segments s ON s.id = p.segment_id
  LEFT JOIN brands b ON b.id = p.brand_id
  LEFT JOIN codes c ON c.segment_id = p.segment_id AND c.batch_id IS NOT NULL
 WHERE :segment_id::uuid IS NULL OR p.segment_id = :segment_id
 GROUP BY p.segment_id, b.id, s.id
 ORDER BY brand, segment;

-- name: set_low_water
WITH changed_pools AS (
    UPDATE pools
       SET low_water = :low_water, low_noted_at = NULL
     WHERE segment_id = :segment_id
    RETURNING segment_id, low_water
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT segment_id, 'pool.changed', now(), jsonb_build_object('low_water', low_water) FROM changed_pools
)
SELECT segment_id FROM changed_pools;

-- name: pool_policy
-- Changes the given policies, and answers with both.
WITH changed_pools AS (
    UPDATE pools
       SET short_codes = coalesce(:short_codes, short_codes), ended_codes = coalesce(:ended_codes, ended_codes)
     WHERE segment_id = :segment_id
    RETURNING segment_id, short_codes, ended_codes
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT segment_id, 'pool.changed', now(),
           jsonb_build_object('short_codes', short_codes, 'ended_codes', ended_codes)
      FROM changed_pools
     WHERE coalesce(:short_codes, :ended_codes) IS NOT NULL
)
SELECT short_codes, ended_codes FROM changed_pools;

-- name: withdraw
WITH batch AS (
    SELECT id, segment_id FROM batches WHERE id = :batch_id
), withdrawn_codes AS (
    UPDATE codes c
       SET withdrawn_at = now(), huggg_id = NULL, lease_until = NULL
      FROM batch
     WHERE c.segment_id = batch.segment_id AND c.batch_id = batch.id
       AND c.assigned_at IS NULL AND c.withdrawn_at IS NULL
    RETURNING 1
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT id, 'codes.withdrawn', now(), jsonb_build_object('count', (SELECT count(*) FROM withdrawn_codes))
      FROM batch
)
SELECT EXISTS (SELECT FROM batch) AS is_known, (SELECT count(*) FROM withdrawn_codes) AS withdrawn;

-- name: claim_issuance
-- Commits the intent to ask, or takes it up again, under the lease of its job; no row means that another attempt is
-- under way, or settled it. A call that comes back after an unknown outcome need not wait until the job is due. A call
-- after a refusal must wait, and so must a call for another segment: that may be another service, which does not know
-- the first one's code.
WITH job_lease AS (
    INSERT INTO jobs AS j (kind, subject_id, customer_id, due_at, attempts, lease_id, lease_until)
    SELECT 'code.issue', :huggg_id::uuid, :brand_id::uuid, now(), 1, :lease_id::uuid, now() + :lease::interval
     WHERE NOT EXISTS (SELECT FROM issuances i
                        WHERE i.huggg_id = :huggg_id
                          AND ((i.attempts > 0 AND i.segment_id IS DISTINCT FROM :segment_id::uuid)
                               OR (i.next_at < 'infinity' AND i.next_at > now()           -- an older server is at it
                                   AND NOT i.postponed)))
    ON CONFLICT (kind, subject_id) DO UPDATE
       SET attempts = j.attempts + 1, lease_id = excluded.lease_id, lease_until = excluded.lease_until
     WHERE (j.lease_until IS NULL OR j.lease_until <= now())
       AND j.dead_at IS NULL
       AND (j.due_at <= now()
            OR NOT EXISTS (SELECT FROM issuances i WHERE i.huggg_id = j.subject_id AND i.refused IS NOT NULL))
    RETURNING kind, subject_id, customer_id, payload, attempts, lease_id
), new_issuance AS (
    INSERT INTO issuances AS i (huggg_id, id, brand_id, segment_id, created_at, attempts, next_at)
    SELECT subject_id, :id::uuid, customer_id, :segment_id, now(), 1, 'infinity' FROM job_lease
    ON CONFLICT (huggg_id) DO UPDATE
       SET attempts = i.attempts + 1, segment_id = excluded.segment_id, next_at = 'infinity'
     WHERE i.settled_at IS NULL
    RETURNING id, attempts AS calls
)
SELECT * FROM job_lease, new_issuance;

-- name: ask_again
-- The key under which an attempt that has the job asks, and the number of calls so far.
UPDATE issuances
   SET attempts = attempts + 1
 WHERE huggg_id = :huggg_id AND settled_at IS NULL
RETURNING id, attempts AS calls;

-- name: issuance
SELECT i.settled_at, i.refused, j.lease_until > now() AS under_way
  FROM issuances i
  LEFT JOIN jobs j ON j.kind = 'code.issue' AND j.subject_id = i.huggg_id
 WHERE i.huggg_id = :huggg_id;

-- name: note_refusal!
-- Keeps a service's refusal, or clears it. A refusal under a key that an operator has replaced meanwhile does not concern
-- the new key.
UPDATE issuances
   SET refused = :refused
 WHERE huggg_id = :huggg_id AND id = :id AND settled_at IS NULL;

-- name: release_issuance!
-- The code could not be recorded: the next call may ask the service at once.
UPDATE jobs
   SET lease_id = NULL, lease_until = NULL, due_at = now()
 WHERE kind = 'code.issue' AND subject_id = :huggg_id AND lease_id IS NOT NULL;

-- name: renew_issuance
-- A new key for a huggg that was refused a code under the one before. The event keeps that one. A call that is
-- under way is let finish, as its code would come to nothing.
WITH target AS (
    SELECT h.id, h.voucher_id
      FROM hugggs h
     WHERE h.id = coalesce(:huggg_id::uuid, (SELECT huggg_id FROM shortcodes
                                              WHERE fingerprint = ANY(:fingerprints::bytea[])))
), old_issuance AS (
    SELECT i.*
      FROM issuances i
      JOIN target ON target.id = i.huggg_id
       FOR UPDATE OF i
), renewed_issuance AS (
    UPDATE issuances i
       SET id = :id, attempts = 0, refused = NULL, next_at = 'infinity'
      FROM old_issuance o
     WHERE i.huggg_id = o.huggg_id
       AND o.settled_at IS NULL AND o.refused IS NOT NULL
       AND NOT EXISTS (SELECT FROM jobs j
                        WHERE j.kind = 'code.issue' AND j.subject_id = o.huggg_id AND j.lease_until > now())
    RETURNING i.huggg_id, i.brand_id
), new_jobs AS (
    INSERT INTO jobs AS j (kind, subject_id, customer_id, due_at)
    SELECT 'code.issue', huggg_id, brand_id, now() FROM renewed_issuance
    ON CONFLICT (kind, subject_id) DO UPDATE
       SET due_at = excluded.due_at, attempts = 0, lease_id = NULL, lease_until = NULL, dead_at = NULL
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT r.huggg_id, 'issuance.renewed', now(),
           jsonb_build_object('key', o.id, 'attempts', o.attempts, 'refused', o.refused,
                              'new_key', :id::uuid, 'reason', :reason::text)
      FROM renewed_issuance r
      JOIN old_issuance o ON o.huggg_id = r.huggg_id
)
SELECT target.id, target.voucher_id IS NOT NULL AS has_voucher, o.id IS NOT NULL AS is_issued_by_service,
       o.refused IS NOT NULL AS refused, EXISTS (SELECT FROM renewed_issuance) AS renewed
  FROM target
  LEFT JOIN old_issuance o ON true;

-- name: code_holder
SELECT huggg_id FROM codes WHERE brand_id = :brand_id AND fingerprint = ANY(:fingerprints::bytea[]) LIMIT 1;

-- name: unsettled_issuance
SELECT huggg_id, segment_id, attempts
  FROM issuances
 WHERE huggg_id = :huggg_id AND settled_at IS NULL;

-- name: adopt_issuances!
-- Gives the issuances of older servers their jobs, due when an older server would have asked again.
WITH older AS (
    SELECT huggg_id, next_at
      FROM issuances
     WHERE settled_at IS NULL AND next_at < 'infinity'
), adopted_issuances AS (
    UPDATE issuances i
       SET next_at = 'infinity'
      FROM older o
     WHERE i.huggg_id = o.huggg_id
    RETURNING i.huggg_id, i.brand_id, o.next_at AS due_at
)
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'code.issue', huggg_id, brand_id, due_at FROM adopted_issuances
ON CONFLICT (kind, subject_id) DO NOTHING;

-- name: settle_issuance!
UPDATE issuances
   SET settled_at = now()
 WHERE huggg_id = :huggg_id AND settled_at IS NULL;

-- name: release_lapsed!
UPDATE codes
   SET huggg_id = NULL, lease_until = NULL
 WHERE lease_until < now() - interval '1 minute';

-- name: set_issuer
WITH scope AS (
    SELECT id, id AS brand_id FROM brands WHERE id = :scope_id
     UNION ALL
    SELECT id, brand_id FROM segments WHERE id = :scope_id
), new_issuer AS (
    INSERT INTO issuers (scope_id, brand_id, kind, pool_id, url, secret, valid_days)
    SELECT id, brand_id, :kind, :pool_id::uuid, :url, :secret, :valid_days
      FROM scope
     WHERE :pool_id::uuid IS NULL
        OR EXISTS (SELECT FROM segments s WHERE s.id = :pool_id AND s.brand_id = scope.brand_id)
    ON CONFLICT (scope_id) DO UPDATE
       SET kind = excluded.kind, pool_id = excluded.pool_id, url = excluded.url,
           secret = excluded.secret, valid_days = excluded.valid_days
    RETURNING scope_id, kind, url
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT scope_id, 'issuer.set', now(), jsonb_build_object('kind', kind, 'url', url) FROM new_issuer
)
SELECT scope_id FROM new_issuer;

-- name: remove_issuer
WITH removed_issuer AS (
    DELETE FROM issuers WHERE scope_id = :scope_id RETURNING scope_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at) SELECT scope_id, 'issuer.removed', now() FROM removed_issuer
)
SELECT scope_id FROM removed_issuer;

-- name: issuers
SELECT i.scope_id, b.name AS brand, coalesce(s.name, '') AS segment, i.kind, i.url, i.pool_id, i.valid_days
  FROM issuers i
  LEFT JOIN brands b ON b.id = i.brand_id
  LEFT JOIN segments s ON s.id = i.scope_id
 ORDER BY b.name, s.name NULLS FIRST;

-- name: show_code
-- The code and the trace of its being shown, together or not at all.
WITH shown_code AS MATERIALIZED (
    SELECT h.id AS huggg_id, h.codes, v.id AS voucher_id, v.code, v.unshown AS code_unshown
      FROM hugggs h
      LEFT JOIN vouchers v ON v.huggg_id = h.id AND v.id = h.voucher_id
     WHERE h.id = coalesce(:id::uuid, (SELECT huggg_id FROM shortcodes
                                        WHERE fingerprint = ANY(:fingerprints::bytea[])))
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, data)
    SELECT huggg_id, 'voucher.shown', now(), :user_id,
           jsonb_build_object('voucher_id', voucher_id, 'reason', :reason::text)
      FROM shown_code
     WHERE voucher_id IS NOT NULL
)
SELECT huggg_id, codes, voucher_id, code, code_unshown FROM shown_code;

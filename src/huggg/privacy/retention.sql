-- name: retentions
-- The teams that keep data about people for a time.
SELECT id, keep_days FROM teams WHERE keep_days IS NOT NULL ORDER BY id;

-- name: forget_hugggs
-- Erases the data about the people of a page of a team's hugggs, of those that ended so long ago, and tells where the page
-- ends, and the receivers of those.
WITH page AS MATERIALIZED (
    SELECT e.huggg_id, e.transaction_id, e.position, e.receiver_id,
           e.ended_at <= now() - :keep_days::int * interval '1 day' AS is_over
      FROM transactions t
      JOIN huggg_ends e ON e.transaction_id = t.id
     WHERE t.team_id = :team_id AND t.forgotten_at IS NULL
       AND t.created_at <= now() - :keep_days * interval '1 day'
       AND t.id >= :after_transaction AND (e.transaction_id, e.position) > (:after_transaction, :after_position::int)
     ORDER BY e.transaction_id, e.position
     LIMIT :most
), ended_hugggs AS MATERIALIZED (
    SELECT huggg_id, receiver_id FROM page WHERE is_over
), emptied_messages AS (
    UPDATE own_messages m
       SET message = NULL, sealed_message = '\x'
      FROM ended_hugggs e
     WHERE m.huggg_id = e.huggg_id AND m.sealed_message IS DISTINCT FROM '\x'
), deleted_thanks AS (
    DELETE FROM thanks x USING ended_hugggs e WHERE x.huggg_id = e.huggg_id
), emptied_deliveries AS (
    UPDATE deliveries d
       SET sealed = NULL, address_fingerprint = NULL
      FROM ended_hugggs e
     WHERE d.subject_id = e.huggg_id AND num_nonnulls(d.sealed, d.address_fingerprint) > 0
), deleted_browsers AS (
    DELETE FROM claimer_browsers b USING ended_hugggs e WHERE b.huggg_id = e.huggg_id
), deleted_phones AS (
    DELETE FROM pass_devices d USING passes p, ended_hugggs e WHERE p.huggg_id = e.huggg_id AND d.pass_id = p.id
)
SELECT transaction_id, position, ARRAY(SELECT receiver_id FROM ended_hugggs) AS receiver_ids
  FROM page
 ORDER BY transaction_id DESC, position DESC
 LIMIT 1;

-- name: hold_people
-- Holds the keys of receivers, and tells of each receiver whether the key is free: no purchase, move or member of a group uses
-- it at this moment. A purchase that comes later waits for the end of this transaction, and finds the keys of erased people
-- deleted; the next statement of this transaction sees an earlier one. A receiver without a key, whom an older release
-- registered, is free.
WITH held_keys AS MATERIALIZED (
    SELECT person_id
      FROM person_keys
     WHERE person_id = ANY(:people_ids::uuid[])
       FOR UPDATE SKIP LOCKED
)
SELECT r.id, h.person_id IS NOT NULL OR k.person_id IS NULL AS is_free
  FROM unnest(:people_ids) AS r (id)
  LEFT JOIN held_keys h ON h.person_id = r.id
  LEFT JOIN person_keys k ON k.person_id = r.id;

-- name: forget_people!
-- Erases receivers without a log-in who have no huggg that any team keeps.
WITH erased_users AS (
    UPDATE users u
       SET erased_at = now(), name = '', phone_number = NULL, personal = '\x', email_fingerprint = NULL,
           phone_fingerprint = NULL
     WHERE u.id = ANY(:people_ids::uuid[])
       AND u.unknown_recipient AND u.erased_at IS NULL
       AND NOT EXISTS (SELECT FROM huggg_ends o
                         JOIN transactions t ON t.id = o.transaction_id
                         LEFT JOIN teams g ON g.id = t.team_id
                        WHERE o.receiver_id = u.id
                          AND (g.keep_days IS NULL OR o.ended_at > now() - g.keep_days * interval '1 day'))
    RETURNING u.id, u.erased_at
), deleted_keys AS (
    DELETE FROM person_keys k USING erased_users e WHERE k.person_id = e.id
), unclaimed_hugggs AS (
    UPDATE hugggs h SET claimer = sha256(uuid_send(h.id)) FROM erased_users e
     WHERE h.receiver_id = e.id AND h.claimer IS NOT NULL
)
INSERT INTO events (subject_id, kind, at) SELECT id, 'user.erased', erased_at FROM erased_users;

-- name: forget_purchases
-- Erases the messages of a page of a team's purchases whose hugggs all ended so long ago, with the addresses that were asked
-- to confirm themselves, and tells where the page ends. The product, the instant and the amount of a purchase stay. A purchase
-- whose hugggs got data within the round is left to the next round, because no round comes back to a forgotten purchase.
WITH page AS MATERIALIZED (
    SELECT t.id,
           NOT EXISTS (SELECT FROM huggg_ends e
                        WHERE e.transaction_id = t.id
                          AND e.ended_at > now() - :keep_days::int * interval '1 day')
           AND NOT EXISTS (SELECT FROM hugggs h JOIN thanks x ON x.huggg_id = h.id WHERE h.transaction_id = t.id)
           AND NOT EXISTS (SELECT FROM hugggs h
                             JOIN claimer_browsers b ON b.huggg_id = h.id
                            WHERE h.transaction_id = t.id)
           AND NOT EXISTS (SELECT FROM hugggs h
                             JOIN passes p ON p.huggg_id = h.id
                             JOIN pass_devices d ON d.pass_id = p.id
                            WHERE h.transaction_id = t.id) AS is_over
      FROM transactions t
     WHERE t.team_id = :team_id AND t.forgotten_at IS NULL
       AND t.created_at <= now() - :keep_days * interval '1 day'
       AND t.id > :after_transaction
     ORDER BY t.id
     LIMIT :most
), forgotten_purchases AS (
    UPDATE transactions t
       SET message = NULL, sealed_message = CASE WHEN num_nonnulls(message, sealed_message) > 0 THEN '\x'::bytea END,
           words = '{}', word_fingerprints = NULL, word_key = NULL,
           title = NULL, tags = '{}', reason_code = NULL,
           sealed_labels = '\x', forgotten_at = now()
      FROM page p
     WHERE t.id = p.id AND p.is_over AND t.forgotten_at IS NULL
    RETURNING t.id, t.quantity, t.forgotten_at
), emptied_deliveries AS (
    UPDATE deliveries d
       SET sealed = NULL, address_fingerprint = NULL
      FROM forgotten_purchases f
     WHERE d.transaction_id = f.id AND num_nonnulls(d.sealed, d.address_fingerprint) > 0
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT id, 'transaction.forgotten', forgotten_at, jsonb_build_object('quantity', quantity) FROM forgotten_purchases
)
SELECT id FROM page ORDER BY id DESC LIMIT 1;

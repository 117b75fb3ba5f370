-- name: person_found
-- The user of an id, of a username or address, or of a phone number, in this order.
SELECT coalesce((SELECT id FROM users WHERE id = :user_id::uuid),
                user_called(:username_fingerprints, :username, :username_key),
                (SELECT id FROM users WHERE email_fingerprint = ANY(:username_fingerprints::bytea[])),
                (SELECT id FROM users WHERE phone_fingerprint = ANY(:phone_fingerprints::bytea[])
                                         OR phone_number = :phone_number::text
                  ORDER BY phone_fingerprint NULLS LAST LIMIT 1)) AS id;

-- name: person
SELECT u.id, u.kind, p.name, p.username, p.phone_number, p.personal, p.person_key, t.name AS team, u.role,
       b.name AS brand, u.active, u.created_at, u.erased_at
  FROM users u
  JOIN people p ON p.id = u.id
  LEFT JOIN teams t ON t.id = u.team_id
  LEFT JOIN brands b ON b.id = u.brand_id
 WHERE u.id = :id;

-- name: counts_of
-- The rows that are kept on a person, counted. All deliveries and thank-yous are read: no index finds them by person.
SELECT (SELECT count(*) FROM transactions x WHERE x.sender_id = :id) AS purchases,
       (SELECT count(*) FROM hugggs h WHERE h.receiver_id = :id) AS received,
       (SELECT count(*) FROM hugggs h WHERE h.receiver_id = :id AND h.assigned_at IS NOT NULL) AS claimed,
       (SELECT count(*) FROM thanks x JOIN hugggs h ON h.id = x.huggg_id
         WHERE :id IN (h.sender_id, h.receiver_id, x.person_id)) AS thanks,
       (SELECT count(*) FROM deliveries d WHERE d.person_id = :id) AS deliveries,
       (SELECT count(*) FROM sessions s WHERE s.user_id = :id) AS logins,
       (SELECT count(*) FROM cards c WHERE c.user_id = :id) AS cards;

-- name: purchases_of
SELECT t.id, t.created_at, t.status, t.quantity, t.retail, t.sealed_labels, t.title, t.tags, t.reason_code,
       coalesce(cardinality(t.word_fingerprints), 0) AS word_fingerprints, w.*
  FROM transactions t
  JOIN purchase_messages w ON w.transaction_id = t.id
 WHERE t.sender_id = :id
 ORDER BY t.id;

-- name: received_by
SELECT h.id, h.sent_at, h.assigned_at AS claimed_at, h.viewed_at, h.expiry_date,
       h.redemption_id IS NOT NULL AS redeemed, w.*
  FROM hugggs h
  JOIN huggg_messages w ON w.huggg_id = h.id
 WHERE h.receiver_id = :id
 ORDER BY h.id;

-- name: thanks_of
-- The thank-yous that a person wrote, or was sent.
SELECT x.huggg_id, x.text, x.sealed, x.person_id, x.created_at, h.sender_id, sender.key AS sender_key,
       writer.key AS writer_key, h.sender_id <> :id AS is_writer
  FROM thanks x
  JOIN hugggs h ON h.id = x.huggg_id
  LEFT JOIN person_keys sender ON sender.person_id = h.sender_id
  LEFT JOIN person_keys writer ON writer.person_id = x.person_id
 WHERE h.sender_id = :id OR h.receiver_id = :id OR x.person_id = :id
 ORDER BY x.huggg_id;

-- name: deliveries_of
-- The messages to a person, and those to an address of the person before it was known whose it is.
SELECT *
  FROM addressed_deliveries d
 WHERE d.person_id = :id OR d.address_fingerprint = ANY(:fingerprints::bytea[])
 ORDER BY d.id;

-- name: passes_of
-- The passes in wallets of hugggs that a person received, and how many phones want news of each.
SELECT p.huggg_id, p.kind, p.language, p.changed_at,
       (SELECT count(*) FROM pass_devices d WHERE d.pass_id = p.id) AS phones
  FROM hugggs h
  JOIN passes p ON p.huggg_id = h.id
 WHERE h.receiver_id = :id
 ORDER BY p.id;

-- name: wishes_of
SELECT language, unwanted, dead_at, dead_reason, updated_at
  FROM contacts
 WHERE fingerprint = ANY(:fingerprints::bytea[]);

-- name: logins_of
SELECT client_id, created_at, expires_at, revoked_at FROM sessions WHERE user_id = :id ORDER BY created_at, id;

-- name: cards_of
SELECT brand, last4, exp_month, exp_year, processor, added_at FROM cards WHERE user_id = :id ORDER BY added_at, id;

-- name: events_of
-- The events of the person's own acts and of those about the person, and the cancellations of hugggs that the person bought: their
-- reasons are sealed under the buyer's key.
SELECT e.kind, e.at, e.subject_id, e.client_id, e.data, h.transaction_id, h.sender_id, k.key AS sender_key
  FROM events e
  LEFT JOIN hugggs h ON h.id = e.subject_id AND e.kind = 'huggg.cancelled'
  LEFT JOIN person_keys k ON k.person_id = h.sender_id
 WHERE e.user_id = :id OR e.subject_id = :id
    OR e.id IN (SELECT c.id
                  FROM hugggs s
                  JOIN events c ON c.subject_id = s.id AND c.kind = 'huggg.cancelled'
                 WHERE s.sender_id = :id AND s.cancelled_at IS NOT NULL)
 ORDER BY e.id;

-- name: hold_person
-- The key of a person who is about to be erased. Purchases and moves that still use it are waited for, and so are members of a
-- group that take a huggg: the statement after this one sees them. A purchase that comes later finds the key deleted.
SELECT FROM person_keys WHERE person_id = :id FOR UPDATE;

-- name: erase
-- No row: the person is erased already, or has a payment that is not settled and still needs its plan. The messages that
-- go are those that the person wrote or thanked with, and those of hugggs and purchases for this receiver alone. Most of
-- them stop opening with the person key; the rows of older releases, and the fingerprints of words, would not. Messages
-- that went to the person, or to an address of the fingerprints, keep their states without addresses. A wish under such a
-- fingerprint stays: a reader who unsubscribed gets no more mail though the person is erased. A huggg of a group forgets the
-- fingerprint of the mailbox that took it, so a person who comes back to the group's link is another person.
WITH erased_users AS (
    UPDATE users u
       SET erased_at = now(), active = false, password_hash = NULL, pin_hash = NULL, name = '', username = NULL,
           username_key = NULL, phone_number = NULL, personal = '\x', username_fingerprint = NULL, email_fingerprint = NULL,
           phone_fingerprint = NULL, exact_username = false
     WHERE u.id = :id
       AND u.erased_at IS NULL
       AND NOT EXISTS (SELECT FROM payments p WHERE p.user_id = :id AND p.settled_at IS NULL)
    RETURNING u.id, u.erased_at
), deleted_keys AS (
    DELETE FROM person_keys k USING erased_users e WHERE k.person_id = e.id
), deleted_cards AS (
    DELETE FROM cards c USING erased_users e WHERE c.user_id = e.id
), ended_sessions AS (
    UPDATE sessions s SET revoked_at = now() FROM erased_users e WHERE s.user_id = e.id AND s.revoked_at IS NULL
    RETURNING s.id, s.user_id, s.client_id
), session_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'session.revoked', now(), user_id, client_id, '{"reason": "person erased"}' FROM ended_sessions
), revoked_keys AS (
    UPDATE api_keys k SET revoked_at = now() FROM erased_users e WHERE k.user_id = e.id AND k.revoked_at IS NULL
), purchases_for_person AS MATERIALIZED (
    SELECT DISTINCT h.transaction_id AS id
      FROM hugggs h
      JOIN erased_users e ON h.receiver_id = e.id
     WHERE NOT EXISTS (SELECT FROM hugggs o
                        WHERE o.transaction_id = h.transaction_id AND o.receiver_id IS DISTINCT FROM e.id)
), emptied_purchases AS (
    UPDATE transactions t
       SET message = NULL, sealed_message = CASE WHEN num_nonnulls(message, sealed_message) > 0 THEN '\x'::bytea END,
           words = '{}', word_fingerprints = NULL, word_key = NULL,
           title = NULL, tags = '{}', reason_code = NULL, sealed_labels = '\x'
      FROM erased_users e
     WHERE (num_nonnulls(t.message, t.title, t.reason_code) > 0 OR t.sealed_message <> '\x' OR t.sealed_labels <> '\x'
            OR t.tags <> '{}')
       AND (t.sender_id = e.id OR t.id IN (SELECT id FROM purchases_for_person))
    RETURNING t.id, t.sealed_message IS NOT NULL AS had_message
), own_hugggs AS MATERIALIZED (
    SELECT h.id FROM hugggs h JOIN erased_users e ON h.sender_id = e.id OR h.receiver_id = e.id
), emptied_messages AS (
    UPDATE own_messages m SET message = NULL, sealed_message = '\x' FROM own_hugggs h
     WHERE m.huggg_id = h.id AND coalesce(m.sealed_message, m.message) IS DISTINCT FROM '\x'
    RETURNING m.huggg_id
), deleted_thanks AS (
    DELETE FROM thanks x USING own_hugggs h WHERE x.huggg_id = h.id
), own_and_former_hugggs AS MATERIALIZED (
    SELECT id FROM own_hugggs
     UNION
    SELECT d.subject_id FROM deliveries d JOIN erased_users e ON d.person_id = e.id
), emptied_deliveries AS (
    UPDATE deliveries d
       SET sealed = NULL, address_fingerprint = NULL
      FROM erased_users e
     WHERE (d.person_id = e.id OR d.address_fingerprint = ANY(:fingerprints::bytea[]))
       AND num_nonnulls(d.sealed, d.address_fingerprint) > 0
), unclaimed_hugggs AS (
    UPDATE hugggs h SET claimer = sha256(uuid_send(h.id)) FROM erased_users e
     WHERE h.receiver_id = e.id AND h.claimer IS NOT NULL
), deleted_browsers AS (
    DELETE FROM claimer_browsers b
     USING hugggs h, erased_users e
     WHERE h.receiver_id = e.id AND b.huggg_id = h.id
), deleted_phones AS (
    DELETE FROM pass_devices d
     USING passes p, erased_users e
     WHERE d.pass_id = p.id
       AND (p.huggg_id IN (SELECT h.id FROM hugggs h WHERE h.receiver_id = e.id)
            OR p.huggg_id IN (SELECT id FROM own_and_former_hugggs)
               AND p.sequence < (SELECT count(*) FROM moved_links m WHERE m.huggg_id = p.huggg_id))
), new_events AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'user.erased', erased_at FROM erased_users
)
SELECT id, (SELECT count(*) FROM ended_sessions) AS logins,
       (SELECT count(*) FROM emptied_purchases WHERE had_message)
       + (SELECT count(*) FROM emptied_messages) AS messages
  FROM erased_users;

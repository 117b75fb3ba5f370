-- name: group
-- A group by a fingerprint of its link's code, with its sender and the next free huggg. A huggg that its sender gave to
-- a receiver is not free. Of those that are not free a group has hugggs past the last day to claim, or cancelled ones, or all are
-- taken; that is asked only where none is free. Set-based: see Database.each.
SELECT items.n, now() AS now, g.sealed, t.product_id, t.team_id, t.theme_id, w.*,
       team.name AS team, sender.name, sender.username, sender.phone_number, sender.personal, sender.person_key,
       free.sent_at, free.expiry_date, free.next_expiry_date, over.expiry_date AS over_since,
       free.sent_at IS NULL AND EXISTS (SELECT FROM hugggs h
                                         WHERE h.transaction_id = g.transaction_id AND h.next_expires_at IS NOT NULL
                                           AND h.cancelled_at IS NOT NULL) AS is_cancelled
  FROM unnest(:fingerprint::bytea[]) WITH ORDINALITY AS items (fingerprint, n)
  JOIN group_links g ON g.fingerprint = items.fingerprint
  JOIN transactions t ON t.id = g.transaction_id
  JOIN purchase_messages w ON w.transaction_id = t.id
  LEFT JOIN teams team ON team.id = t.team_id
  LEFT JOIN people sender ON sender.id = t.sender_id
  LEFT JOIN LATERAL (SELECT h.sent_at, h.expiry_date, h.next_expiry_date
                       FROM hugggs h
                      WHERE h.transaction_id = g.transaction_id AND h.next_expires_at IS NOT NULL
                        AND h.cancelled_at IS NULL AND h.expired_at IS NULL AND h.redemption_id IS NULL
                        AND h.receiver_id IS NULL AND h.expires_at > now()
                      ORDER BY h.cancelled_at, h.expired_at, h.position
                      LIMIT 1) AS free ON true
  LEFT JOIN LATERAL (SELECT h.expiry_date
                       FROM hugggs h
                      WHERE free.sent_at IS NULL
                        AND h.transaction_id = g.transaction_id AND h.next_expires_at IS NOT NULL
                        AND h.cancelled_at IS NULL AND h.redemption_id IS NULL AND h.expires_at <= now()
                      LIMIT 1) AS over ON true;

-- name: taken
-- The huggg that a person has of a group.
SELECT id, codes
  FROM hugggs
 WHERE transaction_id = :transaction_id AND claimer = :claimer AND assigned_at IS NOT NULL;

-- name: join
-- Gives a person the next free huggg of a group, which from then on has its next last day, with the user that a new address
-- becomes, the claiming browser, the mail with the huggg's link, and the event. The mails that asked for the confirmation are
-- deleted: the address lies under the person's own key from then on. Hugggs that other people are taking are passed
-- over. The index `one_claim_of_each_number` lets no person take two. The kind of those mails comes with the huggg: beside a
-- constant, PostgreSQL would, while it has no statistics, walk the index of all confirmations. No row: none is free at this
-- moment, or the user with the address was erased just now.
WITH held_key AS MATERIALIZED (
    SELECT FROM person_keys WHERE person_id = :receiver_id::uuid FOR KEY SHARE
), free AS MATERIALIZED (
    SELECT id
      FROM hugggs
     WHERE transaction_id = :transaction_id AND next_expires_at IS NOT NULL
       AND cancelled_at IS NULL AND expired_at IS NULL AND redemption_id IS NULL AND receiver_id IS NULL
       AND sent_at <= :now::timestamptz AND expires_at > :now
       AND coalesce(held_until <= :now, true)
       AND (:personal::bytea IS NOT NULL OR EXISTS (SELECT FROM held_key))
     ORDER BY cancelled_at, expired_at, position    -- the order of the index, in which the first two are null
     LIMIT 1
       FOR UPDATE SKIP LOCKED
), taken_huggg AS (
    UPDATE hugggs h
       SET receiver_id = :receiver_id, assigned_at = :now, assigned_client = :client_id,
           viewed_at = coalesce(h.viewed_at, :now), viewed_client = coalesce(h.viewed_client, :client_id),
           claimer = :claimer, claim_number = 1, updated_at = :now,
           expiry_date = h.next_expiry_date, expires_at = h.next_expires_at,
           next_expiry_date = NULL, next_expires_at = NULL
      FROM free
     WHERE h.id = free.id
    RETURNING h.id, h.transaction_id, h.codes, 'confirmation' AS kind
), new_user AS (
    INSERT INTO users (id, kind, name, personal, email_fingerprint, active, unknown_recipient)
    SELECT :receiver_id, 'customer', '', :personal, :email::bytea, false, true
      FROM taken_huggg
     WHERE :personal IS NOT NULL
), new_person_key AS (
    INSERT INTO person_keys (person_id, key)
    SELECT :receiver_id, :person_key::bytea FROM taken_huggg WHERE :person_key IS NOT NULL
), new_browser AS (
    INSERT INTO claimer_browsers (huggg_id, fingerprint, admitted_at)
    SELECT id, :browser::bytea, :now FROM taken_huggg
), new_delivery AS (
    INSERT INTO deliveries (subject_id, kind, id, transaction_id, batch_id, channel, person_id, queued_at)
    SELECT id, 'gift', :delivery_id::uuid, transaction_id, :delivery_id, 'email', :receiver_id, :now
      FROM taken_huggg
    RETURNING batch_id, transaction_id
), new_job AS (
    INSERT INTO jobs (kind, subject_id, customer_id, due_at)
    SELECT 'delivery.send', a.batch_id, coalesce(t.team_id, t.sender_id), :now
      FROM new_delivery a
      JOIN transactions t ON t.id = a.transaction_id
), deleted_confirmations AS (
    DELETE FROM deliveries d
     USING taken_huggg t
     WHERE d.subject_id = t.transaction_id AND d.kind = t.kind
       AND starts_with(d.slot, encode(:claimer, 'hex') || ' ')
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id)
    SELECT id, 'huggg.claimed', :now, :receiver_id, :client_id FROM taken_huggg
)
SELECT id, codes FROM taken_huggg;

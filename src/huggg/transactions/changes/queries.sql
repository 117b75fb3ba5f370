-- name: change_facts
-- The changeable hugggs of a purchase, or one of them, and the requested days where their brand is: the strictest of
-- each bound, because one change is for all of them.
SELECT now() AS now, count(*) AS hugggs, max(zone.today) AS today,
       bool_and(h.sent_at > now()) AS are_scheduled,
       max((h.sent_at AT TIME ZONE zone.name)::date) AS last_sent_on,
       min((h.sent_at AT TIME ZONE zone.name)::date + zone.expiry_days) AS last_day,
       min(zone.expiry_days) AS expiry_days,
       min(coalesce(h.next_expiry_date, h.expiry_date)) AS first_expiry,
       min(h.expiry_date) FILTER (WHERE h.next_expires_at IS NOT NULL) AS first_claim,
       max(h.expiry_date) FILTER (WHERE h.next_expires_at IS NOT NULL) AS last_claim,
       min(coalesce(:send_date::date, (:send_at::timestamptz AT TIME ZONE zone.name)::date)) AS sends_on
  FROM hugggs h
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN brands b ON b.id = p.brand_id
 CROSS JOIN LATERAL (SELECT coalesce(b.time_zone, 'Europe/London') AS name, coalesce(b.expiry_days, 365) AS expiry_days,
                            (now() AT TIME ZONE coalesce(b.time_zone, 'Europe/London'))::date AS today) AS zone
 WHERE h.transaction_id = :transaction_id AND (:huggg_id::uuid IS NULL OR h.id = :huggg_id)
   AND h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expired_at IS NULL AND h.expires_at > now();

-- name: change
-- Changes the days of hugggs that have not ended. A new sending is for scheduled hugggs only. A huggg with a next last day
-- has that changed, and its last day to claim apart. A huggg that a till holds is left alone. A message that waits for the
-- day of sending is due again at the new one, at the latest, also if a worker holds its job just now; so the job's row is
-- changed in any case, as in `hasten`. The reminders of a huggg are planned anew. Set-based, for a bounded list of ids.
WITH locked_hugggs AS MATERIALIZED (
    SELECT h.id, coalesce(b.time_zone, 'Europe/London') AS zone
      FROM hugggs h
      LEFT JOIN products p ON p.id = h.product_id
      LEFT JOIN brands b ON b.id = p.brand_id
     WHERE h.id = ANY(:ids::uuid[])
       AND h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expired_at IS NULL
       AND h.expires_at > :at::timestamptz
       AND coalesce(h.held_until <= :at, true)
       AND (NOT :sends::boolean OR h.sent_at > :at)
     ORDER BY h.id
       FOR UPDATE OF h
), changed_hugggs AS (
    UPDATE hugggs h
       SET expiry_date = CASE WHEN h.next_expires_at IS NULL THEN coalesce(:expiry_date::date, h.expiry_date)
                              ELSE coalesce(:claim_expiry_date::date, h.expiry_date) END,
           expires_at = CASE WHEN h.next_expires_at IS NULL THEN coalesce(last_instant(:expiry_date, p.zone), h.expires_at)
                             ELSE coalesce(last_instant(:claim_expiry_date, p.zone), h.expires_at) END,
           next_expiry_date = CASE WHEN h.next_expires_at IS NOT NULL
                                   THEN coalesce(:expiry_date, h.next_expiry_date) END,
           next_expires_at = CASE WHEN h.next_expires_at IS NOT NULL
                                  THEN coalesce(last_instant(:expiry_date, p.zone), h.next_expires_at) END,
           sent_at = CASE WHEN :sends
                          THEN greatest(:at, coalesce(:send_at::timestamptz, :send_date::timestamp AT TIME ZONE p.zone))
                          ELSE h.sent_at END,
           updated_at = :at
      FROM locked_hugggs p
     WHERE h.id = p.id
    RETURNING h.id, h.expiry_date, h.next_expiry_date, h.sent_at
), waiting AS (
    SELECT d.batch_id, min(c.sent_at) AS sent_at
      FROM changed_hugggs c
      JOIN deliveries d ON d.subject_id = c.id AND d.kind = 'gift' AND d.state = 'queued'
     WHERE :sends
     GROUP BY d.batch_id
), hastened_jobs AS (
    UPDATE jobs j
       SET due_at = least(j.due_at, w.sent_at),
           hastened_to = CASE WHEN j.lease_id IS NOT NULL THEN least(j.hastened_to, w.sent_at) END
      FROM waiting w
     WHERE j.kind = 'delivery.send' AND j.subject_id = w.batch_id
), changed_deliveries AS (
    UPDATE deliveries d
       SET remind_at = :at
      FROM changed_hugggs c
     WHERE d.subject_id = c.id AND d.kind = 'gift' AND d.state IN ('sent', 'delivered')
       AND NOT EXISTS (SELECT FROM deliveries later
                        WHERE later.subject_id = d.subject_id AND later.kind = 'gift' AND later.id > d.id)
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'huggg.changed', :at, :user_id, :client_id,
           jsonb_build_object('expiry_date', expiry_date, 'next_expiry_date', next_expiry_date, 'sent_at', sent_at)
      FROM changed_hugggs
)
SELECT id FROM changed_hugggs;

-- name: move
-- Gives a huggg to another receiver under a new shortcode and a new redeem code. The old link is kept as one that moved, and
-- finds nothing any more; the claim, the first view, the thank-you and the browsers of the claimer are forgotten. A voucher
-- whose code is the shortcode is removed. Another goes along, if no answer to the receiver before had its code; an answer
-- that is being noted is waited for. Messages that were sealed for the receiver before are sealed for the new one, unless
-- they were erased meanwhile. The new receiver gets a message by the channel, if there is one; one to the receiver before
-- that waits is suppressed when its turn comes. It is told by its instant: the move's is that at which the row is locked, and
-- each statement that queues a gift or a reminder locks its huggg's row, too, after its own instant. A receiver who was
-- erased since the move was decided gets nothing. Rows are locked in this order: the receiver's key, the huggg, its voucher.
WITH held_key AS MATERIALIZED (
    SELECT FROM person_keys WHERE person_id = :receiver_id::uuid FOR KEY SHARE
), locked_huggg AS MATERIALIZED (
    SELECT id
      FROM hugggs
     WHERE id = :huggg_id
       AND (:personal::bytea IS NOT NULL OR EXISTS (SELECT FROM held_key))
       FOR NO KEY UPDATE
), kept_voucher AS MATERIALIZED (
    SELECT FROM locked_huggg l
      JOIN vouchers v ON v.huggg_id = l.id AND v.id = :voucher_id
     WHERE v.unshown IS DISTINCT FROM false
       FOR UPDATE OF v
), moved_huggg AS (
    UPDATE hugggs h
       SET receiver_id = :receiver_id, codes = :codes, voucher_id = CASE WHEN :keeps_voucher::boolean THEN h.voucher_id END,
           assigned_at = NULL, assigned_client = NULL, viewed_at = NULL, viewed_client = NULL, claimer = NULL,
           claim_number = NULL, sent_at = greatest(h.sent_at, :at::timestamptz), updated_at = :at
     WHERE h.id = (SELECT id FROM locked_huggg)
       AND h.updated_at = :seen_at
       AND h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expired_at IS NULL AND h.expires_at > :at
       AND coalesce(h.held_until <= :at, true)
       AND h.voucher_id IS NOT DISTINCT FROM :voucher_id::uuid
       AND (:voucher_id IS NULL OR NOT :keeps_voucher OR EXISTS (SELECT FROM kept_voucher))
    RETURNING h.id, h.transaction_id, h.sent_at, clock_timestamp() AS moved_at
), new_user AS (
    INSERT INTO users (id, kind, name, personal, phone_fingerprint, email_fingerprint, active, unknown_recipient)
    SELECT :receiver_id, 'customer', '', :personal, :phone::bytea, :email::bytea, false, true
      FROM moved_huggg
     WHERE :personal IS NOT NULL
), new_person_key AS (
    INSERT INTO person_keys (person_id, key)
    SELECT :receiver_id, :person_key::bytea FROM moved_huggg WHERE :person_key IS NOT NULL
), reworded_messages AS (
    UPDATE own_messages o
       SET sealed_message = :own_message, message = NULL, person_id = :receiver_id
      FROM moved_huggg m
     WHERE o.huggg_id = m.id AND coalesce(o.sealed_message, o.message) = :old_own_message::bytea
), readdressed_purchases AS (
    UPDATE transactions t
       SET sealed_message = :message::bytea, message_receiver_id = :message_receiver_id::uuid
      FROM moved_huggg m
     WHERE t.id = m.transaction_id AND t.sealed_message = :old_message::bytea
), removed_shortcodes AS (
    DELETE FROM shortcodes s
     USING moved_huggg m
     WHERE s.fingerprint = ANY(:old_fingerprints::bytea[]) AND s.huggg_id = m.id
    RETURNING s.fingerprint, s.huggg_id
), old_links AS (
    INSERT INTO moved_links (fingerprint, huggg_id, moved_at)
    SELECT s.fingerprint, s.huggg_id, m.moved_at FROM removed_shortcodes s CROSS JOIN moved_huggg m
), new_shortcode AS (
    INSERT INTO shortcodes (fingerprint, huggg_id, redeem_fingerprint)
    SELECT :fingerprint, id, :redeem_fingerprint FROM moved_huggg
), removed_browsers AS (
    DELETE FROM claimer_browsers b USING moved_huggg m WHERE b.huggg_id = m.id
), removed_thanks AS (
    DELETE FROM thanks x USING moved_huggg m WHERE x.huggg_id = m.id
), new_delivery AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, transaction_id, batch_id, channel, person_id, sealed, queued_at)
    SELECT m.id, 'gift', :slot, :delivery_id::uuid, m.transaction_id, :delivery_id, :channel::text, :receiver_id,
           :sealed::bytea, m.moved_at
      FROM moved_huggg m
     WHERE :channel IS NOT NULL
    RETURNING *
), new_job AS (
    INSERT INTO jobs (kind, subject_id, customer_id, due_at)
    SELECT 'delivery.send', q.batch_id, coalesce(t.team_id, t.sender_id), m.sent_at
      FROM new_delivery q
     CROSS JOIN moved_huggg m
      JOIN transactions t ON t.id = q.transaction_id
), queue_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT subject_id, 'delivery.queued', :at, :user_id, :client_id,
           jsonb_build_object('delivery_id', id, 'kind', kind, 'channel', channel, 'reason', NULL)
      FROM new_delivery
), removed_vouchers AS (
    DELETE FROM vouchers v
     USING moved_huggg m
     WHERE v.huggg_id = m.id AND v.id = :voucher_id AND NOT :keeps_voucher
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'huggg.moved', :at, :user_id, :client_id, jsonb_build_object('receiver_id', :receiver_id::uuid)
      FROM moved_huggg
)
SELECT id FROM moved_huggg;

-- name: hold_keys
-- Holds the keys of people before several statements that use them or change their hugggs. An erasure holds a key first, too; in
-- another order the two could wait for each other.
WITH held_keys AS MATERIALIZED (
    SELECT FROM person_keys WHERE person_id = ANY(:people_ids::uuid[]) FOR KEY SHARE
)
SELECT count(*) FROM held_keys;

-- name: messages_of_huggg
SELECT w.*, t.quantity
  FROM huggg_messages w
  JOIN transactions t ON t.id = w.transaction_id
 WHERE w.huggg_id = :huggg_id;

-- name: deliveries_before
-- The delivery method of a huggg's purchase, and the number of messages that were sent about the huggg or wait.
SELECT t.delivery_method,
       (SELECT count(*) FROM deliveries d WHERE d.subject_id = :huggg_id AND d.kind = 'gift') AS gifts
  FROM transactions t
 WHERE t.id = :transaction_id;

-- name: code_before
-- Whether the code of a huggg came from a pool, the mint or a service, and not from the huggg itself; and whether an answer to
-- its receiver had it.
SELECT EXISTS (SELECT FROM codes c
                WHERE c.brand_id = p.brand_id AND c.huggg_id = h.id AND c.assigned_at IS NOT NULL) AS issued,
       v.unshown = false AS reached_receiver
  FROM hugggs h
  JOIN products p ON p.id = h.product_id
  LEFT JOIN vouchers v ON v.huggg_id = h.id AND v.id = h.voucher_id
 WHERE h.id = :huggg_id;

-- name: changeable
-- Hugggs of a purchase that have not ended, by their positions.
SELECT id, position, now() AS now
  FROM hugggs
 WHERE transaction_id = :transaction_id
   AND position > :after
   AND redemption_id IS NULL AND cancelled_at IS NULL AND expired_at IS NULL AND expires_at > now()
 ORDER BY position
 LIMIT :most;

-- name: labels
-- The labels of a purchase, with the key that opens them, and the instant by which the next statement tells a change.
SELECT o.*, t.updated_at
  FROM transactions t
  JOIN order_labels o ON o.transaction_id = t.id
 WHERE t.id = :transaction_id;

-- name: label
-- Keeps the labels of a purchase, sealed. No row: a concurrent call changed them, or the buyer was erased since. If the data
-- about the people of the purchase were erased before, they are to be erased again.
WITH held_key AS MATERIALIZED (
    SELECT FROM person_keys WHERE person_id = :buyer_id FOR KEY SHARE
), labelled_purchases AS (
    UPDATE transactions
       SET sealed_labels = :sealed, title = NULL, tags = '{}', reason_code = NULL, forgotten_at = NULL,
           updated_at = greatest(now(), updated_at + interval '1 microsecond')
     WHERE id = :transaction_id AND updated_at = :seen_at AND EXISTS (SELECT FROM held_key)
    RETURNING id, updated_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id)
    SELECT id, 'transaction.labelled', updated_at, :user_id, :client_id FROM labelled_purchases
)
SELECT updated_at FROM labelled_purchases;

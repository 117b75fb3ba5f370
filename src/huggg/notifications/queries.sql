-- name: to_hand_over
-- The deliveries that wait in a batch, with the data of their letters. A huggg's own row says whether its delivery still has a meaning.
SELECT now() AS now, d.subject_id, d.id, d.kind, d.slot, d.channel, d.facts, d.sealed, d.person_id, d.queued_at,
       d.begun_at, d.transaction_id, d.personal, d.name, d.username, d.phone_number, d.person_key,
       h.id AS huggg_id, h.codes, h.expiry_date, h.sent_at, h.expires_at,
       coalesce(p.published ->> 'label', '') AS product, coalesce(b.name, '') AS brand, b.time_zone,
       t.sealed_labels, t.title, t.tags, t.reason_code, t.quantity, t.retail,
       sender.id AS sender_id, sender.personal AS sender_personal, sender.name AS sender_name,
       sender_key.key AS sender_key,
       t.message, t.sealed_message, t.message_receiver_id, message_key.key AS message_receiver_key,
       own.sealed_message AS own_message, own.message AS older_own_message, own.person_id AS own_receiver_id,
       own_key.key AS own_receiver_key,
       g.name AS team_name, g.language AS team_language, coalesce(g.legacy_sms, false) AS legacy_sms
  FROM addressed_deliveries d
  LEFT JOIN hugggs h ON h.id = d.subject_id AND d.kind IN ('gift', 'reminder')
  LEFT JOIN transactions t ON t.id = d.transaction_id
  LEFT JOIN products p ON p.id = coalesce(h.product_id, t.product_id)
  LEFT JOIN brands b ON b.id = p.brand_id
  LEFT JOIN users sender ON sender.id = t.sender_id
  LEFT JOIN person_keys sender_key ON sender_key.person_id = t.sender_id
  LEFT JOIN teams g ON g.id = t.team_id
  LEFT JOIN person_keys message_key ON message_key.person_id = t.message_receiver_id
  LEFT JOIN own_messages own ON own.huggg_id = h.id
  LEFT JOIN person_keys own_key ON own_key.person_id = own.person_id
 WHERE d.batch_id = :batch_id AND d.state = 'queued'
 ORDER BY d.id
 LIMIT :most;

-- name: contacts
-- The wishes of readers, by the fingerprints of their addresses.
SELECT fingerprint, language, unwanted, dead_at
  FROM contacts
 WHERE fingerprint = ANY(:fingerprints::bytea[]);

-- name: begin
-- Marks deliveries that are about to be handed over, and suppresses those whose huggg gave them no meaning any more: the
-- last look before a channel gets the message. A delivery that another attempt settled has no row. Set-based: see
-- Database.each. The state comes with the ids: beside a constant, PostgreSQL would, while it has no statistics, walk the index
-- of all that is queued.
WITH items AS MATERIALIZED (
    SELECT a.subject_id, a.id, 'queued' AS state, a.n
      FROM unnest(:subject_id::uuid[], :delivery_id::uuid[]) WITH ORDINALITY AS a (subject_id, id, n)
), locked_deliveries AS (
    SELECT a.n, d.subject_id, d.kind, d.slot,
           CASE WHEN d.kind NOT IN ('gift', 'reminder') THEN NULL
                WHEN h.redemption_id IS NOT NULL THEN 'redeemed'
                WHEN h.cancelled_at IS NOT NULL THEN 'cancelled'
                WHEN h.expires_at <= now() THEN 'expired'
                WHEN EXISTS (SELECT FROM moved_links m WHERE m.huggg_id = h.id AND m.moved_at > d.queued_at) THEN 'moved'
                WHEN h.sent_at > now() THEN 'scheduled'
           END AS obstacle
      FROM items a
      JOIN deliveries d ON d.subject_id = a.subject_id AND d.id = a.id
      LEFT JOIN hugggs h ON h.id = d.subject_id
     WHERE d.state = a.state
     ORDER BY d.subject_id, d.kind, d.slot
       FOR UPDATE OF d
), begun_deliveries AS (
    UPDATE deliveries d
       SET begun_at = CASE WHEN l.obstacle IS NULL THEN now() END,
           state = CASE WHEN l.obstacle <> 'scheduled' THEN 'suppressed' ELSE 'queued' END,
           suppressed_at = CASE WHEN l.obstacle <> 'scheduled' THEN now() END,
           reason = l.obstacle
      FROM locked_deliveries l
     WHERE d.subject_id = l.subject_id AND d.kind = l.kind AND d.slot = l.slot
    RETURNING l.n, d.id, d.subject_id, d.kind, d.channel, d.state, l.obstacle
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT subject_id, 'delivery.suppressed', now(),
           jsonb_build_object('delivery_id', id, 'kind', kind, 'channel', channel, 'reason', obstacle)
      FROM begun_deliveries
     WHERE state = 'suppressed'
)
SELECT n, obstacle FROM begun_deliveries;

-- name: settle
-- Records the outcomes of deliveries: a state, unless a later report was faster, with its moment and its event. A gift that
-- was sent is reminded of from then on, and none that bounced; a reminder that was sent is written on its huggg.
-- Set-based: see Database.each.
WITH items AS (
    SELECT a.*
      FROM unnest(:subject_id::uuid[], :delivery_id::uuid[], :state::text[], :before::text[], :reason::text[],
                  :provider_id::text[], :remind_at::timestamptz[])
           WITH ORDINALITY AS a (subject_id, id, state, before, reason, provider_id, remind_at, n)
), open_deliveries AS (
    SELECT a.n, d.subject_id, d.kind, d.slot, a.state, a.reason, a.provider_id, a.remind_at
      FROM items a
      JOIN deliveries d ON d.subject_id = a.subject_id AND d.id = a.id
     WHERE d.state = ANY(string_to_array(a.before, ' '))
     ORDER BY d.subject_id, d.kind, d.slot
       FOR UPDATE OF d
), settled_deliveries AS (
    UPDATE deliveries d
       SET state = t.state,
           reason = t.reason,
           provider_id = coalesce(t.provider_id, d.provider_id),
           remind_at = CASE WHEN t.state = 'sent' AND d.kind = 'gift' THEN t.remind_at
                            WHEN t.state = 'delivered' THEN d.remind_at END,
           sent_at = CASE WHEN t.state = 'sent' THEN now() ELSE d.sent_at END,
           delivered_at = CASE WHEN t.state = 'delivered' THEN now() END,
           bounced_at = CASE WHEN t.state = 'bounced' THEN now() ELSE d.bounced_at END,
           failed_at = CASE WHEN t.state = 'failed' THEN now() ELSE d.failed_at END,
           suppressed_at = CASE WHEN t.state = 'suppressed' THEN now() END
      FROM open_deliveries t
     WHERE d.subject_id = t.subject_id AND d.kind = t.kind AND d.slot = t.slot
    RETURNING t.n, d.id, d.subject_id, d.kind, d.slot, d.channel, d.state, d.reason,
              d.state = 'sent' AS is_sent, d.state = 'delivered' AS is_delivered, d.state = 'bounced' AS is_bounced,
              d.state = 'failed' AS is_failed
), silenced_gifts AS (
    UPDATE deliveries g
       SET remind_at = NULL
      FROM settled_deliveries s
     WHERE g.subject_id = s.subject_id AND g.kind = 'gift' AND g.remind_at IS NOT NULL
       AND s.kind = 'reminder' AND s.state = 'bounced'
), reminded_hugggs AS (
    UPDATE hugggs h
       SET reminders = concat_ws(' ', h.reminders, s.slot), updated_at = now()
      FROM settled_deliveries s
     WHERE h.id = s.subject_id AND s.kind = 'reminder' AND s.state = 'sent'
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT subject_id,
           CASE WHEN is_sent THEN 'delivery.sent' WHEN is_delivered THEN 'delivery.delivered'
                WHEN is_bounced THEN 'delivery.bounced' WHEN is_failed THEN 'delivery.failed'
                ELSE 'delivery.suppressed' END,
           now(),
           jsonb_build_object('delivery_id', id, 'kind', kind, 'channel', channel, 'reason', reason)
      FROM settled_deliveries
)
SELECT n FROM settled_deliveries;

-- name: unbegin!
-- The channel did not take the message for sure: the next attempt is the first again.
UPDATE deliveries
   SET begun_at = NULL
 WHERE subject_id = :subject_id AND id = :delivery_id AND state = 'queued';

-- name: sent_whole
-- Tells the buyer that all gifts of a purchase left, once, if none waits any more and the buyer is told by mail. Those of a
-- group leave one by one, as people take them.
WITH sent_purchases AS (
    SELECT t.id, t.sender_id
      FROM transactions t
     WHERE t.id = ANY(:transaction_ids::uuid[])
       AND t.delivery_method IS DISTINCT FROM 'group'
       AND EXISTS (SELECT FROM deliveries d
                    WHERE d.transaction_id = t.id AND d.kind = 'gift' AND d.state IN ('sent', 'delivered'))
       AND NOT EXISTS (SELECT FROM deliveries d
                        WHERE d.transaction_id = t.id AND d.kind = 'gift' AND d.state = 'queued')
), receipts AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, transaction_id, batch_id, channel, person_id, queued_at)
    SELECT w.id, 'receipt', 'sent', n.id, w.id, n.id, 'email', w.sender_id, now()
      FROM sent_purchases w
      JOIN unnest(:transaction_ids::uuid[], :new_ids::uuid[]) AS n (transaction_id, id) ON n.transaction_id = w.id
     ORDER BY w.id
    ON CONFLICT DO NOTHING
    RETURNING batch_id, person_id
)
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'delivery.send', batch_id, person_id, now() FROM receipts;

-- name: to_remind
-- Gifts whose reminder may be due, the longest waiting first, with the facts that decide it.
SELECT now() AS now, d.subject_id, d.id, d.remind_at, d.transaction_id, d.channel, d.person_id, d.sealed,
       d.personal, d.name, d.username, d.phone_number, d.person_key, h.sent_at, h.expires_at, h.reminders, h.codes, t.team_id, t.sender_id,
       b.time_zone, coalesce(g.legacy_sms, false) AS legacy_sms,
       h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expires_at > now()
       AND NOT EXISTS (SELECT FROM moved_links m WHERE m.huggg_id = h.id AND m.moved_at > d.queued_at) AS is_live
  FROM addressed_deliveries d
  JOIN hugggs h ON h.id = d.subject_id
  JOIN transactions t ON t.id = d.transaction_id
  JOIN products p ON p.id = h.product_id
  JOIN brands b ON b.id = p.brand_id
  LEFT JOIN teams g ON g.id = t.team_id
 WHERE d.remind_at <= now()
 ORDER BY d.remind_at
 LIMIT :most;

-- name: remind
-- Queues reminders that are due, each once in its slot, and notes when to look again. A gift whose `remind_at` changed
-- since is another worker's. A huggg that moved since, which seals other codes, or that changes just now, is looked at again.
WITH items AS (
    SELECT a.*
      FROM unnest(:subject_ids::uuid[], :gift_ids::uuid[], :remind_ats::timestamptz[], :next_ats::timestamptz[],
                  :slots::text[], :new_ids::uuid[], :fingerprints::bytea[], :customer_ids::uuid[], :links::bytea[])
                AS a (subject_id, gift_id, remind_at, next_at, slot, new_id, fingerprint, customer_id, link)
), locked_gifts AS (
    SELECT a.*, d.slot AS gift_slot, d.transaction_id, d.channel, d.person_id, d.sealed
      FROM items a
      JOIN deliveries d ON d.subject_id = a.subject_id AND d.id = a.gift_id
      JOIN hugggs h ON h.id = a.subject_id
     WHERE d.remind_at = a.remind_at AND h.codes = a.link
     ORDER BY d.subject_id
       FOR UPDATE OF d SKIP LOCKED
       FOR SHARE OF h SKIP LOCKED
), next_reminders AS (
    UPDATE deliveries d
       SET remind_at = h.next_at
      FROM locked_gifts h
     WHERE d.subject_id = h.subject_id AND d.kind = 'gift' AND d.slot = h.gift_slot
), new_reminders AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, transaction_id, batch_id, channel, person_id, sealed,
                            address_fingerprint, queued_at)
    SELECT subject_id, 'reminder', slot, new_id, transaction_id, new_id, channel, person_id, sealed, fingerprint, now()
      FROM locked_gifts
     WHERE slot IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING batch_id, subject_id
)
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'delivery.send', q.batch_id, h.customer_id, now() FROM new_reminders q JOIN locked_gifts h ON h.subject_id = q.subject_id;

-- name: delivery_named
-- One delivery, for a report about it, with its address for its reader's wishes.
SELECT *
  FROM addressed_deliveries d
 WHERE d.id = :delivery_id;

-- name: keep_contact
-- Keeps a reader's wishes, or that an address is dead, and suppresses the reminders to it that wait.
WITH contact AS (
    INSERT INTO contacts AS c (fingerprint, language, unwanted, dead_at, dead_reason, updated_at)
    VALUES (:fingerprint, :language, coalesce(:unwanted::text[], '{}'),
            CASE WHEN :dead_reason::text IS NOT NULL THEN now() END, :dead_reason, now())
    ON CONFLICT (fingerprint) DO UPDATE
       SET language = coalesce(excluded.language, c.language),
           unwanted = coalesce(:unwanted::text[], c.unwanted),
           dead_at = coalesce(c.dead_at, excluded.dead_at),
           dead_reason = coalesce(c.dead_reason, excluded.dead_reason),
           updated_at = now()
    RETURNING c.fingerprint, c.unwanted, c.dead_at
), suppressed_reminders AS (
    UPDATE deliveries d
       SET state = 'suppressed', suppressed_at = now(),
           reason = CASE WHEN k.dead_at IS NULL THEN 'unsubscribed' ELSE 'bounced' END
      FROM contact k
     WHERE d.address_fingerprint = ANY(:fingerprints::bytea[]) AND d.state = 'queued' AND d.kind = 'reminder'
       AND (k.dead_at IS NOT NULL OR 'reminder' = ANY(k.unwanted))
    RETURNING d.subject_id, d.id, d.kind, d.channel, d.reason
)
INSERT INTO events (subject_id, kind, at, data)
SELECT subject_id, 'delivery.suppressed', now(),
       jsonb_build_object('delivery_id', id, 'kind', kind, 'channel', channel, 'reason', reason)
  FROM suppressed_reminders;

-- name: of_huggg
-- All deliveries about a huggg, in their order. Those from before it moved went to another receiver.
SELECT d.*,
       EXISTS (SELECT FROM moved_links m WHERE m.huggg_id = d.subject_id AND m.moved_at > d.queued_at) AS before_move
  FROM addressed_deliveries d
 WHERE d.subject_id = :huggg_id AND d.kind IN ('gift', 'reminder')
 ORDER BY d.id;

-- name: of_transaction
-- A page of the deliveries about a purchase's hugggs, in their order, by their state if it is asked for.
SELECT *
  FROM addressed_deliveries d
 WHERE d.transaction_id = :transaction_id AND d.kind IN ('gift', 'reminder') AND d.id > :after
   AND (:state::text IS NULL OR d.state = :state)
 ORDER BY d.id
 LIMIT :size OFFSET :offset;

-- name: count_of_transaction
SELECT count(*) AS total
  FROM deliveries
 WHERE transaction_id = :transaction_id AND kind IN ('gift', 'reminder') AND (:state::text IS NULL OR state = :state);

-- name: sending_facts
-- The clock, and whether a huggg still waits for a person of its group, who will get its link.
SELECT now() AS now,
       t.delivery_method IS NOT DISTINCT FROM 'group' AND h.receiver_id IS NULL AND h.next_expires_at IS NOT NULL
       AS awaits_person
  FROM hugggs h
  JOIN transactions t ON t.id = h.transaction_id
 WHERE h.id = :huggg_id;

-- name: deliver_again
-- Queues a gift once more. A correction takes the place of a delivery that waits. No row: the huggg ended, or moved, which seals
-- other codes, or a concurrent call took the slot, or its receiver was erased since.
WITH held_key AS MATERIALIZED (
    SELECT FROM person_keys WHERE person_id = :person_id::uuid FOR KEY SHARE
), gift AS (
    SELECT h.id, h.transaction_id, h.sent_at
      FROM hugggs h
     WHERE h.id = :huggg_id AND h.codes = :link
       AND h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expires_at > now()
       AND :earlier = (SELECT count(*) FROM deliveries d WHERE d.subject_id = h.id AND d.kind = 'gift')
       AND (:person_id IS NULL OR EXISTS (SELECT FROM held_key))
       FOR SHARE
), earlier_deliveries AS (
    UPDATE deliveries d
       SET remind_at = NULL,
           state = CASE WHEN d.state = 'queued' AND :corrects::boolean THEN 'suppressed' ELSE d.state END,
           suppressed_at = CASE WHEN d.state = 'queued' AND :corrects::boolean THEN now() ELSE d.suppressed_at END,
           reason = CASE WHEN d.state = 'queued' AND :corrects::boolean THEN 'corrected' ELSE d.reason END
      FROM gift
     WHERE d.subject_id = gift.id AND d.kind = 'gift'
    RETURNING d.id, d.subject_id, d.kind, d.channel, d.reason, d.suppressed_at
), new_delivery AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, transaction_id, batch_id, channel, person_id, sealed, queued_at)
    SELECT id, 'gift', :slot, :delivery_id, transaction_id, :delivery_id, :channel, :person_id, :sealed::bytea, now()
      FROM gift
    ON CONFLICT DO NOTHING
    RETURNING *
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT subject_id, 'delivery.queued', now(), :user_id, :client_id,
           jsonb_build_object('delivery_id', id, 'kind', kind, 'channel', channel, 'reason', NULL)
      FROM new_delivery
), suppressions AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT subject_id, 'delivery.suppressed', now(), :user_id, :client_id,
           jsonb_build_object('delivery_id', id, 'kind', kind, 'channel', channel, 'reason', reason)
      FROM earlier_deliveries
     WHERE suppressed_at = now()
), new_job AS (
    INSERT INTO jobs (kind, subject_id, customer_id, due_at)
    SELECT 'delivery.send', q.batch_id, :customer_id, greatest(now(), g.sent_at) FROM new_delivery q CROSS JOIN gift g
)
SELECT * FROM new_delivery;

-- name: queue_receipts
-- A receipt for the buyer of each purchase, once.
WITH receipts AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, transaction_id, batch_id, channel, person_id, queued_at)
    SELECT t.id, 'receipt', 'bought', n.id, t.id, n.id, 'email', t.sender_id, now()
      FROM unnest(:transaction_ids::uuid[], :new_ids::uuid[]) AS n (transaction_id, id)
      JOIN transactions t ON t.id = n.transaction_id
     ORDER BY t.id
    ON CONFLICT DO NOTHING
    RETURNING batch_id, person_id
)
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'delivery.send', batch_id, person_id, now() FROM receipts;

-- name: alarm_wallets
-- The admins of a team are told of each of these wallets that is below its level, once until the wallet is at its level again:
-- then the next fall below it is told. Wallets are locked in the order of their ids, as purchases lock them, and only those
-- that crossed their level, as purchases wait for the lock.
WITH crossed_wallets AS MATERIALIZED (
    SELECT id
      FROM accounts
     WHERE id = ANY(:wallet_ids::uuid[])
       AND (available < alarm_below) <> (alarmed_at IS NOT NULL)
     ORDER BY id
       FOR UPDATE
), told_wallets AS (
    UPDATE accounts a
       SET alarmed_at = CASE WHEN a.available < a.alarm_below THEN now() END
      FROM crossed_wallets w
     WHERE a.id = w.id
    RETURNING a.id, a.team_id, a.name, a.available, a.alarm_below
), admins AS MATERIALIZED (
    SELECT l.*, u.id AS admin_id, gen_random_uuid() AS delivery_id
      FROM told_wallets l
      JOIN users u ON u.team_id = l.team_id AND u.role = 'admin' AND u.active
     WHERE l.available < l.alarm_below
), alarms AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, batch_id, channel, person_id, facts, queued_at)
    SELECT id, 'alarm', delivery_id::text, delivery_id, delivery_id, 'email', admin_id,
           jsonb_build_object('about', 'wallet', 'name', name, 'left', available, 'level', alarm_below), now()
      FROM admins
    RETURNING batch_id, person_id
)
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'delivery.send', batch_id, person_id, now() FROM alarms;

-- name: wallets_of
-- The accounts that purchases were paid from, to which their value returns.
SELECT DISTINCT account_id FROM transactions WHERE id = ANY(:transaction_ids::uuid[]);

-- name: alarm_operator
-- Alarms to the operator, each once under its subject and slot.
WITH alarms AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, batch_id, channel, sealed, facts, queued_at)
    SELECT a.subject_id, 'alarm', a.slot, a.id, a.id, 'email', a.sealed, a.facts, now()
      FROM unnest(:subject_ids::uuid[], :slots::text[], :new_ids::uuid[], :sealed::bytea[], :facts::jsonb[])
                AS a (subject_id, slot, id, sealed, facts)
    ON CONFLICT DO NOTHING
    RETURNING batch_id, subject_id
)
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'delivery.send', batch_id, subject_id, now() FROM alarms;

-- name: pool_names
SELECT id, name FROM segments WHERE id = ANY(:ids::uuid[]);

-- name: dead_jobs
-- The jobs that died in the hour, and its name.
SELECT count(*) AS count, string_agg(DISTINCT kind, ', ' ORDER BY kind) AS kinds,
       date_trunc('hour', now())::text AS hour
  FROM jobs
 WHERE dead_at >= date_trunc('hour', now());

-- name: to_print
-- The hugggs of a purchase that can still be used, in their order, or one of them, with all that a sheet says. A huggg that
-- waits for a person of its group has no sheet, because that person will get its link.
SELECT h.id AS huggg_id, h.codes, h.expiry_date, coalesce(p.published ->> 'label', '') AS product,
       coalesce(b.name, '') AS brand, u.id, u.personal, u.name, u.username, u.phone_number, k.key AS person_key,
       g.language AS team_language, h.transaction_id, h.sender_id, sender_key.key AS sender_key,
       t.message, t.sealed_message, t.message_receiver_id, message_key.key AS message_receiver_key,
       own.sealed_message AS own_message, own.message AS older_own_message, own.person_id AS own_receiver_id,
       own_key.key AS own_receiver_key
  FROM hugggs h
  JOIN transactions t ON t.id = h.transaction_id
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN brands b ON b.id = p.brand_id
  LEFT JOIN person_keys sender_key ON sender_key.person_id = h.sender_id
  LEFT JOIN person_keys message_key ON message_key.person_id = t.message_receiver_id
  LEFT JOIN own_messages own ON own.huggg_id = h.id
  LEFT JOIN person_keys own_key ON own_key.person_id = own.person_id
  LEFT JOIN users u ON u.id = h.receiver_id
  LEFT JOIN person_keys k ON k.person_id = u.id
  LEFT JOIN teams g ON g.id = t.team_id
 WHERE h.transaction_id = :transaction_id AND (:huggg_id::uuid IS NULL OR h.id = :huggg_id)
   AND h.position BETWEEN :first::bigint AND :last::bigint
   AND h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expires_at > now()
   AND (t.delivery_method IS DISTINCT FROM 'group' OR h.receiver_id IS NOT NULL OR h.next_expires_at IS NULL)
 ORDER BY h.position;

-- name: queue_confirmation
-- The question whether an address is its reader's, once in its slot.
WITH new_confirmation AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, transaction_id, batch_id, channel, sealed, address_fingerprint,
                            queued_at)
    VALUES (:subject_id, 'confirmation', :slot, :delivery_id, :transaction_id, :delivery_id, 'email', :sealed, :fingerprint,
            now())
    ON CONFLICT DO NOTHING
    RETURNING batch_id, transaction_id, queued_at
), new_job AS (
    INSERT INTO jobs (kind, subject_id, customer_id, due_at)
    SELECT 'delivery.send', q.batch_id, coalesce(t.team_id, t.sender_id), q.queued_at
      FROM new_confirmation q
      JOIN transactions t ON t.id = q.transaction_id
)
SELECT queued_at FROM new_confirmation;

-- name: forget_confirmations
-- Deletes questions that were asked long ago, with their addresses, and counts them. Their links
-- still answer: a link carries its address.
WITH old_confirmations AS (
    SELECT subject_id, kind, slot
      FROM deliveries
     WHERE kind = 'confirmation' AND queued_at < now() - :keep::interval
     LIMIT :most
       FOR UPDATE SKIP LOCKED
), deleted_confirmations AS (
    DELETE FROM deliveries d
     USING old_confirmations o
     WHERE d.subject_id = o.subject_id AND d.kind = o.kind AND d.slot = o.slot
    RETURNING d.id
)
SELECT count(*) FROM deleted_confirmations;

-- name: purchases_of
SELECT id, transaction_id FROM hugggs WHERE id = ANY(:huggg_ids::uuid[]);

-- name: queue_money_back
-- A receipt for the buyer of each purchase from which value came back, once in its slot.
WITH receipts AS (
    INSERT INTO deliveries (subject_id, kind, slot, id, transaction_id, batch_id, channel, person_id, facts, queued_at)
    SELECT t.id, 'receipt', n.slot, n.id, t.id, n.id, 'email', t.sender_id, n.facts, now()
      FROM unnest(:transaction_ids::uuid[], :slots::text[], :new_ids::uuid[], :facts::jsonb[])
                AS n (transaction_id, slot, id, facts)
      JOIN transactions t ON t.id = n.transaction_id
    ON CONFLICT DO NOTHING
    RETURNING batch_id, person_id
)
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'delivery.send', batch_id, person_id, now() FROM receipts;

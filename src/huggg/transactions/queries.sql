-- name: purchase_context
-- All that a purchase depends on, except its receivers. A product that was agreed on before is found even if
-- it is no longer on sale. Impossible days come back as the nearest impossible ones: days far outside of the
-- calendar could not be converted. Set-based: see Database.each.
SELECT items.n, now() AS now,
       w.id AS wallet_id, w.commitment_id, w.available,
       k.id AS card_id, k.customer AS card_customer, own_card.id IS NOT NULL AS token_is_a_card,
       p.id AS product_id, p.sale_price, p.handling_fee, p.image_url, p.brand_id, b.integration_id,
       i.kind AS issuer_kind, i.pool_id AS issuer_pool_id, i.url AS issuer_url,
       i.secret AS issuer_secret, i.scope_id AS issuer_scope_id, i.valid_days AS issuer_valid_days,
       sender.key AS sender_key, local.today, granted.last_day, requested.expiry_date,
       last_instant(requested.expiry_date, b.time_zone) AS expires_at,
       items.claim_expiry_date,
       CASE WHEN items.claim_expiry_date IS NOT NULL
            THEN last_instant(greatest(local.today - 1, least(items.claim_expiry_date, granted.last_day + 1)),
                              b.time_zone) END AS claim_expires_at,
       greatest(now(), coalesce(items.send_at, items.send_date::timestamp AT TIME ZONE b.time_zone)) AS sent_at,
       sending.day AS sends_on,
       choice.exists IS NOT NULL AS is_choice, pick.exists IS NOT NULL AS can_be_picked
  FROM unnest(:wallet_id::uuid[], :team_id::uuid[], :card_id::text[], :token::text[], :buyer_id::uuid[],
              :processor::text[], :product_id::uuid[], :agreed::boolean[], :send_date::date[],
              :send_at::timestamptz[], :expiry_date::date[], :claim_expiry_date::date[])
       WITH ORDINALITY AS items (wallet_id, team_id, card_id, token, buyer_id, processor, product_id,
                                 agreed, send_date, send_at, expiry_date, claim_expiry_date, n)
  LEFT JOIN accounts w
         ON w.id = items.wallet_id AND w.kind = 'wallet' AND w.team_id = items.team_id
  LEFT JOIN cards k
         ON k.id = items.card_id AND k.user_id = items.buyer_id AND k.processor = items.processor
  LEFT JOIN cards own_card ON own_card.id = items.token
  LEFT JOIN LATERAL (SELECT true AS is_sold FROM offers WHERE product_id = items.product_id LIMIT 1) AS offer ON true
  LEFT JOIN LATERAL (SELECT true AS exists FROM choice_products
                      WHERE choice_id = items.product_id AND position IS NOT NULL LIMIT 1) AS choice ON true
  LEFT JOIN LATERAL (SELECT true AS exists FROM choice_offers WHERE choice_id = items.product_id LIMIT 1) AS pick ON true
  LEFT JOIN products p ON p.id = items.product_id AND (items.agreed OR offer.is_sold)
  LEFT JOIN brands b ON b.id = p.brand_id
  LEFT JOIN issuers i ON i.scope_id = p.brand_id
  LEFT JOIN person_keys sender ON sender.person_id = items.buyer_id
 CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE b.time_zone)::date AS today) AS local
 CROSS JOIN LATERAL (SELECT (items.send_at AT TIME ZONE b.time_zone)::date AS day) AS sending
 CROSS JOIN LATERAL (SELECT least(coalesce(items.send_date, sending.day, local.today), local.today + 366)
                            + coalesce(b.expiry_days, 365) AS last_day) AS granted
 CROSS JOIN LATERAL (SELECT CASE WHEN items.expiry_date IS NULL THEN granted.last_day
                                 ELSE greatest(local.today - 1, least(items.expiry_date, granted.last_day + 1))
                            END AS expiry_date) AS requested;

-- name: receivers
-- The receivers that are users already, by id, or by a fingerprint of their phone number or e-mail address; of users that
-- are not sealed yet, by number or username. An address finds the user who has it, or who logs in by it. Set-based: see
-- Database.each.
SELECT items.n, u.id, u.personal, u.name, u.username, u.phone_number, k.key AS person_key
  FROM unnest(:user_id::uuid[], :phone_fingerprint::bytea[], :phone_number::text[], :email_fingerprint::bytea[],
              :username_key::text[])
       WITH ORDINALITY AS items (user_id, phone_fingerprint, phone_number, email_fingerprint, username_key, n)
  LEFT JOIN users by_id ON by_id.id = items.user_id AND by_id.erased_at IS NULL
  LEFT JOIN users by_phone ON by_phone.phone_fingerprint = items.phone_fingerprint
  LEFT JOIN users by_older_phone ON by_older_phone.phone_number = items.phone_number
  LEFT JOIN users by_mail ON by_mail.email_fingerprint = items.email_fingerprint
  LEFT JOIN users by_login ON by_login.username_fingerprint = items.email_fingerprint
  LEFT JOIN users by_older_login ON by_older_login.username_key = items.username_key
  JOIN users u ON u.id = coalesce(by_id.id, by_phone.id, by_older_phone.id, by_mail.id, by_login.id, by_older_login.id)
  LEFT JOIN person_keys k ON k.person_id = u.id;

-- name: known_users
SELECT id FROM users WHERE id = ANY(:user_ids::uuid[]) AND erased_at IS NULL;

-- name: buy
-- Purchases, each whole: all of it is made only if it is paid. Wallets pay in the order of the purchases, as
-- far as their money reaches; with an idempotency key the reservation must still be this attempt's. A
-- purchase by card was charged before: only the statement that turns its payment from intended to charged
-- makes the hugggs. The answer is kept with the effect. paid = true: the purchase is made. paid = false: a
-- bulk purchase holds the wallet. No row: the wallet has too little, or a concurrent call changed the payment
-- or the reservation. Set-based: see Database.each_whole. A purchase has a row of the first table and, of
-- each list after that, as many elements as it says, found by position. Wallets are locked in the order of
-- their ids, so that batches that share some wait for each other in one direction only. A batch does not wait
-- for the wallet of a bulk purchase; it does wait for the new users that such a purchase registers. A purchase whose sender or
-- receiver was erased since it was decided is not made; one that is made keeps their keys until it is, so an erasure waits for it.
WITH items AS MATERIALIZED (
    SELECT a.*,
           (sum(quantity) OVER upto)::int AS hugggs_to,
           (sum(vouchers) OVER upto)::int AS vouchers_to,
           (sum(minted) OVER upto)::int AS minted_to,
           (sum(intended) OVER upto)::int AS intended_to,
           (sum(newcomers) OVER upto)::int AS newcomers_to,
           (sum(deliveries) OVER upto)::int AS deliveries_to,
           (sum(messages) OVER upto)::int AS messages_to,
           (sum(people) OVER upto)::int AS people_to
      FROM unnest(:transaction_id::uuid[], :sender_id::uuid[], :team_id::uuid[], :client_id::text[],
                  :account_id::uuid[], :commitment_id::uuid[], :payment_id::uuid[], :charge::text[],
                  :alone::boolean[], :product_id::uuid[], :choice_id::uuid[], :brand_id::uuid[], :from_pool::boolean[],
                  :value::bigint[], :retail::bigint[], :sealed_labels::bytea[], :sealed_message::bytea[],
                  :message_receiver_id::uuid[], :word_fingerprints::text[], :word_key::int[], :theme_id::text[],
                  :delivery_method::text[], :claim_limit::int[], :expiry_date::date[],
                  :expires_at::timestamptz[], :next_expiry_date::date[], :next_expires_at::timestamptz[],
                  :sent_at::timestamptz[], :at::timestamptz[], :key_caller::text[], :key::text[],
                  :key_attempt::uuid[], :key_status::smallint[], :key_answer::bytea[],
                  :group_fingerprint::bytea[], :group_sealed::bytea[], :unshown::boolean[],
                  :quantity::int[], :vouchers::int[], :minted::int[], :intended::int[], :newcomers::int[],
                  :deliveries::int[], :messages::int[], :people::int[])
           WITH ORDINALITY AS a (transaction_id, sender_id, team_id, client_id, account_id, commitment_id,
                                 payment_id, charge, alone, product_id, choice_id, brand_id, from_pool, value, retail,
                                 sealed_labels, sealed_message, message_receiver_id, word_fingerprints, word_key, theme_id,
                                 delivery_method, claim_limit, expiry_date, expires_at, next_expiry_date,
                                 next_expires_at, sent_at, at, key_caller, key, key_attempt, key_status, key_answer,
                                 group_fingerprint, group_sealed, unshown, quantity, vouchers, minted, intended,
                                 newcomers, deliveries, messages, people, n)
    WINDOW upto AS (ORDER BY n)
), locked_accounts AS MATERIALIZED (
    SELECT id
      FROM (SELECT account_id AS id, bool_or(alone) AS alone
              FROM items
             WHERE payment_id IS NULL
             GROUP BY account_id) AS wallets
     WHERE CASE WHEN alone THEN pg_advisory_xact_lock(hashtextextended(id::text, 0)) IS NOT NULL
                ELSE pg_try_advisory_xact_lock_shared(hashtextextended(id::text, 0)) END
), present AS MATERIALIZED (
    SELECT * FROM items WHERE payment_id IS NOT NULL OR account_id IN (SELECT id FROM locked_accounts)
), reserved_keys AS (
    SELECT p.n
      FROM present p
      JOIN idempotency_keys k
        ON k.caller = p.key_caller AND k.key = p.key AND k.attempt = p.key_attempt
     WHERE k.status IS NULL
     ORDER BY k.caller, k.key
       FOR UPDATE OF k
), locked_codes AS (
    SELECT p.n, c.brand_id, c.fingerprint
      FROM present p
     CROSS JOIN LATERAL unnest((:huggg_id::uuid[])[p.hugggs_to - p.quantity + 1 : p.hugggs_to],
                               (:voucher_fingerprint::bytea[])[p.vouchers_to - p.vouchers + 1 : p.vouchers_to])
                AS d (huggg_id, fingerprint)
      JOIN codes c
        ON c.brand_id = p.brand_id AND c.fingerprint = d.fingerprint AND c.huggg_id = d.huggg_id
     WHERE p.from_pool AND c.assigned_at IS NULL
       FOR UPDATE OF c
), ready AS MATERIALIZED (
    SELECT p.*
      FROM present p
     WHERE (NOT p.from_pool OR p.quantity = (SELECT count(*) FROM locked_codes WHERE locked_codes.n = p.n))
       AND (p.payment_id IS NOT NULL OR p.key IS NULL OR p.n IN (SELECT n FROM reserved_keys))
), wallets AS MATERIALIZED (
    SELECT id, available
      FROM accounts
     WHERE id IN (SELECT account_id FROM ready WHERE payment_id IS NULL)
     ORDER BY id
       FOR UPDATE
), held_keys AS MATERIALIZED (
    SELECT person_id
      FROM person_keys
     WHERE person_id = ANY(:person_id::uuid[])
       AND (SELECT count(*) FROM wallets) >= 0  -- behind their locks: a key that two lock at once costs far more
       FOR KEY SHARE
), keyless_purchases AS MATERIALIZED (
    SELECT p.n
      FROM ready p
     CROSS JOIN LATERAL unnest((:person_id)[p.people_to - p.people + 1 : p.people_to]) AS k (person_id)
     WHERE k.person_id NOT IN (SELECT person_id FROM held_keys)
), affordable AS MATERIALIZED (
    SELECT r.n, r.account_id, r.retail
      FROM (SELECT n, account_id, retail, sum(retail) OVER (PARTITION BY account_id ORDER BY n) AS spent
              FROM ready
             WHERE payment_id IS NULL AND n NOT IN (SELECT n FROM keyless_purchases)) AS r
      JOIN wallets w ON w.id = r.account_id
     WHERE r.spent <= w.available
), by_wallet AS (
    UPDATE accounts a
       SET available = a.available - bill.total
      FROM (SELECT account_id, sum(retail)::bigint AS total FROM affordable GROUP BY account_id) AS bill
     WHERE a.id = bill.account_id
    RETURNING a.id
), by_card AS (
    UPDATE payments p
       SET state = 'charged', charge = r.charge, settled_at = r.at, plan = NULL, sealed_plan = NULL
      FROM ready r
     WHERE p.id = r.payment_id
       AND p.state = 'intended'
       AND r.n NOT IN (SELECT n FROM keyless_purchases)
    RETURNING r.n, p.id, p.fee
), paid AS MATERIALIZED (
    SELECT r.*
      FROM ready r
     WHERE r.n IN (SELECT f.n FROM affordable f JOIN by_wallet b ON b.id = f.account_id)
        OR r.n IN (SELECT n FROM by_card)
), new_purchases AS (
    INSERT INTO transactions (id, sender_id, team_id, account_id, product_id, quantity, retail, status,
                              sealed_labels, sealed_message, message_receiver_id, word_fingerprints, word_key, theme_id,
                              delivery_method, claim_limit, created_at, updated_at)
    SELECT transaction_id, sender_id, team_id, account_id, product_id, quantity, retail, 'successful', sealed_labels,
           sealed_message, message_receiver_id, string_to_array(word_fingerprints, ' ')::bigint[], word_key, theme_id,
           delivery_method, claim_limit, at, at
      FROM paid
), new_group_links AS (
    INSERT INTO group_links (transaction_id, fingerprint, sealed)
    SELECT transaction_id, group_fingerprint, group_sealed FROM paid WHERE group_fingerprint IS NOT NULL
), newcomers AS (
    INSERT INTO users (id, kind, name, personal, phone_fingerprint, email_fingerprint, active, unknown_recipient)
    SELECT u.id, 'customer', '', u.personal, u.phone, u.email, false, true
      FROM paid
     CROSS JOIN LATERAL unnest((:newcomer_id::uuid[])[newcomers_to - newcomers + 1 : newcomers_to],
                               (:newcomer_personal::bytea[])[newcomers_to - newcomers + 1 : newcomers_to],
                               (:newcomer_phone::bytea[])[newcomers_to - newcomers + 1 : newcomers_to],
                               (:newcomer_email::bytea[])[newcomers_to - newcomers + 1 : newcomers_to])
                AS u (id, personal, phone, email)
     ORDER BY u.phone, u.email  -- two purchases for the same new users wait in one direction only
), new_person_keys AS (
    INSERT INTO person_keys (person_id, key)
    SELECT u.id, u.key
      FROM paid
     CROSS JOIN LATERAL unnest((:newcomer_id::uuid[])[newcomers_to - newcomers + 1 : newcomers_to],
                               (:newcomer_key::bytea[])[newcomers_to - newcomers + 1 : newcomers_to])
                AS u (id, key)
), new_hugggs AS (
    INSERT INTO hugggs (id, transaction_id, position, sender_id, receiver_id, product_id, choice_id, commitment_id,
                        value, codes, message_id, voucher_id, theme_id, expiry_date, expires_at,
                        next_expiry_date, next_expires_at, created_at, updated_at, sent_at, awaits_sending)
    SELECT h.id, transaction_id, h.position, sender_id, h.receiver_id, product_id, choice_id, commitment_id,
           value, h.codes, h.message_id, h.voucher_id, theme_id, expiry_date, expires_at,
           next_expiry_date, next_expires_at, at, at, sent_at,
           CASE WHEN sent_at > at THEN true END
      FROM paid
     CROSS JOIN LATERAL unnest((:huggg_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:receiver_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:codes::bytea[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:message_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:voucher_id::uuid[])[vouchers_to - vouchers + 1 : vouchers_to])
                WITH ORDINALITY AS h (id, receiver_id, codes, message_id, voucher_id, position)
), findable AS (
    INSERT INTO shortcodes (fingerprint, huggg_id, redeem_fingerprint)
    SELECT h.fingerprint, h.id, h.redeem_fingerprint
      FROM paid
     CROSS JOIN LATERAL unnest((:huggg_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:fingerprint::bytea[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:redeem_fingerprint::bytea[])[hugggs_to - quantity + 1 : hugggs_to])
                AS h (id, fingerprint, redeem_fingerprint)
     ORDER BY h.fingerprint     -- in the order of the index: each of its pages is then entered once
), new_transfers AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT h.transfer_id, h.id, account_id, commitment_id, value, 'commit', at
      FROM paid
     CROSS JOIN LATERAL unnest((:huggg_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:transfer_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to])
                AS h (id, transfer_id)
), on_top AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT c.id, '00000000-0000-0000-0000-000000000000', p.account_id,
           '00000000-0000-4000-8000-000000000004', c.fee, 'fee', p.at
      FROM by_card c
      JOIN paid p ON p.n = c.n
     WHERE c.fee > 0
), new_vouchers AS (
    INSERT INTO vouchers (huggg_id, id, code, expires_at, created_at, updated_at, unshown)
    SELECT v.huggg_id, v.id, v.code, v.expires_at, at, at, unshown
      FROM paid
     CROSS JOIN LATERAL unnest((:huggg_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:voucher_id::uuid[])[vouchers_to - vouchers + 1 : vouchers_to],
                               (:voucher_code::bytea[])[vouchers_to - vouchers + 1 : vouchers_to],
                               (:voucher_expiry::timestamptz[])[vouchers_to - vouchers + 1 : vouchers_to])
                AS v (huggg_id, id, code, expires_at)
     WHERE vouchers > 0
), voucher_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT v.huggg_id, 'voucher.generated', at, sender_id, client_id,
           jsonb_build_object('voucher_id', v.id, 'origin', 'purchase')
      FROM paid
     CROSS JOIN LATERAL unnest((:huggg_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:voucher_id::uuid[])[vouchers_to - vouchers + 1 : vouchers_to])
                AS v (huggg_id, id)
     WHERE vouchers > 0
), assigned_codes AS (
    UPDATE codes c
       SET assigned_at = paid.at, lease_until = NULL
      FROM locked_codes
      JOIN paid ON paid.n = locked_codes.n
     WHERE c.brand_id = locked_codes.brand_id AND c.fingerprint = locked_codes.fingerprint
), new_codes AS (
    INSERT INTO codes (brand_id, fingerprint, code, valid_until, huggg_id, assigned_at)
    SELECT brand_id, m.fingerprint, m.code, coalesce(m.expires_at, 'infinity'), m.huggg_id, at
      FROM paid
     CROSS JOIN LATERAL unnest((:huggg_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:voucher_fingerprint::bytea[])[vouchers_to - vouchers + 1 : vouchers_to],
                               (:minted_code::bytea[])[minted_to - paid.minted + 1 : minted_to],
                               (:voucher_expiry::timestamptz[])[vouchers_to - vouchers + 1 : vouchers_to])
                AS m (huggg_id, fingerprint, code, expires_at)
     WHERE paid.minted > 0
), new_issuances AS (
    INSERT INTO issuances (huggg_id, id, brand_id, created_at, next_at)
    SELECT i.huggg_id, i.id, brand_id, at, 'infinity'
      FROM paid
     CROSS JOIN LATERAL unnest((:huggg_id::uuid[])[hugggs_to - quantity + 1 : hugggs_to],
                               (:issuance_id::uuid[])[intended_to - paid.intended + 1 : intended_to])
                AS i (huggg_id, id)
     WHERE paid.intended > 0
    RETURNING huggg_id, brand_id, created_at
), new_messages AS (
    INSERT INTO own_messages (huggg_id, person_id, sealed_message)
    SELECT m.huggg_id, m.person_id, m.message
      FROM paid
     CROSS JOIN LATERAL unnest((:own_huggg_id::uuid[])[messages_to - messages + 1 : messages_to],
                               (:own_person_id::uuid[])[messages_to - messages + 1 : messages_to],
                               (:own_message::bytea[])[messages_to - messages + 1 : messages_to])
                AS m (huggg_id, person_id, message)
     WHERE messages > 0
), new_deliveries AS (
    INSERT INTO deliveries (subject_id, kind, id, transaction_id, batch_id, channel, person_id, sealed, queued_at)
    SELECT d.huggg_id, 'gift', d.id, transaction_id, d.batch_id, d.channel, d.person_id, d.sealed, at
      FROM paid
     CROSS JOIN LATERAL unnest((:delivery_id::uuid[])[deliveries_to - deliveries + 1 : deliveries_to],
                               (:delivery_huggg_id::uuid[])[deliveries_to - deliveries + 1 : deliveries_to],
                               (:delivery_person_id::uuid[])[deliveries_to - deliveries + 1 : deliveries_to],
                               (:delivery_channel::text[])[deliveries_to - deliveries + 1 : deliveries_to],
                               (:delivery_sealed::bytea[])[deliveries_to - deliveries + 1 : deliveries_to],
                               (:delivery_batch_id::uuid[])[deliveries_to - deliveries + 1 : deliveries_to])
                AS d (id, huggg_id, person_id, channel, sealed, batch_id)
     WHERE deliveries > 0
    RETURNING transaction_id, batch_id
), delivery_jobs AS (
    INSERT INTO jobs (kind, subject_id, customer_id, due_at)
    SELECT 'delivery.send', b.batch_id, coalesce(p.team_id, p.sender_id), p.sent_at
      FROM (SELECT DISTINCT transaction_id, batch_id FROM new_deliveries) AS b
      JOIN paid p ON p.transaction_id = b.transaction_id
), issuance_jobs AS (
    INSERT INTO jobs (kind, subject_id, customer_id, due_at)
    SELECT 'code.issue', huggg_id, brand_id, created_at FROM new_issuances
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT transaction_id, 'transaction.successful', at, sender_id, client_id,
           jsonb_build_object('quantity', quantity, 'retail', retail)
      FROM paid
), kept_answers AS (
    UPDATE idempotency_keys k
       SET status = paid.key_status, answer = paid.key_answer, effect_id = paid.transaction_id
      FROM paid
     WHERE k.caller = paid.key_caller AND k.key = paid.key
)
SELECT n, true AS paid FROM paid
 UNION ALL
SELECT n, false FROM items WHERE payment_id IS NULL AND account_id NOT IN (SELECT id FROM locked_accounts);

-- name: fail
-- A purchase by card that came to nothing, whole: the payment is settled, a transaction says so, and so
-- does the answer, if it was asked for under a key.
WITH settled_payment AS (
    UPDATE payments
       SET state = CASE state WHEN 'intended' THEN 'declined' ELSE 'refunded' END,
           refusal = :refusal, reason = :reason, settled_at = now(), plan = NULL, sealed_plan = NULL
     WHERE id = :payment_id AND state = :state
    RETURNING transaction_id, user_id, team_id, client_id, state, reason, settled_at
), new_transactions AS (
    INSERT INTO transactions (id, sender_id, team_id, account_id, product_id, quantity, retail, status,
                              sealed_labels, sealed_message, theme_id, delivery_method, claim_limit, created_at,
                              updated_at)
    SELECT s.transaction_id, s.user_id, s.team_id, :account_id, :product_id, :quantity, :retail, 'failed',
           :sealed_labels::bytea, :sealed_message::bytea, :theme_id, :delivery_method, :claim_limit, s.settled_at,
           s.settled_at
      FROM settled_payment s
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT transaction_id, 'transaction.failed', settled_at, user_id, client_id,
           jsonb_build_object('payment', state, 'reason', reason)
      FROM settled_payment
), kept_answers AS (
    UPDATE idempotency_keys k
       SET status = :key_status::smallint, answer = :key_answer::bytea, effect_id = :effect_id
      FROM settled_payment
     WHERE k.caller = :key_caller AND k.key = :key
)
SELECT transaction_id FROM settled_payment;

-- name: transaction
-- A purchase of the user's own, or one that the user's role shows.
SELECT id, sender_id, team_id, account_id, product_id, quantity, retail, status, theme_id,
       delivery_method, claim_limit, created_at, updated_at
  FROM transactions
 WHERE id = :id
   AND (sender_id = :sender_id OR sees_orders_of(team_id, :own_team, :sees_team, :sees_subteams));

-- name: transactions
-- A page of a user's purchases, newest first; ids sort by time. A cursor continues below its id. The page is picked on the
-- index alone, from its nearer end.
SELECT id, sender_id, team_id, account_id, product_id, quantity, retail, status, theme_id,
       delivery_method, claim_limit, created_at, updated_at
  FROM transactions
 WHERE id IN ((SELECT id FROM transactions
                WHERE sender_id = :sender_id AND id < :before AND NOT :from_end::boolean
                ORDER BY id DESC
                LIMIT :size OFFSET :offset)
               UNION ALL
              (SELECT id FROM transactions
                WHERE sender_id = :sender_id AND :from_end
                ORDER BY id
                LIMIT :size OFFSET :offset))
 ORDER BY id DESC;

-- name: count_transactions
-- Kept by the trigger `count_purchases`, failed purchases too.
SELECT coalesce(sum(purchases), 0)::bigint AS total
  FROM sender_totals
 WHERE sender_id = :sender_id;

-- name: group_links
SELECT transaction_id, sealed FROM group_links WHERE transaction_id = ANY(:ids::uuid[]);

-- name: huggg_ids
-- The ids of a purchase's hugggs in their order, from the index alone.
SELECT transaction_id AS id, array_agg(id ORDER BY position) AS huggg_ids
  FROM hugggs
 WHERE transaction_id = ANY(:ids::uuid[])
 GROUP BY transaction_id;

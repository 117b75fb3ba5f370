-- name: no_huggg_has_two_live_redemptions
SELECT huggg_id, count(*) AS live
  FROM redemptions
 WHERE reversed_at IS NULL
 GROUP BY huggg_id
HAVING count(*) > 1;

-- name: a_huggg_is_redeemed_exactly_when_a_redemption_of_it_is_live
SELECT coalesce(h.id, r.huggg_id) AS huggg_id, h.redemption_id AS on_the_huggg, r.id AS live
  FROM (SELECT * FROM hugggs WHERE redemption_id IS NOT NULL) AS h
  FULL JOIN (SELECT * FROM redemptions WHERE reversed_at IS NULL) AS r
         ON r.huggg_id = h.id AND r.id = h.redemption_id
 WHERE h.id IS NULL OR r.id IS NULL;

-- name: redeem_and_unredeem_alternate
SELECT subject_id AS huggg_id, id AS event, kind, before
  FROM (SELECT subject_id, id, kind,
               lag(kind, 1, 'huggg.unredeemed') OVER (PARTITION BY subject_id ORDER BY id) AS before
          FROM events
         WHERE kind IN ('huggg.redeemed', 'huggg.unredeemed')) AS acts
 WHERE kind = before;

-- name: every_redemption_has_its_event_and_its_transfer
-- A redemption has one event and one transfer, and one more of each once it is taken back. No other huggg has any.
WITH acts AS (
    SELECT huggg_id,
           count(*) AS redeemed,
           count(reversed_at) AS unredeemed
      FROM redemptions
     GROUP BY huggg_id
), logged_acts AS (
    SELECT subject_id AS huggg_id,
           count(*) FILTER (WHERE kind = 'huggg.redeemed') AS redeemed,
           count(*) FILTER (WHERE kind = 'huggg.unredeemed') AS unredeemed
      FROM events
     WHERE kind IN ('huggg.redeemed', 'huggg.unredeemed')
     GROUP BY subject_id
), postings AS (
    SELECT huggg_id,
           count(*) FILTER (WHERE kind = 'post') AS redeemed,
           count(*) FILTER (WHERE kind = 'unpost') AS unredeemed
      FROM transfers
     WHERE kind IN ('post', 'unpost')
     GROUP BY huggg_id
)
SELECT coalesce(a.huggg_id, t.huggg_id, m.huggg_id) AS huggg_id,
       a.redeemed, t.redeemed AS redeemed_events, m.redeemed AS posted,
       a.unredeemed, t.unredeemed AS unredeemed_events, m.unredeemed AS unposted
  FROM acts a
  FULL JOIN logged_acts t ON t.huggg_id = a.huggg_id
  FULL JOIN postings m ON m.huggg_id = coalesce(a.huggg_id, t.huggg_id)
 WHERE (a.redeemed, a.unredeemed) IS DISTINCT FROM (t.redeemed, t.unredeemed)
    OR (a.redeemed, a.unredeemed) IS DISTINCT FROM (m.redeemed, m.unredeemed);

-- name: every_total_of_a_sender_is_the_sum_of_their_purchases
SELECT coalesce(k.sender_id, b.sender_id) AS sender_id, coalesce(k.account_id, b.account_id) AS account_id,
       k.purchases AS purchases_kept, b.purchases, k.hugggs AS hugggs_kept, b.hugggs
  FROM sender_totals k
  FULL JOIN (SELECT sender_id, account_id, count(*) AS purchases,
                    coalesce(sum(quantity) FILTER (WHERE status = 'successful'), 0) AS hugggs
               FROM transactions
              GROUP BY sender_id, account_id) AS b
         ON b.sender_id = k.sender_id AND b.account_id = k.account_id
 WHERE (k.purchases, k.hugggs) IS DISTINCT FROM (b.purchases, b.hugggs);

-- name: every_kept_total_of_a_receiver_is_their_number
SELECT k.receiver_id, k.hugggs AS hugggs_kept, counted.hugggs
  FROM received_totals k
 CROSS JOIN LATERAL (SELECT count(*) AS hugggs
                       FROM hugggs h
                      WHERE h.receiver_id = k.receiver_id AND h.id < k.before_id AND h.sent_at <= now()) AS counted
 WHERE counted.hugggs <> k.hugggs;

-- name: every_purchase_made_all_its_hugggs_and_its_event
SELECT t.id AS transaction_id, t.quantity, t.retail, contents.hugggs, contents.value, log.events
  FROM transactions t
  LEFT JOIN LATERAL (SELECT count(*) AS hugggs, coalesce(sum(value), 0) AS value
                       FROM hugggs h WHERE h.transaction_id = t.id) AS contents ON true
  LEFT JOIN LATERAL (SELECT count(*) AS events FROM events e
                      WHERE e.subject_id = t.id AND e.kind = 'transaction.successful') AS log ON true
 WHERE t.status = 'successful'
   AND (contents.hugggs, contents.value, log.events) IS DISTINCT FROM (t.quantity::bigint, t.retail::numeric, 1::bigint);

-- name: every_huggg_has_its_purchase_its_commitment_and_its_shortcode
SELECT h.id AS huggg_id, t.id AS transaction_id, c.committed, s.shortcodes
  FROM hugggs h
  LEFT JOIN transactions t ON t.id = h.transaction_id AND t.sender_id = h.sender_id
  LEFT JOIN (SELECT huggg_id, sum(amount) AS committed
               FROM transfers WHERE kind = 'commit' GROUP BY huggg_id) AS c ON c.huggg_id = h.id
  LEFT JOIN (SELECT huggg_id, count(*) AS shortcodes FROM shortcodes GROUP BY huggg_id) AS s
         ON s.huggg_id = h.id
 WHERE t.id IS NULL OR c.committed IS DISTINCT FROM h.value OR s.shortcodes IS DISTINCT FROM 1;

-- name: no_wallet_is_overspent_and_each_balance_is_the_sum_of_its_transfers
SELECT a.id AS wallet, a.available, coalesce(sum(m.amount), 0) AS transferred
  FROM accounts a
  LEFT JOIN (SELECT credit_account AS account, amount FROM transfers
              UNION ALL
             SELECT debit_account, -amount FROM transfers) AS m ON m.account = a.id
 WHERE a.kind = 'wallet'
 GROUP BY a.id, a.available
HAVING a.available < 0 OR a.available <> coalesce(sum(m.amount), 0);

-- name: every_entry_has_its_transfer_and_no_wallet_gives_back_more_than_it_got
-- A correction without an entry has no reason.
SELECT coalesce(e.wallet_id, t.debit_account) AS wallet, coalesce(e.id, t.id) AS entry, e.kind, t.kind AS transfer_kind
  FROM wallet_entries e
  FULL JOIN (SELECT id, kind, debit_account, credit_account FROM transfers
              WHERE kind IN ('fund', 'correct')) AS t ON t.id = e.id
 WHERE t.id IS NULL
    OR e.id IS NULL AND t.kind = 'correct'
    OR e.kind <> t.kind
    OR e.wallet_id <> CASE t.kind WHEN 'fund' THEN t.credit_account ELSE t.debit_account END
 UNION ALL
SELECT wallet, NULL, 'correct', 'too much'
  FROM (SELECT credit_account AS wallet, amount FROM transfers WHERE kind = 'fund'
         UNION ALL
        SELECT debit_account, -amount FROM transfers WHERE kind = 'correct') AS movement
 GROUP BY wallet
HAVING sum(amount) < 0;

-- name: each_commitment_is_the_value_of_its_unspent_hugggs
SELECT a.id AS commitment, coalesce(unspent.value, 0) AS unspent_value, coalesce(sum(m.amount), 0) AS transferred
  FROM accounts a
  LEFT JOIN (SELECT commitment_id, sum(value) AS value FROM hugggs
              WHERE redemption_id IS NULL AND returned_at IS NULL
              GROUP BY commitment_id) AS unspent ON unspent.commitment_id = a.id
  LEFT JOIN (SELECT credit_account AS account, amount FROM transfers
              UNION ALL
             SELECT debit_account, -amount FROM transfers) AS m ON m.account = a.id
 WHERE a.kind = 'commitment'
 GROUP BY a.id, unspent.value
HAVING coalesce(unspent.value, 0) <> coalesce(sum(m.amount), 0);

-- name: every_huggg_ends_once_with_its_event_and_its_value_returns_once
-- A huggg is redeemed, cancelled or expired. The value that returned went from its commitment to the account that paid.
SELECT h.id AS huggg_id, h.redemption_id, h.cancelled_at, h.expired_at, h.returned_at, log.cancelled, log.expired,
       voided.transfers
  FROM hugggs h
  LEFT JOIN (SELECT subject_id, count(*) FILTER (WHERE kind = 'huggg.cancelled') AS cancelled,
                    count(*) FILTER (WHERE kind = 'huggg.expired') AS expired
               FROM events
              WHERE kind IN ('huggg.cancelled', 'huggg.expired')
              GROUP BY subject_id) AS log ON log.subject_id = h.id
  LEFT JOIN (SELECT huggg_id, count(*) AS transfers,
                    bool_and(v.debit_account = g.commitment_id AND v.credit_account = t.account_id
                             AND v.amount = g.value) AS right_way
               FROM transfers v
               JOIN hugggs g ON g.id = v.huggg_id
               JOIN transactions t ON t.id = g.transaction_id
              WHERE v.kind = 'void'
              GROUP BY huggg_id) AS voided ON voided.huggg_id = h.id
 WHERE num_nonnulls(h.redemption_id, h.cancelled_at, h.expired_at) > 1
    OR num_nonnulls(h.cancelled_at) <> coalesce(log.cancelled, 0)
    OR num_nonnulls(h.expired_at) <> coalesce(log.expired, 0)
    OR num_nonnulls(h.returned_at) <> coalesce(voided.transfers, 0)
    OR NOT voided.right_way
    OR h.returned_at IS NOT NULL AND num_nonnulls(h.cancelled_at, h.expired_at) = 0;

-- name: the_refunds_of_a_card_are_the_returned_value_of_its_hugggs
-- Each refund that the processor has not made yet has its job, too.
SELECT coalesce(r.payment_id, v.payment_id) AS payment, r.amount AS refunds, v.amount AS returned
  FROM (SELECT payment_id, sum(amount) AS amount FROM refunds GROUP BY payment_id) AS r
  FULL JOIN (SELECT y.id AS payment_id, sum(h.value) AS amount
               FROM payments y
               JOIN hugggs h ON h.transaction_id = y.transaction_id
              WHERE h.returned_at IS NOT NULL
              GROUP BY y.id) AS v ON v.payment_id = r.payment_id
 WHERE r.amount IS DISTINCT FROM v.amount
 UNION ALL
SELECT r.payment_id, r.amount, NULL
  FROM refunds r
 WHERE r.settled_at IS NULL
   AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'payment.refund' AND j.subject_id = r.id);

-- name: every_transfer_is_between_accounts_of_one_currency
SELECT t.huggg_id, t.id, t.kind, d.currency AS debited, c.currency AS credited
  FROM transfers t
  LEFT JOIN accounts d ON d.id = t.debit_account
  LEFT JOIN accounts c ON c.id = t.credit_account
 WHERE d.currency IS DISTINCT FROM c.currency OR d.id IS NULL;

-- name: every_kept_answer_has_its_effect_and_no_effect_two_keys
-- A till names its redemptions, and may give those of two hugggs one id.
SELECT k.caller, k.key, k.status, k.effect_id
  FROM (SELECT *, count(*) OVER (PARTITION BY effect_id, status) AS keys
          FROM idempotency_keys
         WHERE status BETWEEN 200 AND 299) AS k
 WHERE k.effect_id IS NULL
    OR k.keys > 1 AND k.keys > (SELECT count(*) FROM redemptions r WHERE r.id = k.effect_id)
    OR NOT EXISTS (SELECT FROM transactions t WHERE t.id = k.effect_id)
   AND NOT EXISTS (SELECT FROM redemptions r WHERE r.id = k.effect_id)
   AND NOT EXISTS (SELECT FROM holds o WHERE o.id = k.effect_id);

-- name: every_expiry_is_the_end_of_its_last_day
SELECT h.id AS huggg_id, h.expiry_date, h.expires_at, b.time_zone
  FROM hugggs h
  JOIN products p ON p.id = h.product_id
  JOIN brands b ON b.id = p.brand_id
 WHERE h.expires_at <> last_instant(h.expiry_date, b.time_zone);

-- name: every_next_last_day_is_a_day_and_not_before_the_first
SELECT h.id AS huggg_id, h.expiry_date, h.next_expiry_date, h.next_expires_at, b.time_zone
  FROM hugggs h
  JOIN products p ON p.id = h.product_id
  JOIN brands b ON b.id = p.brand_id
 WHERE num_nonnulls(h.next_expiry_date, h.next_expires_at) = 1
    OR h.next_expires_at <> last_instant(h.next_expiry_date, b.time_zone)
    OR h.next_expiry_date < h.expiry_date;

-- name: every_purchase_for_a_group_has_its_link_and_no_other_has_one
SELECT coalesce(t.id, g.transaction_id) AS transaction_id, t.delivery_method
  FROM (SELECT id, delivery_method FROM transactions
         WHERE delivery_method = 'group' AND status = 'successful') AS t
  FULL JOIN group_links g ON g.transaction_id = t.id
 WHERE t.id IS NULL OR g.transaction_id IS NULL;

-- name: each_person_has_one_huggg_of_a_group_and_its_next_last_day
SELECT h.transaction_id, encode(h.claimer, 'hex') AS claimer, count(*) AS hugggs
  FROM hugggs h
  JOIN group_links g ON g.transaction_id = h.transaction_id
 WHERE h.assigned_at IS NOT NULL
 GROUP BY h.transaction_id, h.claimer
HAVING count(*) > 1 OR h.claimer IS NULL OR bool_or(h.next_expires_at IS NOT NULL);

-- name: every_choice_is_picked_once_or_waits
-- A huggg that was bought as a choice is the choice and has no event of a pick, or is the product of its only one.
SELECT h.id AS huggg_id, h.choice_id, h.product_id, log.picks, log.product_id AS picked_product_id
  FROM hugggs h
 CROSS JOIN LATERAL (SELECT count(*) AS picks, max(e.data ->> 'product_id') AS product_id
                       FROM events e
                      WHERE e.subject_id = h.id AND e.kind = 'huggg.picked') AS log
 WHERE h.choice_id IS NOT NULL
   AND (log.picks, log.product_id)
       IS DISTINCT FROM CASE WHEN h.product_id = h.choice_id THEN (0::bigint, NULL::text)
                             ELSE (1::bigint, h.product_id::text) END;

-- name: no_huggg_was_redeemed_after_its_last_day
-- A hold that was placed before may be confirmed after.
SELECT r.huggg_id, r.id AS redemption_id, r.created_at, h.expires_at
  FROM redemptions r
  JOIN hugggs h ON h.id = r.huggg_id
  LEFT JOIN holds o ON o.huggg_id = r.huggg_id AND o.id = r.hold_id
 WHERE coalesce(o.created_at, r.created_at) >= h.expires_at;

-- name: every_redemption_is_at_a_location_that_exists
-- Whether that location honoured the huggg is history: an import may have changed it since.
SELECT r.huggg_id, r.id AS redemption_id, r.brand_id, r.location_id
  FROM redemptions r
  LEFT JOIN locations l ON l.id = r.location_id
 WHERE l.id IS NULL;

-- name: every_voucher_belongs_to_the_huggg_that_names_it
SELECT coalesce(h.id, v.huggg_id) AS huggg_id, h.voucher_id AS on_the_huggg, v.id AS voucher
  FROM (SELECT * FROM hugggs WHERE voucher_id IS NOT NULL) AS h
  FULL JOIN (SELECT * FROM vouchers WHERE replaced_at IS NULL) AS v
         ON v.huggg_id = h.id AND v.id = h.voucher_id
 WHERE h.id IS NULL OR v.id IS NULL;

-- name: every_assigned_code_has_one_holder_who_has_a_voucher_and_its_event
SELECT c.brand_id, encode(c.fingerprint, 'hex') AS fingerprint, c.huggg_id, v.id AS voucher, log.events
  FROM codes c
  LEFT JOIN vouchers v ON v.huggg_id = c.huggg_id AND v.replaced_at IS NULL
  LEFT JOIN LATERAL (SELECT count(*) AS events FROM events e
                      WHERE e.subject_id = c.huggg_id AND e.kind = 'voucher.generated') AS log ON true
 WHERE c.assigned_at IS NOT NULL AND (v.id IS NULL OR log.events <> 1);

-- name: every_replaced_code_stays_with_its_huggg_beside_one_that_stands
-- Each replacement leaves one voucher, one code and one event; beside them one code stands.
SELECT coalesce(v.huggg_id, c.huggg_id) AS huggg_id, v.replaced AS vouchers, c.replaced AS codes,
       c.standing, log.events
  FROM (SELECT huggg_id, count(*) AS replaced FROM vouchers WHERE replaced_at IS NOT NULL
         GROUP BY huggg_id) AS v
  FULL JOIN (SELECT huggg_id, count(replaced_at) AS replaced,
                    count(*) FILTER (WHERE replaced_at IS NULL) AS standing
               FROM codes WHERE assigned_at IS NOT NULL GROUP BY huggg_id HAVING count(replaced_at) > 0) AS c
         ON c.huggg_id = v.huggg_id
  LEFT JOIN LATERAL (SELECT count(*) AS events FROM events e
                      WHERE e.subject_id = coalesce(v.huggg_id, c.huggg_id)
                        AND e.kind = 'voucher.replaced') AS log ON true
 WHERE v.replaced IS DISTINCT FROM c.replaced OR c.standing <> 1 OR log.events <> c.replaced;

-- name: each_pool_is_conserved
-- Every imported code is free, reserved, assigned or withdrawn.
SELECT p.segment_id, coalesce(came.codes, 0) AS imported, coalesce(pooled.codes, 0) AS accounted_for
  FROM pools p
  LEFT JOIN (SELECT segment_id, sum(size) AS codes FROM batches GROUP BY segment_id) AS came
         ON came.segment_id = p.segment_id
  LEFT JOIN (SELECT segment_id, count(*) AS codes FROM codes WHERE batch_id IS NOT NULL
              GROUP BY segment_id) AS pooled ON pooled.segment_id = p.segment_id
 WHERE coalesce(came.codes, 0) <> coalesce(pooled.codes, 0);

-- name: no_code_is_reserved_long_past_its_lease
-- A lease that is over makes a code free for others, and the sweeper tidies it within minutes.
SELECT brand_id, encode(fingerprint, 'hex') AS fingerprint, huggg_id, lease_until
  FROM codes
 WHERE lease_until < now() - interval '10 minutes';

-- name: no_code_was_assigned_after_it_expired
SELECT brand_id, encode(fingerprint, 'hex') AS fingerprint, huggg_id, assigned_at, valid_until
  FROM codes
 WHERE batch_id IS NOT NULL AND assigned_at >= valid_until;

-- name: no_issuance_is_unsettled_for_a_day
-- Except those that the brand's service refused, which wait for a person.
SELECT huggg_id, id AS key, attempts, created_at
  FROM issuances
 WHERE settled_at IS NULL AND refused IS NULL AND created_at < now() - interval '1 day';

-- name: every_purchase_was_paid_by_a_wallet_of_the_buyers_team
-- A purchase by card is paid by a card of the buyer's: see the rules about payments below.
-- The team is that of the day: people move on, their orders stay.
SELECT t.id AS transaction_id, u.id AS sender_id, t.team_id, a.team_id AS wallet_team
  FROM transactions t
  LEFT JOIN users u ON u.id = t.sender_id
  LEFT JOIN accounts a ON a.id = t.account_id AND a.kind = 'wallet'
  LEFT JOIN payments p ON p.transaction_id = t.id AND p.user_id = t.sender_id
                      AND t.account_id = '00000000-0000-4000-8000-000000000002'
 WHERE p.id IS NULL
   AND (u.id IS NULL OR t.team_id IS NULL OR a.team_id IS NULL OR t.team_id <> a.team_id);

-- name: teams_are_two_levels_deep_and_every_key_acts_for_one
SELECT s.id AS subject, 'subteam of a subteam' AS broken
  FROM teams s
  JOIN teams t ON t.id = s.parent_id
 WHERE t.parent_id IS NOT NULL
 UNION ALL
SELECT k.id, 'key of a user without a team, or of one that can log in'
  FROM api_keys k
  JOIN users u ON u.id = k.user_id
 WHERE u.team_id IS NULL OR u.kind <> 'customer' OR u.password_hash IS NOT NULL;

-- name: every_username_is_one_persons_however_it_is_written
-- The later of two usernames that fold together is found by its exact spelling only: disable one of them.
SELECT id AS user_id, created_at
  FROM users
 WHERE exact_username OR username IS NOT NULL AND username_key IS NULL;

-- name: no_erased_person_can_be_read_or_found
SELECT u.id AS user_id, u.erased_at
  FROM users u
 WHERE u.erased_at IS NOT NULL
   AND (EXISTS (SELECT FROM person_keys k WHERE k.person_id = u.id)
        OR u.name <> '' OR num_nonnulls(u.username, u.username_key, u.phone_number, u.password_hash, u.username_fingerprint,
                                        u.email_fingerprint, u.phone_fingerprint) > 0);

-- name: no_text_and_no_person_is_left_in_clear_after_the_move
-- Workers seal texts that an older release kept in clear, and note when all of them are sealed.
SELECT c.found_in, c.id
  FROM left_in_clear c
  JOIN moves m ON m.name = c.move;

-- name: no_huggg_has_the_fingerprint_of_a_claimer_who_was_erased
SELECT h.id AS huggg_id, u.id AS user_id
  FROM users u
  JOIN hugggs h ON h.receiver_id = u.id
 WHERE u.erased_at IS NOT NULL AND h.claimer <> sha256(uuid_send(h.id));

-- name: no_address_waits_for_its_confirmation_for_long
-- Workers delete a question and the address after a week; two days are for one that did not run.
SELECT subject_id, id AS delivery_id, queued_at
  FROM deliveries
 WHERE kind = 'confirmation' AND queued_at < now() - interval '9 days';

-- name: no_data_about_people_are_kept_longer_than_their_team_wishes
-- A worker erases them within minutes; two days are for one that did not run.
SELECT t.id AS transaction_id, t.team_id, g.keep_days
  FROM teams g
  JOIN transactions t ON t.team_id = g.id AND t.forgotten_at IS NULL
 WHERE g.keep_days_since < now() - interval '2 days'
   AND t.created_at < now() - (g.keep_days + 2) * interval '1 day'
   AND t.updated_at < now() - interval '2 days'
   AND NOT EXISTS (SELECT FROM huggg_ends e
                    WHERE e.transaction_id = t.id AND e.ended_at > now() - (g.keep_days + 2) * interval '1 day');

-- name: no_purchase_is_forgotten_while_one_of_its_hugggs_can_be_spent
-- Retention passes a forgotten purchase over, so data that a live huggg of it gets would stay for ever.
SELECT t.id AS transaction_id, h.id AS huggg_id, t.forgotten_at
  FROM transactions t
  JOIN hugggs h ON h.transaction_id = t.id
 WHERE t.forgotten_at IS NOT NULL
   AND h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expires_at > now();

-- name: every_purchase_by_card_was_charged_for_exactly_once
-- The charge is the value of the hugggs and the fee, to the penny. No charge stands for a purchase that failed.
SELECT coalesce(t.id, p.transaction_id) AS transaction_id, t.status, p.state, t.retail, p.retail AS charged,
       booked.committed, p.fee, booked.fee AS fee_moved
  FROM (SELECT * FROM transactions WHERE account_id = '00000000-0000-4000-8000-000000000002') AS t
  FULL JOIN (SELECT * FROM payments WHERE settled_at IS NOT NULL) AS p ON p.transaction_id = t.id
  LEFT JOIN LATERAL (
       SELECT (SELECT coalesce(sum(c.amount), 0) FROM transfers c JOIN hugggs h ON h.id = c.huggg_id
                WHERE h.transaction_id = coalesce(t.id, p.transaction_id) AND c.kind = 'commit'
                  AND c.debit_account = '00000000-0000-4000-8000-000000000002') AS committed,
              (SELECT coalesce(sum(f.amount), 0) FROM transfers f
                WHERE f.huggg_id = '00000000-0000-0000-0000-000000000000' AND f.id = p.id
                  AND f.kind = 'fee') AS fee) AS booked ON true
 WHERE CASE t.status
       WHEN 'successful' THEN p.state IS DISTINCT FROM 'charged' OR p.retail <> t.retail
                           OR booked.committed <> p.retail OR booked.fee <> p.fee
       WHEN 'failed' THEN coalesce(p.state, '') NOT IN ('declined', 'refunded')
                       OR booked.committed <> 0 OR booked.fee <> 0
       ELSE true END;

-- name: what_cards_paid_is_in_commitments_and_fees_and_nowhere_else
SELECT paid.amount AS charged, booked.amount AS booked, booked.elsewhere
  FROM (SELECT coalesce(sum(retail + fee), 0) AS amount FROM payments WHERE state = 'charged') AS paid,
       (SELECT coalesce(sum(amount) FILTER (WHERE debit_account = '00000000-0000-4000-8000-000000000002'), 0)
               AS amount,
               count(*) FILTER (WHERE (kind = 'fee')
                                   <> (credit_account = '00000000-0000-4000-8000-000000000004')
                                   OR (kind = 'fee')
                                   AND debit_account <> '00000000-0000-4000-8000-000000000002') AS elsewhere
          FROM transfers) AS booked
 WHERE paid.amount <> booked.amount OR booked.elsewhere <> 0;

-- name: no_failed_purchase_has_hugggs
SELECT t.id AS transaction_id, count(*) AS hugggs
  FROM transactions t
  JOIN hugggs h ON h.transaction_id = t.id
 WHERE t.status = 'failed'
 GROUP BY t.id;

-- name: every_failed_purchase_has_its_event_and_no_other
SELECT t.id AS transaction_id, log.failed, log.successful
  FROM transactions t
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'transaction.failed') AS failed,
                            count(*) FILTER (WHERE kind = 'transaction.successful') AS successful
                       FROM events e WHERE e.subject_id = t.id) AS log ON true
 WHERE t.status = 'failed' AND (log.failed, log.successful) IS DISTINCT FROM (1::bigint, 0::bigint);

-- name: no_payment_is_left_to_a_person_or_unsettled_for_a_day
-- See `huggg payment list` and `huggg payment settle`.
SELECT id AS payment, transaction_id, state, retail + fee AS amount, created_at, given_up_at
  FROM payments
 WHERE settled_at IS NULL AND (given_up_at IS NOT NULL OR created_at < now() - interval '1 day');

-- name: every_post_is_from_the_huggg_to_its_merchant_and_every_unpost_back
SELECT t.huggg_id, t.id, t.kind, t.amount, t.debit_account, t.credit_account
  FROM transfers t
  JOIN hugggs h ON h.id = t.huggg_id
 WHERE t.kind IN ('post', 'unpost')
   AND (t.amount <> h.value
        OR NOT EXISTS (
            SELECT FROM redemptions r
             WHERE r.huggg_id = h.id
               AND CASE t.kind WHEN 'post' THEN (t.debit_account, t.credit_account) = (h.commitment_id, r.brand_id)
                               ELSE (t.debit_account, t.credit_account) = (r.brand_id, h.commitment_id) END));

-- name: every_reference_of_a_huggg_exists
-- The rules that foreign keys would state, for the tables that have none.
SELECT h.id AS huggg_id, 'product' AS names, h.product_id AS missing
  FROM hugggs h WHERE NOT EXISTS (SELECT FROM products p WHERE p.id = h.product_id)
 UNION ALL
SELECT h.id, 'sender', h.sender_id
  FROM hugggs h WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = h.sender_id)
 UNION ALL
SELECT h.id, 'receiver', h.receiver_id
  FROM hugggs h
 WHERE h.receiver_id IS NOT NULL AND NOT EXISTS (SELECT FROM users u WHERE u.id = h.receiver_id)
 UNION ALL
SELECT h.id, 'voucher', h.voucher_id
  FROM hugggs h
 WHERE h.voucher_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM vouchers v WHERE v.huggg_id = h.id AND v.id = h.voucher_id)
 UNION ALL
SELECT s.huggg_id, 'huggg of a shortcode', s.huggg_id
  FROM shortcodes s WHERE NOT EXISTS (SELECT FROM hugggs h WHERE h.id = s.huggg_id)
 UNION ALL
SELECT t.huggg_id, 'huggg of a transfer', t.huggg_id
  FROM transfers t
 WHERE t.kind NOT IN ('fund', 'fee', 'correct') AND NOT EXISTS (SELECT FROM hugggs h WHERE h.id = t.huggg_id);

-- name: every_claim_and_every_top_up_has_its_event_and_no_purchase_is_told_that_was_not
SELECT h.id AS subject, 'huggg.claimed' AS kind
  FROM hugggs h
 WHERE h.assigned_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM events e WHERE e.subject_id = h.id AND e.kind = 'huggg.claimed')
 UNION ALL
SELECT funded.wallet, 'wallet.topped_up'
  FROM (SELECT credit_account AS wallet, count(*) AS times FROM transfers WHERE kind = 'fund'
         GROUP BY credit_account) AS funded
 WHERE funded.times <> (SELECT count(*) FROM events e
                         WHERE e.subject_id = funded.wallet AND e.kind = 'wallet.topped_up')
 UNION ALL
SELECT corrected.wallet, 'wallet.corrected'
  FROM (SELECT debit_account AS wallet, count(*) AS times FROM transfers WHERE kind = 'correct'
         GROUP BY debit_account) AS corrected
 WHERE corrected.times <> (SELECT count(*) FROM events e
                            WHERE e.subject_id = corrected.wallet AND e.kind = 'wallet.corrected')
 UNION ALL
SELECT e.subject_id, e.kind
  FROM events e
 WHERE e.kind = 'transaction.successful'
   AND NOT EXISTS (SELECT FROM transactions t WHERE t.id = e.subject_id);

-- name: every_store_is_shown_where_the_catalogue_says
-- The copy on each store, which the map reads, equals the view `showing`.
SELECT s.id AS store_id, s.shown, s.on_app, s.on_imessage,
       v.shown AS should_be_shown, v.on_app AS should_be_on_app, v.on_imessage AS should_be_on_imessage
  FROM stores s
  JOIN showing v ON v.id = s.id
 WHERE (s.shown, s.on_app, s.on_imessage) <> (v.shown, v.on_app, v.on_imessage);

-- name: no_event_is_ahead_of_the_transactions_and_no_cursor_ahead_of_the_events
-- The next event would have its place behind them, and consumers would miss it: `huggg migrate` mends that.
SELECT 'events' AS reader, max(position) AS position FROM events
HAVING max(position) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + event_base()
 UNION ALL
SELECT consumer, position
  FROM cursors
 WHERE position > coalesce((SELECT max(position) FROM events), 0);

-- name: every_unsettled_payment_has_its_job_and_no_lease_is_longer_than_an_hour
-- A payment without a job would be settled by no worker. No kind of job has a lease of an hour.
SELECT p.id AS subject, 'payment without a job' AS what
  FROM payments p
 WHERE p.settled_at IS NULL AND p.given_up_at IS NULL AND p.next_at = 'infinity'
   AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'payment.settle' AND j.subject_id = p.id)
 UNION ALL
SELECT subject_id, kind
  FROM jobs
 WHERE lease_until > now() + interval '1 hour';

-- name: every_hold_on_a_huggg_is_one_that_was_placed_and_is_not_over
-- The hold on the huggg's row is one that neither became a redemption nor was reversed; a lapsed one may still stand there.
SELECT h.id AS huggg_id, h.hold_id, h.held_until, o.ends_at, o.reversed_at, r.id AS redemption_id
  FROM hugggs h
  LEFT JOIN holds o ON o.huggg_id = h.id AND o.id = h.hold_id
  LEFT JOIN redemptions r ON r.huggg_id = h.id AND r.hold_id = h.hold_id
 WHERE h.hold_id IS NOT NULL
   AND (o.ends_at IS DISTINCT FROM h.held_until OR o.reversed_at IS NOT NULL OR r.id IS NOT NULL
        OR h.redemption_id IS NOT NULL);

-- name: every_redemption_that_confirms_a_hold_is_at_its_till_and_within_its_time
SELECT r.huggg_id, r.id AS redemption_id, r.hold_id
  FROM redemptions r
  LEFT JOIN holds o ON o.huggg_id = r.huggg_id AND o.id = r.hold_id
 WHERE r.hold_id IS NOT NULL
   AND (o.id IS NULL OR o.brand_id <> r.brand_id OR o.location_id <> r.location_id
        OR r.created_at < o.created_at OR r.created_at >= o.ends_at OR o.reversed_at IS NOT NULL);

-- name: every_hold_has_its_event
SELECT o.huggg_id, o.id AS hold_id, log.holds, log.released
  FROM holds o
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'huggg.held') AS holds,
                            count(*) FILTER (WHERE kind = 'huggg.released') AS released
                       FROM events e
                      WHERE e.subject_id = o.huggg_id AND e.data ->> 'hold_id' = o.id::text) AS log ON true
 WHERE log.holds <> 1 OR log.released <> (o.reversed_at IS NOT NULL)::int;

-- name: every_device_has_its_events
SELECT d.id AS device_id, d.paired_at, log.paired, d.revoked_at, log.revoked
  FROM devices d
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'device.invited') AS invited,
                            count(*) FILTER (WHERE kind = 'device.paired') AS paired,
                            count(*) FILTER (WHERE kind = 'device.revoked') AS revoked
                       FROM events e
                      WHERE e.subject_id = d.id) AS log ON true
 WHERE log.invited <> 1
    OR log.paired <> (d.paired_at IS NOT NULL)::int
    OR log.revoked <> (d.revoked_at IS NOT NULL)::int;

-- name: every_scan_accepted_offline_is_a_redemption_or_a_conflict
-- The redemption has the id of the scan, and a scan has a redemption or a conflict, not both. A scan that was
-- interrupted goes on when its device sends it again, mostly within seconds.
SELECT s.huggg_id, s.id AS scan_id, s.device_id, s.reason, r.id AS redemption_id
  FROM offline_scans s
  LEFT JOIN redemptions r ON r.huggg_id = s.huggg_id AND r.id = s.id
 WHERE (s.reason IS NULL) <> (r.id IS NOT NULL)
   AND (r.id IS NOT NULL OR s.arrived_at < now() - interval '1 hour');

-- name: every_conflict_has_its_events_and_is_paid_once_where_the_platform_bears_it
SELECT s.huggg_id, s.id AS scan_id, s.settlement, log.conflicted, log.settled, paid.amount
  FROM offline_scans s
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'huggg.scan_conflicted') AS conflicted,
                            count(*) FILTER (WHERE kind = 'huggg.scan_settled') AS settled
                       FROM events e
                      WHERE e.subject_id = s.huggg_id AND e.data ->> 'scan_id' = s.id::text) AS log ON true
  LEFT JOIN LATERAL (SELECT coalesce(sum(t.amount), 0) AS amount
                       FROM transfers t
                      WHERE t.huggg_id = s.huggg_id AND t.kind = 'settle') AS paid ON true
 WHERE (log.conflicted, log.settled) <> ((s.reason IS NOT NULL)::int, (s.settlement IS NOT NULL)::int)
    OR paid.amount <> (SELECT coalesce(sum(o.value), 0) FROM offline_scans o
                        WHERE o.huggg_id = s.huggg_id AND o.settlement = 'platform');

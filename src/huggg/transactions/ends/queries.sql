-- name: end
-- Ends hugggs, or returns the value of hugggs that ended before: `new_state` is 'cancelled', 'expired' or 'returned'. The
-- value goes back in the same statement if the refund policy lets it go at once: a transfer for each huggg, and one change of
-- each wallet. The value paid by a card becomes one refund of its payment, which a job makes. Set-based, for a bounded list of
-- ids. A code that came with the purchase and that no answer had is the huggg's no more: one of a pool goes back there, or is
-- withdrawn with its batch, and one of a brand's service is withdrawn. Where an answer had such a code, the value stays.
-- Hugggs that a till holds, and rows that another statement has locked, are passed over; so is a huggg whose voucher another
-- statement made or locked meanwhile, as a code may be on its way into an answer. Each wallet is locked after all hugggs, and
-- wallets in the order of their ids.
WITH items AS MATERIALIZED (
    SELECT * FROM unnest(:ids::uuid[], :transfer_ids::uuid[]) AS a (id, transfer_id)
), locked_hugggs AS MATERIALIZED (
    SELECT h.id, h.transaction_id, h.product_id, h.commitment_id, h.value, h.voucher_id
      FROM hugggs h
     WHERE h.id = ANY(:ids::uuid[])
       AND h.redemption_id IS NULL
       AND coalesce(h.held_until <= :at::timestamptz, true)
       AND CASE :new_state::text
           WHEN 'cancelled' THEN h.cancelled_at IS NULL AND h.expired_at IS NULL AND h.expires_at > :at
           WHEN 'expired' THEN h.cancelled_at IS NULL AND h.expired_at IS NULL AND h.expires_at <= :at
           WHEN 'returned' THEN h.returns_at <= :at AND h.returned_at IS NULL
           END
       FOR UPDATE SKIP LOCKED
), unshown_vouchers AS MATERIALIZED (
    SELECT v.huggg_id, v.id, p.brand_id
      FROM locked_hugggs
      JOIN vouchers v ON v.huggg_id = locked_hugggs.id AND v.id = locked_hugggs.voucher_id
      JOIN products p ON p.id = locked_hugggs.product_id
     WHERE v.unshown
       AND NOT EXISTS (SELECT FROM processes
                        WHERE NOT notes_shown_codes AND seen_at > now() - interval '15 seconds')
       FOR UPDATE OF v SKIP LOCKED
), ending_hugggs AS MATERIALIZED (
    SELECT l.*
      FROM locked_hugggs l
     WHERE l.voucher_id IS NULL
        OR EXISTS (SELECT FROM vouchers v
                    WHERE v.huggg_id = l.id AND v.id = l.voucher_id
                      AND (v.unshown IS NOT TRUE OR v.huggg_id IN (SELECT huggg_id FROM unshown_vouchers)))
), removed_vouchers AS (
    DELETE FROM vouchers v USING unshown_vouchers u WHERE v.huggg_id = u.huggg_id AND v.id = u.id
), freed_codes AS (
    UPDATE codes c
       SET huggg_id = NULL, assigned_at = NULL,
           withdrawn_at = CASE WHEN c.batch_id IS NULL
                                 OR EXISTS (SELECT FROM events e
                                             WHERE e.subject_id = c.batch_id AND e.kind = 'codes.withdrawn') THEN :at END
      FROM unshown_vouchers u
     WHERE c.brand_id = u.brand_id AND c.huggg_id = u.huggg_id AND c.replaced_at IS NULL
), gone_back AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT huggg_id, 'voucher.unused', :at, jsonb_build_object('voucher_id', id) FROM unshown_vouchers
), maybe_spent AS MATERIALIZED (
    SELECT l.id
      FROM ending_hugggs l
      JOIN products p ON p.id = l.product_id
      JOIN codes c ON c.brand_id = p.brand_id AND c.huggg_id = l.id AND c.replaced_at IS NULL
     WHERE l.voucher_id IS NOT NULL AND :new_state <> 'returned'
       AND (c.batch_id IS NOT NULL OR EXISTS (SELECT FROM issuances i WHERE i.huggg_id = l.id))
       AND NOT EXISTS (SELECT FROM unshown_vouchers u WHERE u.huggg_id = l.id)
), terms AS MATERIALIZED (
    SELECT k.transaction_id, k.product_id, t.account_id, y.id AS payment_id, y.processor,
           coalesce(y.team_id, y.user_id) AS customer_id, policy.after_days, policy.even_shown
      FROM (SELECT DISTINCT transaction_id, product_id FROM ending_hugggs) AS k
      JOIN transactions t ON t.id = k.transaction_id
      LEFT JOIN payments y ON y.transaction_id = t.id AND y.state = 'charged'
      LEFT JOIN products p ON p.id = k.product_id
     CROSS JOIN LATERAL (
            SELECT CASE WHEN :new_state = 'returned' THEN 0 ELSE r.after_days END AS after_days, r.even_shown
              FROM (SELECT after_days, even_shown, 2 * num_nonnulls(team_id) + num_nonnulls(brand_id) AS precision
                      FROM refund_policies
                     WHERE coalesce(team_id = t.team_id, team_id IS NULL)
                       AND coalesce(brand_id = p.brand_id, brand_id IS NULL)
                     UNION ALL
                    SELECT 0, false, -1) AS r
             ORDER BY r.precision DESC
             LIMIT 1) AS policy
), returns AS MATERIALIZED (
    SELECT l.id, t.account_id, t.payment_id, t.processor, t.customer_id,
           CASE WHEN t.even_shown OR l.id NOT IN (SELECT id FROM maybe_spent) THEN t.after_days END AS after_days
      FROM ending_hugggs l
      JOIN terms t ON t.transaction_id = l.transaction_id AND t.product_id = l.product_id
), ended_hugggs AS (
    UPDATE hugggs h
       SET cancelled_at = CASE WHEN :new_state = 'cancelled' THEN :at ELSE h.cancelled_at END,
           expired_at = CASE WHEN :new_state = 'expired' THEN :at ELSE h.expired_at END,
           returns_at = CASE WHEN :new_state = 'returned' THEN h.returns_at ELSE :at + r.after_days * interval '1 day' END,
           returned_at = CASE WHEN r.after_days = 0 THEN :at END,
           voucher_id = CASE WHEN u.id IS NULL THEN h.voucher_id END,
           updated_at = :at
      FROM returns r
      LEFT JOIN unshown_vouchers u ON u.huggg_id = r.id
     WHERE h.id = r.id
    RETURNING h.id, h.transaction_id, h.commitment_id, h.value, h.returned_at, r.account_id, r.payment_id, r.processor,
              r.customer_id
), new_transfers AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT a.transfer_id, e.id, e.commitment_id, e.account_id, e.value, 'void', :at
      FROM ended_hugggs e
      JOIN items a ON a.id = e.id
     WHERE e.returned_at IS NOT NULL
), wallets AS MATERIALIZED (
    SELECT id
      FROM accounts
     WHERE id IN (SELECT account_id FROM ended_hugggs WHERE returned_at IS NOT NULL AND payment_id IS NULL)
     ORDER BY id
       FOR UPDATE
), credited_accounts AS (
    UPDATE accounts a
       SET available = a.available + b.total
      FROM (SELECT account_id, sum(value)::bigint AS total
              FROM ended_hugggs
             WHERE returned_at IS NOT NULL AND payment_id IS NULL
             GROUP BY account_id) AS b
      JOIN wallets w ON w.id = b.account_id
     WHERE a.id = w.id
), refunding AS (
    INSERT INTO refunds (id, payment_id, amount, created_at)
    SELECT (array_agg(a.transfer_id ORDER BY e.id))[1], e.payment_id, sum(e.value), :at
      FROM ended_hugggs e
      JOIN items a ON a.id = e.id
     WHERE e.returned_at IS NOT NULL AND e.payment_id IS NOT NULL
     GROUP BY e.payment_id
    RETURNING id, payment_id, amount
), new_jobs AS (
    INSERT INTO jobs (kind, subject_id, customer_id, payload, due_at)
    SELECT DISTINCT ON (r.id) 'payment.refund', r.id, e.customer_id, jsonb_build_object('processor', e.processor), :at
      FROM refunding r
      JOIN ended_hugggs e ON e.payment_id = r.payment_id
), refund_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT DISTINCT ON (r.id) e.transaction_id, 'refund.intended', :at,
           jsonb_build_object('refund', r.id, 'payment', r.payment_id, 'amount', r.amount)
      FROM refunding r
      JOIN ended_hugggs e ON e.payment_id = r.payment_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id,
           CASE WHEN is_cancelled THEN 'huggg.cancelled' WHEN is_expired THEN 'huggg.expired' ELSE 'huggg.returned' END,
           :at, :user_id, :client_id,
           jsonb_strip_nulls(jsonb_build_object('returned', CASE WHEN returned_at IS NULL THEN 0 ELSE value END,
                                                'sealed_reason', :sealed_reason::text, 'by', :by::text))
      FROM (SELECT *, :new_state = 'cancelled' AS is_cancelled, :new_state = 'expired' AS is_expired FROM ended_hugggs) AS e
)
SELECT id, value, CASE WHEN returned_at IS NULL THEN 0 ELSE value END AS returned FROM ended_hugggs;

-- name: buyer
SELECT sender_id
  FROM transactions
 WHERE id = :transaction_id;

-- name: next_transaction
-- The number of the next transaction that writes. Each of them has one.
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS number;

-- name: expired
-- Hugggs whose last instant is over and whose expiry is not noted yet, from where the walk stands. A till that holds
-- one may still confirm.
SELECT id, expires_at AS at, now() AS now
  FROM hugggs
 WHERE redemption_id IS NULL AND cancelled_at IS NULL AND expired_at IS NULL
   AND expires_at <= now() AND coalesce(held_until <= now(), true)
   AND (expires_at, id) > (:after_at::timestamptz, :after_id::uuid)
 ORDER BY expires_at, id
 LIMIT :most;

-- name: returnable
-- Hugggs that ended before and whose value is due by now.
SELECT id, returns_at AS at, now() AS now
  FROM hugggs
 WHERE returns_at IS NOT NULL AND returned_at IS NULL
   AND returns_at <= now()
   AND (returns_at, id) > (:after_at::timestamptz, :after_id::uuid)
 ORDER BY returns_at, id
 LIMIT :most;

-- name: cancellable
-- Hugggs of a purchase that can still be cancelled, by their positions, and whether a till holds them.
SELECT id, position, coalesce(held_until > now(), false) AS is_held, now() AS now
  FROM hugggs
 WHERE transaction_id = :transaction_id
   AND position > :after
   AND redemption_id IS NULL AND cancelled_at IS NULL AND expired_at IS NULL AND expires_at > now()
 ORDER BY position
 LIMIT :most;

-- name: send
-- Notes once that the day of scheduled hugggs has come.
WITH due_hugggs AS MATERIALIZED (
    SELECT id
      FROM hugggs
     WHERE awaits_sending AND sent_at <= now()
     ORDER BY sent_at, id
     LIMIT :most
       FOR UPDATE SKIP LOCKED
), sent_hugggs AS (
    UPDATE hugggs h
       SET awaits_sending = NULL, updated_at = now()
      FROM due_hugggs
     WHERE h.id = due_hugggs.id
    RETURNING h.id, h.cancelled_at, h.sent_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at)
    SELECT id, 'huggg.sent', now() FROM sent_hugggs WHERE cancelled_at IS NULL
)
SELECT id FROM sent_hugggs;

-- name: set_policy
-- The event is about the team, or else the brand, or nothing in particular.
WITH upserts AS (
    INSERT INTO refund_policies (team_id, brand_id, after_days, even_shown)
    VALUES (:team_id, :brand_id, :after_days, :even_shown)
    ON CONFLICT (team_id, brand_id) DO UPDATE SET after_days = excluded.after_days, even_shown = excluded.even_shown
    RETURNING team_id, brand_id, after_days, even_shown
)
INSERT INTO events (subject_id, kind, at, data)
SELECT coalesce(team_id, brand_id, '00000000-0000-0000-0000-000000000000'), 'refund_policy.set', now(),
       jsonb_build_object('team_id', team_id, 'brand_id', brand_id, 'after_days', after_days, 'even_shown', even_shown)
  FROM upserts;

-- name: remove_policy
WITH removed_policy AS (
    DELETE FROM refund_policies
     WHERE team_id IS NOT DISTINCT FROM :team_id::uuid AND brand_id IS NOT DISTINCT FROM :brand_id::uuid
    RETURNING team_id, brand_id
)
INSERT INTO events (subject_id, kind, at, data)
SELECT coalesce(team_id, brand_id, '00000000-0000-0000-0000-000000000000'), 'refund_policy.removed', now(),
       jsonb_build_object('team_id', team_id, 'brand_id', brand_id)
  FROM removed_policy
RETURNING subject_id;

-- name: policies
SELECT t.name AS team, r.team_id, b.name AS brand, r.brand_id, r.after_days, r.even_shown
  FROM refund_policies r
  LEFT JOIN teams t ON t.id = r.team_id
  LEFT JOIN brands b ON b.id = r.brand_id
 ORDER BY 2 * num_nonnulls(r.team_id) + num_nonnulls(r.brand_id) DESC, t.name, b.name;

-- name: open_wallet
-- A wallet and, beside it, the account where the value of its live hugggs waits.
WITH commitment AS (
    INSERT INTO accounts (id, kind, name)
    SELECT :commitment_id, 'commitment', :name
     WHERE NOT EXISTS (SELECT FROM accounts WHERE id = :id)
    RETURNING id
), new_wallet AS (
    INSERT INTO accounts (id, kind, name, team_id, commitment_id)
    SELECT :id, 'wallet', :name, :team_id, id FROM commitment
    RETURNING id, created_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'wallet.opened', created_at FROM new_wallet
)
SELECT id FROM new_wallet;

-- name: top_up
-- Adds money once for each entry: the same id, or a reference that a top-up of this wallet has, adds
-- nothing and answers no row.
WITH new_entry AS (
    INSERT INTO wallet_entries (id, wallet_id, kind, reference, made_by)
    SELECT :id::uuid, id, 'fund', :reference::text, :by::text
      FROM accounts
     WHERE id = :wallet_id AND kind = 'wallet'
    ON CONFLICT DO NOTHING
    RETURNING id, wallet_id
), new_transfer AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT id, '00000000-0000-0000-0000-000000000000', '00000000-0000-4000-8000-000000000001',
           wallet_id, :amount::bigint, 'fund', now()
      FROM new_entry
    ON CONFLICT DO NOTHING  -- one of before entries were made
    RETURNING credit_account, amount, created_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT credit_account, 'wallet.topped_up', created_at,
           jsonb_strip_nulls(jsonb_build_object('amount', amount, 'reference', :reference::text,
                                                'by', :by::text))
      FROM new_transfer
)
UPDATE accounts a
   SET available = a.available + f.amount
  FROM new_transfer f
 WHERE a.id = f.credit_account
RETURNING a.available;

-- name: correct
-- Takes money out once for each entry, if that much is available; otherwise it answers no row. The wallet is
-- locked before its entry is made, so that of two corrections the later one sees the money that is left.
WITH wallet AS (
    SELECT id
      FROM accounts
     WHERE id = :wallet_id AND kind = 'wallet' AND available >= :amount::bigint
       FOR UPDATE
), new_entry AS (
    INSERT INTO wallet_entries (id, wallet_id, kind, reference, reason, made_by)
    SELECT :id::uuid, id, 'correct', :reference::text, :reason::text, :by::text FROM wallet
    ON CONFLICT DO NOTHING
    RETURNING id, wallet_id
), correction AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT id, '00000000-0000-0000-0000-000000000000', wallet_id,
           '00000000-0000-4000-8000-000000000001', :amount::bigint, 'correct', now()
      FROM new_entry
    RETURNING debit_account, amount, created_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT debit_account, 'wallet.corrected', created_at,
           jsonb_strip_nulls(jsonb_build_object('amount', amount, 'reference', :reference::text,
                                                'reason', :reason::text, 'by', :by::text))
      FROM correction
)
UPDATE accounts a
   SET available = a.available - t.amount
  FROM correction t
 WHERE a.id = t.debit_account
RETURNING a.available;

-- name: find_entry
-- A wallet, and its entry of this id or reference, if there is one.
SELECT a.available, e.id, e.kind, e.reference, e.made_by, t.amount, t.created_at
  FROM accounts a
  LEFT JOIN wallet_entries e
         ON e.wallet_id = a.id AND e.kind = :kind
        AND (e.id = :id OR lower(e.reference) = lower(:reference::text))
  LEFT JOIN transfers t ON t.huggg_id = '00000000-0000-0000-0000-000000000000' AND t.id = e.id
 WHERE a.id = :wallet_id AND a.kind = 'wallet';

-- name: wallets
SELECT id, name, currency, available, created_at
  FROM accounts
 WHERE team_id = :team_id AND kind = 'wallet'
   AND (created_at, id) > (:after_at::timestamptz, :after_id::uuid)
 ORDER BY created_at, id
 LIMIT :size OFFSET :offset;

-- name: count_wallets
SELECT count(*) AS total
  FROM accounts
 WHERE team_id = :team_id AND kind = 'wallet';

-- name: wallet_directory
SELECT a.id, a.name, t.name AS team, a.team_id, a.currency, a.available
  FROM accounts a
  JOIN teams t ON t.id = a.team_id
 WHERE a.kind = 'wallet' AND (:team_id::uuid IS NULL OR a.team_id = :team_id)
 ORDER BY t.name, a.team_id, a.created_at, a.id;

-- name: describe_wallet
-- Top-ups and corrections are few, and found by the nil huggg that they are all about.
SELECT a.id, a.name, t.name AS team, a.team_id, a.currency, a.available, a.created_at,
       by_operators.topped_up, by_operators.corrected, bought.bought, back.returned
  FROM accounts a
  JOIN teams t ON t.id = a.team_id
 CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount) FILTER (WHERE kind = 'fund'), 0)::bigint AS topped_up,
               coalesce(sum(amount) FILTER (WHERE kind = 'correct'), 0)::bigint AS corrected
          FROM transfers
         WHERE huggg_id = '00000000-0000-0000-0000-000000000000' AND a.id IN (debit_account, credit_account)
       ) AS by_operators
 CROSS JOIN LATERAL (
        SELECT coalesce(sum(retail), 0)::bigint AS bought
          FROM transactions
         WHERE account_id = a.id AND status = 'successful') AS bought
 CROSS JOIN LATERAL (
        SELECT coalesce(sum(h.value), 0)::bigint AS returned
          FROM transactions t
          JOIN hugggs h ON h.transaction_id = t.id
         WHERE t.account_id = a.id AND h.returned_at IS NOT NULL) AS back
 WHERE a.id = :wallet_id AND a.kind = 'wallet';

-- name: ledger
-- Top-ups and corrections; purchases, each of which commits as many transfers as it has hugggs; and the value of hugggs
-- that ended, a line for each purchase and instant. Both have the labels of the purchase, and a purchase the personal data
-- of its buyer.
SELECT at, movement.kind, amount, reference, reason, by, movement.id,
       sum(amount) OVER (ORDER BY at, movement.id)::bigint AS balance,
       o.transaction_id, o.sender_id, o.sealed_labels, o.title, o.tags, o.reason_code, o.sender_key,
       p.name, p.username, p.phone_number, p.personal, p.person_key
  FROM (SELECT t.created_at AS at, CASE t.kind WHEN 'fund' THEN 'top-up' ELSE 'correction' END AS kind,
               CASE t.kind WHEN 'fund' THEN t.amount ELSE -t.amount END AS amount,
               e.reference, e.reason, e.made_by AS by, t.id, NULL::uuid AS order_id
          FROM transfers t
          LEFT JOIN wallet_entries e ON e.id = t.id
         WHERE t.huggg_id = '00000000-0000-0000-0000-000000000000'
           AND t.kind IN ('fund', 'correct')
           AND :wallet_id IN (t.debit_account, t.credit_account)
         UNION ALL
        SELECT t.created_at, 'purchase', -t.retail, NULL, NULL, NULL, t.id, t.id
          FROM transactions t
         WHERE t.account_id = :wallet_id AND t.status = 'successful'
         UNION ALL
        SELECT h.returned_at, 'return', sum(h.value)::bigint, NULL,
               CASE WHEN h.cancelled_at IS NULL THEN 'expired' ELSE 'cancelled' END, NULL, t.id, t.id
          FROM transactions t
          JOIN hugggs h ON h.transaction_id = t.id
         WHERE t.account_id = :wallet_id AND h.returned_at IS NOT NULL
         GROUP BY t.id, h.returned_at, h.cancelled_at IS NULL) AS movement
  LEFT JOIN order_labels o ON o.transaction_id = movement.order_id
  LEFT JOIN people p ON p.id = o.sender_id
 ORDER BY at DESC, movement.id DESC;

-- name: set_alarm
-- The level below which the wallet's team is told. No row: there is no such wallet.
WITH changed_accounts AS (
    UPDATE accounts
       SET alarm_below = :below, alarmed_at = NULL
     WHERE id = :id AND kind = 'wallet'
    RETURNING id, alarm_below
)
INSERT INTO events (subject_id, kind, at, data)
SELECT id, 'wallet.alarm_set', now(), jsonb_build_object('below', alarm_below) FROM changed_accounts
RETURNING subject_id;

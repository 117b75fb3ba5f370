-- name: open_wallet
-- A wallet and, beside it, the account where the value of its live hugggs waits.
WITH commitment AS (
    INSERT INTO accounts (id, kind, name)
    SELECT :commitment_id, 'commitment', :name
     WHERE NOT EXISTS (SELECT FROM accounts WHERE id = :id)
    RETURNING id
), opened AS (
    INSERT INTO accounts (id, kind, name, team_id, commitment_id)
    SELECT :id, 'wallet', :name, :team_id, id FROM commitment
    RETURNING id, created_at
), noted AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'wallet.opened', created_at FROM opened
)
SELECT id FROM opened;

-- name: top_up
-- The transfer id decides: the same one again changes nothing.
WITH funded AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT :transfer_id, '00000000-0000-0000-0000-000000000000', '00000000-0000-4000-8000-000000000001',
           id, :amount, 'fund', now()
      FROM accounts
     WHERE id = :wallet_id AND kind = 'wallet'
    ON CONFLICT DO NOTHING
    RETURNING credit_account, amount, created_at
), raised AS (
    UPDATE accounts a
       SET available = a.available + f.amount
      FROM funded f
     WHERE a.id = f.credit_account
), noted AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT credit_account, 'wallet.topped_up', created_at, jsonb_build_object('amount', amount)
      FROM funded
)
SELECT id, available + coalesce((SELECT amount FROM funded), 0) AS available
  FROM accounts
 WHERE id = :wallet_id AND kind = 'wallet';

-- name: wallets
SELECT id, name, currency, available
  FROM accounts
 WHERE team_id = :team_id AND kind = 'wallet'
 ORDER BY created_at, id
 LIMIT :size OFFSET :offset;

-- name: count_wallets
SELECT count(*) AS total
  FROM accounts
 WHERE team_id = :team_id AND kind = 'wallet';

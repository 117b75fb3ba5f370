-- Ahead of 0044_retention.sql, which finds these there: servers go on writing to the table while its index is built.
SET lock_timeout = '2s';
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS forgotten_at timestamptz;
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS transactions_to_forget ON transactions (team_id, id)
 WHERE team_id IS NOT NULL AND forgotten_at IS NULL;

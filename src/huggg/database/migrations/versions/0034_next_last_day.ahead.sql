-- Ahead of 0034_next_last_day.sql, which finds these there: servers go on writing to the table while its index is built.
SET lock_timeout = '2s';
ALTER TABLE hugggs
    ADD COLUMN IF NOT EXISTS next_expiry_date date,
    ADD COLUMN IF NOT EXISTS next_expires_at timestamptz;
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS hugggs_with_next_last_day ON hugggs (transaction_id, cancelled_at, expired_at, position)
 WHERE next_expires_at IS NOT NULL;

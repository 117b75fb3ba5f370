-- Ahead of 0028_ends.sql, which finds these there: servers go on writing to the table while its indexes are built.
SET lock_timeout = '2s';
ALTER TABLE hugggs
    ADD COLUMN IF NOT EXISTS awaits_sending boolean,
    ADD COLUMN IF NOT EXISTS expired_at timestamptz,
    ADD COLUMN IF NOT EXISTS returns_at timestamptz,
    ADD COLUMN IF NOT EXISTS returned_at timestamptz;
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS hugggs_to_expire ON hugggs (expires_at, id)
 WHERE redemption_id IS NULL AND cancelled_at IS NULL AND expired_at IS NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS hugggs_to_return ON hugggs (returns_at, id)
 WHERE returns_at IS NOT NULL AND returned_at IS NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS hugggs_to_send ON hugggs (sent_at, id) WHERE awaits_sending;

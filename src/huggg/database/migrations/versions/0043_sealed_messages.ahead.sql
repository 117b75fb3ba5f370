-- Ahead of 0043_sealed_messages.sql, which finds these there: servers go on writing to the tables while their indexes are built.
SET lock_timeout = '2s';
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS sealed_message bytea,
                         ADD COLUMN IF NOT EXISTS message_receiver_id uuid;
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_to_seal ON transactions (id)
 WHERE message IS NOT NULL AND sealed_message IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_to_clear ON transactions (id)
 WHERE message IS NOT NULL AND sealed_message IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS plans_to_seal ON payments (id) WHERE plan IS NOT NULL;

-- Ahead of 0013_words.sql, which finds these there: servers go on writing to the tables while their indexes are built.
SET lock_timeout = '2s';
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS words text[] COLLATE "C";
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS transactions_by_word ON transactions USING gin (words)
 WHERE words IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS transactions_without_words ON transactions (sender_id, id)
 WHERE words IS NULL AND message IS NOT NULL AND status = 'successful';

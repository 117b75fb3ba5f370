-- Ahead of 0021_word_fingerprints.sql, which finds these there: servers go on writing to the table while its indexes are built.
SET lock_timeout = '2s';
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS word_fingerprints bigint[],
                         ADD COLUMN IF NOT EXISTS word_key integer;
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS transactions_by_word_fingerprint ON transactions USING gin (word_fingerprints)
 WHERE word_fingerprints IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS transactions_without_word_fingerprints ON transactions (sender_id, id)
 WHERE word_key IS NULL AND message IS NOT NULL AND status = 'successful';

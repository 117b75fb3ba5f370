-- Ahead of 0014_redeem_codes.sql, which finds these there: servers go on writing to the table while its indexes are built.
SET lock_timeout = '2s';
ALTER TABLE shortcodes ADD COLUMN IF NOT EXISTS redeem_fingerprint bytea;
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS shortcodes_by_redeem_code ON shortcodes (redeem_fingerprint)
 WHERE redeem_fingerprint IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS shortcodes_without_redeem_code ON shortcodes (fingerprint)
 WHERE redeem_fingerprint IS NULL;

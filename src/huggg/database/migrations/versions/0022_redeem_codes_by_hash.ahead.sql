-- Ahead of 0022_redeem_codes_by_hash.sql, which finds this there: servers go on writing to the table while it is built.
CREATE INDEX CONCURRENTLY IF NOT EXISTS shortcodes_by_hashed_redeem_code ON shortcodes USING hash (redeem_fingerprint);

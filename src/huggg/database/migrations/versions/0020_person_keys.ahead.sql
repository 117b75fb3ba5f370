-- Ahead of 0020_person_keys.sql, which finds these there: servers go on writing to the table while its indexes are built.
SET lock_timeout = '2s';
ALTER TABLE users ADD COLUMN IF NOT EXISTS username_fingerprint bytea;
ALTER TABLE users ADD COLUMN IF NOT EXISTS email_fingerprint bytea;
ALTER TABLE users ADD COLUMN IF NOT EXISTS phone_fingerprint bytea;
RESET lock_timeout;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_by_username_fingerprint ON users (username_fingerprint);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_by_email ON users (email_fingerprint);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_by_phone ON users (phone_fingerprint);

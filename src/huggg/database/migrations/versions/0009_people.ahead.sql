-- Ahead of 0009_people.sql, which finds these there: servers go on writing to the tables while their indexes are built.
SET lock_timeout = '2s';
ALTER TABLE users ADD COLUMN IF NOT EXISTS username_key text;
RESET lock_timeout;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_by_username_key ON users (username_key);
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_without_username_key ON users (created_at, id)
 WHERE username IS NOT NULL AND username_key IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_by_end ON sessions (expires_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_by_user ON sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_by_client ON sessions (client_id) WHERE revoked_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS tokens_by_session ON tokens (session_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys (created_at);

-- Usernames that are one name however they are written, client secrets that overlap while they are exchanged,
-- locations that take no more redemptions, and the indexes by which logins and kept answers are swept.

-- The username as `identity/username.py` folds it. Null until this release has seen the row, and for ever where an
-- earlier user has the same: both keep their spelling, and `huggg doctor` names the later one.
ALTER TABLE users ADD COLUMN IF NOT EXISTS username_key text;
CREATE UNIQUE INDEX IF NOT EXISTS users_by_username_key ON users (username_key);
CREATE INDEX IF NOT EXISTS users_without_username_key ON users (created_at, id)     -- those yet to be folded
 WHERE username IS NOT NULL AND username_key IS NULL;

-- The user of a username: the one who is called exactly that, or else the one whose name it is when folded.
CREATE FUNCTION user_named(written text, folded text) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT id FROM users
             WHERE username = user_named.written OR username_key = user_named.folded
             ORDER BY username = user_named.written DESC
             LIMIT 1);

-- The secret before the newest one, for as long as it still opens.
ALTER TABLE clients ADD COLUMN previous_fingerprint bytea;
ALTER TABLE clients ADD COLUMN previous_until timestamptz;
ALTER TABLE clients ADD CHECK ((previous_fingerprint IS NULL) = (previous_until IS NULL));

-- A location stays as long as there are redemptions at it, and that is for good.
ALTER TABLE locations ADD COLUMN removed_at timestamptz;

CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (expires_at);               -- rows to sweep
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id)                  -- `session list`, and ending all
 WHERE revoked_at IS NULL;
CREATE INDEX IF NOT EXISTS sessions_by_client ON sessions (client_id)              -- likewise
 WHERE revoked_at IS NULL;
CREATE INDEX IF NOT EXISTS tokens_by_session ON tokens (session_id);               -- swept with their session
CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys (created_at);   -- rows to sweep

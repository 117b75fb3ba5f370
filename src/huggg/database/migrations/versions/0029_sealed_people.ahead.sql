-- Ahead of 0029_sealed_people.sql, which finds it there: servers go on writing to the table while the index is built.
SET lock_timeout = '2s';
ALTER TABLE users ADD COLUMN IF NOT EXISTS personal bytea;
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS users_in_clear ON users (created_at, id)
 WHERE personal IS NULL OR username IS NOT NULL OR phone_number IS NOT NULL OR name <> '';

-- The key of each person, sealed under the vault's keys. Deleting the row erases the person: every text under the key
-- stops opening, in this database and in each of its backups that leaves this table out.
CREATE TABLE person_keys (
    person_id   uuid PRIMARY KEY,       -- the user's id
    key         bytea NOT NULL
);

-- Name, username, e-mail address and phone number of a user, sealed together under the person's key, and the
-- fingerprints by which the user is found. Where `personal` is null, an older release wrote the row, with these
-- facts in the columns of their own.
ALTER TABLE users ADD COLUMN IF NOT EXISTS personal bytea;
ALTER TABLE users ADD COLUMN IF NOT EXISTS username_fingerprint bytea;
ALTER TABLE users ADD COLUMN IF NOT EXISTS email_fingerprint bytea;
ALTER TABLE users ADD COLUMN IF NOT EXISTS phone_fingerprint bytea;
ALTER TABLE users ADD COLUMN erased_at timestamptz;

CREATE UNIQUE INDEX IF NOT EXISTS users_by_username_fingerprint ON users (username_fingerprint);    -- logging in
CREATE UNIQUE INDEX IF NOT EXISTS users_by_email ON users (email_fingerprint);                      -- receivers
CREATE UNIQUE INDEX IF NOT EXISTS users_by_phone ON users (phone_fingerprint);                      -- receivers

-- Rows that have the facts about a person in clear. Servers of this release seal them, and empty the columns `name`,
-- `username`, `username_key` and `phone_number` once no server of an older release runs that reads them.
CREATE INDEX IF NOT EXISTS users_in_clear ON users (created_at, id)
 WHERE personal IS NULL OR username IS NOT NULL OR phone_number IS NOT NULL OR name <> '';

-- The username is found by its exact spelling only: an earlier user has the same one, folded, or it folds to nonsense.
ALTER TABLE users ADD COLUMN exact_username boolean NOT NULL DEFAULT false;

ALTER TABLE users DROP CONSTRAINT users_check;
ALTER TABLE users ADD CONSTRAINT a_password_has_a_username
    CHECK (password_hash IS NULL OR username IS NOT NULL OR username_fingerprint IS NOT NULL) NOT VALID;

-- The user of a username: the one that is called exactly that, or else the one whose name it is when folded. The
-- fingerprints are of the exact spelling first. The two texts find users that are not sealed yet.
CREATE FUNCTION user_called(fingerprints bytea[], as_typed text, folded text) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT id FROM users
             WHERE username_fingerprint = ANY (user_called.fingerprints)
                OR username = user_called.as_typed OR username_key = user_called.folded
             ORDER BY (username = user_called.as_typed) IS TRUE DESC,
                      array_position(user_called.fingerprints, username_fingerprint)
             LIMIT 1);

-- The facts about each user, with the key that opens them; see `people/personal_data.py`.
CREATE VIEW people AS
SELECT u.id, u.name, u.username, u.phone_number, u.personal, k.key AS person_key
  FROM users u
  LEFT JOIN person_keys k ON k.person_id = u.id;

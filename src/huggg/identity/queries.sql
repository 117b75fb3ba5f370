-- name: caller
-- Everything a permission can depend on, read anew at each call: what is revoked, deactivated or
-- restricted stops at once. Set-based: see Database.each.
SELECT asked.n, callers.*
  FROM unnest(:token::bytea[]) WITH ORDINALITY AS asked (token, n)
  JOIN callers ON callers.token = asked.token;

-- name: key_caller
-- A team's program, by its key. Set-based: see Database.each. That it was used is noted once a minute,
-- by whoever gets there first: the others neither wait nor write.
WITH found AS (
    SELECT asked.n, k.id, k.scopes, k.last_used_at, u.id AS user_id, u.team_id, u.role
      FROM unnest(:fingerprint::bytea[]) WITH ORDINALITY AS asked (fingerprint, n)
      JOIN api_keys k ON k.fingerprint = asked.fingerprint
      JOIN users u ON u.id = k.user_id
     WHERE k.revoked_at IS NULL AND u.active
), due AS (
    SELECT id
      FROM api_keys
     WHERE id IN (SELECT id FROM found WHERE last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
     ORDER BY id
       FOR UPDATE SKIP LOCKED
), used AS (
    UPDATE api_keys SET last_used_at = now() WHERE id IN (SELECT id FROM due)
)
SELECT n, id, scopes, user_id, team_id, role FROM found;

-- name: client
SELECT id
  FROM clients
 WHERE id = :id
   AND active
   AND secret_fingerprint = ANY(:fingerprints::bytea[]);

-- name: user_for_login
-- `allowed` is a matter of the client's list alone: of a name that is not on it, nothing more is told.
SELECT u.id, u.password_hash, u.active,
       c.logs_in_users
       AND (c.every_user
            OR EXISTS (SELECT FROM client_users a WHERE a.client_id = c.id AND a.user_id = u.id)) AS allowed
  FROM clients c
  LEFT JOIN users u ON u.username = :username
 WHERE c.id = :client_id AND c.active;

-- name: open_session
WITH opened AS (
    INSERT INTO sessions (id, client_id, user_id, created_at, expires_at)
    VALUES (:session_id, :client_id, :user_id, now(), now() + :session_life::interval)
    RETURNING *
), issued AS (
    INSERT INTO tokens (fingerprint, session_id, kind, expires_at)
    SELECT t.fingerprint, s.id, t.kind,
           CASE t.kind WHEN 'access' THEN now() + :access_life::interval ELSE s.expires_at END
      FROM opened s, unnest(:fingerprints::bytea[], :kinds::text[]) AS t (fingerprint, kind)
)
INSERT INTO events (subject_id, kind, at, user_id, client_id)
SELECT id, 'session.opened', created_at, user_id, client_id FROM opened;

-- name: refresh_token
SELECT t.fingerprint, t.session_id, t.spent_at, t.successor, s.client_id, now() AS now
  FROM tokens t
  JOIN sessions s ON s.id = t.session_id
  JOIN clients c ON c.id = s.client_id
  JOIN users u ON u.id = s.user_id
 WHERE t.fingerprint = ANY(:fingerprints::bytea[])
   AND t.kind = 'refresh'
   AND t.expires_at > now()
   AND s.revoked_at IS NULL
   AND c.active AND c.logs_in_users
   AND u.active
   AND (c.every_user
        OR EXISTS (SELECT FROM client_users a WHERE a.client_id = c.id AND a.user_id = u.id));

-- name: rotate
-- Spends the presented token and issues its successors; no row means that it was spent meanwhile.
WITH spent AS (
    UPDATE tokens
       SET spent_at = now(), successor = :successor
     WHERE fingerprint = :spent AND spent_at IS NULL
    RETURNING session_id, expires_at
), issued AS (
    INSERT INTO tokens (fingerprint, session_id, kind, expires_at)
    SELECT t.fingerprint, s.session_id, t.kind,
           CASE t.kind WHEN 'access' THEN now() + :access_life::interval ELSE s.expires_at END
      FROM spent s, unnest(:fingerprints::bytea[], :kinds::text[]) AS t (fingerprint, kind)
)
SELECT session_id FROM spent;

-- name: revoke_session
WITH revoked AS (
    UPDATE sessions
       SET revoked_at = now()
     WHERE id = :session_id AND revoked_at IS NULL
    RETURNING id, user_id, client_id, revoked_at
)
INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
SELECT id, 'session.revoked', revoked_at, user_id, client_id, jsonb_build_object('reason', :reason::text)
  FROM revoked;

-- name: session_of_token
-- Of either kind, spent or not, as long as it is that client's.
SELECT t.session_id
  FROM tokens t
  JOIN sessions s ON s.id = t.session_id
 WHERE t.fingerprint = ANY(:fingerprints::bytea[])
   AND (:client_id::text IS NULL OR s.client_id = :client_id);

-- name: add_team
-- A parent that is a subteam itself is none.
WITH added AS (
    INSERT INTO teams (id, name, parent_id)
    SELECT :id, :name, :parent_id
     WHERE :parent_id::uuid IS NULL
        OR EXISTS (SELECT FROM teams WHERE id = :parent_id AND parent_id IS NULL)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, created_at
), noted AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'team.created', created_at FROM added
)
SELECT id FROM added;

-- name: add_user
WITH added AS (
    INSERT INTO users (id, kind, name, username, password_hash, team_id, role, brand_id, every_location)
    VALUES (:id, :kind, :name, :username, :password_hash, :team_id, :role, :brand_id,
            cardinality(:location_ids::text[]) = 0)
    ON CONFLICT DO NOTHING
    RETURNING id, created_at
), placed AS (
    INSERT INTO user_locations (user_id, location_id)
    SELECT a.id, l.id FROM added a, unnest(:location_ids::text[]) AS l (id)
), noted AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'user.created', created_at FROM added
)
SELECT id FROM added;

-- name: foreign_locations
-- Those of the given locations that are not the brand's.
SELECT asked.id
  FROM unnest(:location_ids::text[]) AS asked (id)
  LEFT JOIN locations l ON l.id = asked.id AND l.brand_id = :brand_id
 WHERE l.id IS NULL;

-- name: add_client
WITH added AS (
    INSERT INTO clients (id, name, secret_fingerprint, logs_in_users, every_user, shows_hugggs)
    VALUES (:id, :name, :secret_fingerprint, :logs_in_users, cardinality(:usernames::text[]) = 0,
            :shows_hugggs)
    ON CONFLICT DO NOTHING
    RETURNING id
), limited AS (
    INSERT INTO client_users (client_id, user_id)
    SELECT a.id, u.id FROM added a, users u WHERE u.username = ANY(:usernames::text[])
), noted AS (
    INSERT INTO events (subject_id, kind, at, client_id)
    SELECT :event_subject::uuid, 'client.created', now(), id FROM added
)
SELECT id FROM added;

-- name: unknown_usernames
SELECT asked.username
  FROM unnest(:usernames::text[]) AS asked (username)
  LEFT JOIN users u ON u.username = asked.username
 WHERE u.id IS NULL;

-- name: set_role
WITH changed AS (
    UPDATE users SET role = :role WHERE username = :username
    RETURNING id
)
INSERT INTO events (subject_id, kind, at, data)
SELECT id, 'user.role_set', now(), jsonb_build_object('role', :role::text) FROM changed
RETURNING subject_id;

-- name: add_key
-- The key, and the user it acts as.
WITH member AS (
    INSERT INTO users (id, kind, name, team_id, role)
    SELECT :user_id, 'customer', :name, id, :role FROM teams WHERE id = :team_id
    RETURNING id, created_at
), added AS (
    INSERT INTO api_keys (id, user_id, fingerprint, scopes, created_at)
    SELECT :id, id, :fingerprint, :scopes, created_at FROM member
    RETURNING id, created_at
), noted AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT id, 'key.created', created_at, jsonb_build_object('scopes', :scopes::text[]) FROM added
)
SELECT id FROM added;

-- name: keys
SELECT k.id, u.name, t.name AS team, u.role, k.scopes, k.created_at, k.last_used_at, k.revoked_at
  FROM api_keys k
  JOIN users u ON u.id = k.user_id
  JOIN teams t ON t.id = u.team_id
 ORDER BY k.id;

-- name: revoke_key
WITH revoked AS (
    UPDATE api_keys SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL
    RETURNING id, revoked_at
), noted AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'key.revoked', revoked_at FROM revoked
)
SELECT id FROM revoked;

-- name: me
SELECT id, kind, name, username, phone_number, active, unknown_recipient, team_id, role
  FROM users
 WHERE id = :user_id;

-- name: team
-- One's own team, or a subteam of it for those who may see subteams.
SELECT id, name, parent_id, created_at
  FROM teams
 WHERE id = :id
   AND (id = :own_id OR parent_id = :own_id AND :sees_subteams::boolean);

-- name: teams
-- Programs with a key of a team are users without a username, and no members.
SELECT t.id, t.name, t.parent_id, p.name AS parent, t.created_at,
       (SELECT count(u.username) FROM users u WHERE u.team_id = t.id) AS members
  FROM teams t
  LEFT JOIN teams p ON p.id = t.parent_id
 ORDER BY coalesce(p.name, t.name), coalesce(t.parent_id, t.id), t.parent_id NULLS FIRST, t.name, t.id;

-- name: describe_team
SELECT t.id, t.name, t.parent_id, p.name AS parent, t.created_at,
       ARRAY(SELECT s.id FROM teams s WHERE s.parent_id = t.id ORDER BY s.name, s.id) AS subteam_ids,
       ARRAY(SELECT u.username FROM users u
              WHERE u.team_id = t.id AND u.username IS NOT NULL ORDER BY u.username) AS members
  FROM teams t
  LEFT JOIN teams p ON p.id = t.parent_id
 WHERE t.id = :id;

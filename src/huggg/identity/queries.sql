-- name: caller
-- Everything a permission can depend on, read anew at each call: what is revoked, deactivated or
-- restricted stops at once. Set-based: see Database.each.
SELECT asked.n, s.client_id, s.user_id, u.kind, u.team_id, u.brand_id, c.shows_hugggs,
       coalesce(u.every_location, true) AS every_location,
       ARRAY(SELECT l.location_id FROM user_locations l WHERE l.user_id = u.id) AS location_ids
  FROM unnest(:fingerprint::bytea[]) WITH ORDINALITY AS asked (fingerprint, n)
  JOIN tokens t ON t.fingerprint = asked.fingerprint
  JOIN sessions s ON s.id = t.session_id
  JOIN clients c ON c.id = s.client_id
  LEFT JOIN users u ON u.id = s.user_id
 WHERE t.kind = 'access'
   AND t.expires_at > now()
   AND s.revoked_at IS NULL
   AND c.active
   AND (u.id IS NULL OR u.active AND c.logs_in_users AND (
            c.every_user
            OR EXISTS (SELECT FROM client_users a WHERE a.client_id = c.id AND a.user_id = u.id)));

-- name: client
SELECT id
  FROM clients
 WHERE id = :id
   AND active
   AND secret_fingerprint = ANY(:fingerprints::bytea[]);

-- name: user_for_login
SELECT u.id, u.password_hash, u.active, c.logs_in_users,
       c.every_user
       OR EXISTS (SELECT FROM client_users a WHERE a.client_id = c.id AND a.user_id = u.id) AS allowed
  FROM clients c
  LEFT JOIN users u ON u.username = :username
 WHERE c.id = :client_id;

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
WITH added AS (
    INSERT INTO teams (id, name) VALUES (:id, :name)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, created_at
), noted AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'team.created', created_at FROM added
)
SELECT id FROM added;

-- name: add_user
WITH added AS (
    INSERT INTO users (id, kind, name, username, password_hash, team_id, brand_id, every_location)
    VALUES (:id, :kind, :name, :username, :password_hash, :team_id, :brand_id,
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

-- name: caller
-- All that a permission depends on, read at each call: a token, user, client or location that is revoked,
-- disabled or restricted stops at once. Set-based: see Database.each_sharing.
SELECT items.n, lookup_callers.*
  FROM unnest(:shared_token::bytea[]) WITH ORDINALITY AS items (token, n)
  JOIN lookup_callers ON caller_token = items.token;

-- name: key_caller
-- A team's program, by its API key. Set-based: see Database.each. The time of its use is noted once a minute,
-- by the first call of that minute: the others neither wait nor write.
WITH live_keys AS (
    SELECT items.n, k.id, k.scopes, k.last_used_at, u.id AS user_id, u.team_id, u.role
      FROM unnest(:fingerprint::bytea[]) WITH ORDINALITY AS items (fingerprint, n)
      JOIN api_keys k ON k.fingerprint = items.fingerprint
      JOIN users u ON u.id = k.user_id
     WHERE k.revoked_at IS NULL AND u.active
), stale_keys AS (
    SELECT id
      FROM api_keys
     WHERE id IN (SELECT id FROM live_keys WHERE last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
     ORDER BY id
       FOR UPDATE SKIP LOCKED
), used_api_keys AS (
    UPDATE api_keys SET last_used_at = now() WHERE id IN (SELECT id FROM stale_keys)
)
SELECT n, id, scopes, user_id, team_id, role FROM live_keys;

-- name: client
SELECT id
  FROM clients
 WHERE id = :id
   AND active
   AND (secret_fingerprint = ANY(:fingerprints::bytea[])
        OR previous_fingerprint = ANY(:fingerprints::bytea[]) AND previous_until > now());

-- name: user_for_login
-- `allowed` is a matter of the client's list alone: of a name that is not on it, nothing more is told.
SELECT u.id, u.password_hash, u.active,
       c.logs_in_users
       AND (c.every_user
            OR EXISTS (SELECT FROM client_users a WHERE a.client_id = c.id AND a.user_id = u.id)) AS allowed
  FROM clients c
  LEFT JOIN users u ON u.id = user_called(:username_fingerprints, :username, :username_key)
 WHERE c.id = :client_id AND c.active;

-- name: open_session
-- No row: while a password was checked, an operator disabled the client or the user, or set another password. That
-- ended all logins, and this one would be left over.
WITH new_session AS (
    INSERT INTO sessions (id, client_id, user_id, created_at, expires_at)
    SELECT :session_id::uuid, c.id, :user_id::uuid, now(), now() + :session_life::interval
      FROM clients c
      LEFT JOIN users u ON u.id = :user_id
     WHERE c.id = :client_id
       AND c.active
       AND (:user_id IS NULL OR u.active)
       AND (:password_hash::text IS NULL OR u.password_hash = :password_hash)
    RETURNING *
), new_tokens AS (
    INSERT INTO tokens (fingerprint, session_id, kind, expires_at)
    SELECT t.fingerprint, s.id, t.kind,
           CASE t.kind WHEN 'access' THEN now() + :access_life::interval ELSE s.expires_at END
      FROM new_session s, unnest(:fingerprints::bytea[], :kinds::text[]) AS t (fingerprint, kind)
)
INSERT INTO events (subject_id, kind, at, user_id, client_id)
SELECT id, 'session.opened', created_at, user_id, client_id FROM new_session
RETURNING subject_id;

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
WITH spent_token AS (
    UPDATE tokens
       SET spent_at = now(), successor = :successor
     WHERE fingerprint = :spent AND spent_at IS NULL
    RETURNING session_id, expires_at
), new_tokens AS (
    INSERT INTO tokens (fingerprint, session_id, kind, expires_at)
    SELECT t.fingerprint, s.session_id, t.kind,
           CASE t.kind WHEN 'access' THEN now() + :access_life::interval ELSE s.expires_at END
      FROM spent_token s, unnest(:fingerprints::bytea[], :kinds::text[]) AS t (fingerprint, kind)
)
SELECT session_id FROM spent_token;

-- name: revoke_session
WITH revoked_sessions AS (
    UPDATE sessions
       SET revoked_at = now()
     WHERE id = :session_id AND revoked_at IS NULL
    RETURNING id, user_id, client_id, revoked_at
)
INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
SELECT id, 'session.revoked', revoked_at, user_id, client_id, jsonb_build_object('reason', :reason::text)
  FROM revoked_sessions;

-- name: session_of_token
-- The session of an access or refresh token, spent or not, if the client that asks is the token's own.
SELECT t.session_id
  FROM tokens t
  JOIN sessions s ON s.id = t.session_id
 WHERE t.fingerprint = ANY(:fingerprints::bytea[])
   AND (:client_id::text IS NULL OR s.client_id = :client_id);

-- name: add_team
-- A parent that is a subteam itself is none.
WITH new_team AS (
    INSERT INTO teams (id, name, parent_id)
    SELECT :id, :name, :parent_id
     WHERE :parent_id::uuid IS NULL
        OR EXISTS (SELECT FROM teams WHERE id = :parent_id AND parent_id IS NULL)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, created_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'team.created', created_at FROM new_team
)
SELECT id FROM new_team;

-- name: add_user
WITH new_user AS (
    INSERT INTO users (id, kind, name, personal, username_fingerprint, password_hash, team_id, role, brand_id,
                       every_location, staff_role)
    SELECT :id::uuid, :kind, '', :personal::bytea, :username_fingerprint::bytea, :password_hash, :team_id::uuid, :role,
           :brand_id::uuid, cardinality(:location_ids::text[]) = 0, :staff_role
     WHERE user_called(:username_fingerprints, :username, :username_key) IS NULL
    ON CONFLICT DO NOTHING
    RETURNING id, created_at
), new_person_key AS (
    INSERT INTO person_keys (person_id, key) SELECT id, :person_key::bytea FROM new_user
), workplaces AS (
    INSERT INTO user_locations (user_id, location_id)
    SELECT a.id, l.id FROM new_user a, unnest(:location_ids::text[]) AS l (id)
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id)
    SELECT id, 'user.created', created_at, :author_id::uuid FROM new_user
)
SELECT id FROM new_user;

-- name: foreign_locations
-- The locations among these that are not the brand's.
SELECT items.id
  FROM unnest(:location_ids::text[]) AS items (id)
  LEFT JOIN locations l ON l.id = items.id AND l.brand_id = :brand_id AND l.removed_at IS NULL
 WHERE l.id IS NULL;

-- name: add_client
WITH new_client AS (
    INSERT INTO clients (id, name, secret_fingerprint, logs_in_users, every_user, shows_hugggs)
    VALUES (:id, :name, :secret_fingerprint, :logs_in_users, cardinality(:user_ids::uuid[]) = 0, :shows_hugggs)
    ON CONFLICT DO NOTHING
    RETURNING id
), permitted_users AS (
    INSERT INTO client_users (client_id, user_id)
    SELECT DISTINCT a.id, items.user_id FROM new_client a, unnest(:user_ids::uuid[]) AS items (user_id)
), new_events AS (
    INSERT INTO events (subject_id, kind, at, client_id)
    SELECT :event_subject::uuid, 'client.created', now(), id FROM new_client
)
SELECT id FROM new_client;

-- name: user_called
SELECT user_called(:username_fingerprints, :username, :username_key) AS id;

-- name: set_role
WITH changed_users AS (
    UPDATE users SET role = :role WHERE id = user_called(:username_fingerprints, :username, :username_key)
    RETURNING id
)
INSERT INTO events (subject_id, kind, at, data)
SELECT id, 'user.role_set', now(), jsonb_build_object('role', :role::text) FROM changed_users
RETURNING subject_id;

-- name: add_key
-- The key, and the user it acts as.
WITH member AS (
    INSERT INTO users (id, kind, name, personal, team_id, role)
    SELECT :user_id, 'customer', '', :personal::bytea, id, :role FROM teams WHERE id = :team_id
    RETURNING id, created_at
), new_person_key AS (
    INSERT INTO person_keys (person_id, key) SELECT id, :person_key::bytea FROM member
), new_key AS (
    INSERT INTO api_keys (id, user_id, fingerprint, scopes, created_at)
    SELECT :id, id, :fingerprint, :scopes, created_at FROM member
    RETURNING id, created_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT id, 'key.created', created_at, jsonb_build_object('scopes', :scopes::text[]) FROM new_key
)
SELECT id FROM new_key;

-- name: keys
SELECT k.id, k.user_id, t.name AS team, u.role, k.scopes, k.created_at, k.last_used_at, k.revoked_at
  FROM api_keys k
  JOIN users u ON u.id = k.user_id
  JOIN teams t ON t.id = u.team_id
 ORDER BY k.id;

-- name: revoke_key
WITH revoked_api_keys AS (
    UPDATE api_keys SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL
    RETURNING id, revoked_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'key.revoked', revoked_at FROM revoked_api_keys
)
SELECT id FROM revoked_api_keys;

-- name: me
SELECT u.id, u.kind, p.name, p.username, p.phone_number, p.personal, p.person_key, u.active, u.unknown_recipient,
       u.team_id, u.role
  FROM users u
  JOIN people p ON p.id = u.id
 WHERE u.id = :user_id;

-- name: team
-- The caller's team, or a subteam of it for a caller whose role shows subteams.
SELECT id, name, parent_id, created_at
  FROM teams
 WHERE id = :id
   AND (id = :own_id OR parent_id = :own_id AND :sees_subteams::boolean);

-- name: teams
-- Programs with a key of a team are users without a password, and no members.
SELECT t.id, t.name, t.parent_id, p.name AS parent, t.created_at,
       (SELECT count(u.password_hash) FROM users u WHERE u.team_id = t.id) AS members
  FROM teams t
  LEFT JOIN teams p ON p.id = t.parent_id
 ORDER BY coalesce(p.name, t.name), coalesce(t.parent_id, t.id), t.parent_id NULLS FIRST, t.name, t.id;

-- name: describe_team
SELECT t.id, t.name, t.parent_id, p.name AS parent, t.created_at, t.code_viewers, t.keep_days,
       ARRAY(SELECT s.id FROM teams s WHERE s.parent_id = t.id ORDER BY s.name, s.id) AS subteam_ids,
       ARRAY(SELECT u.id FROM users u WHERE u.team_id = t.id AND u.password_hash IS NOT NULL) AS members
  FROM teams t
  LEFT JOIN teams p ON p.id = t.parent_id
 WHERE t.id = :id;

-- name: set_code_viewers
-- No row: there is no such team.
WITH changed_teams AS (
    UPDATE teams SET code_viewers = :code_viewers WHERE id = :id RETURNING id, code_viewers
)
INSERT INTO events (subject_id, kind, at, data)
SELECT id, 'team.policy_set', now(), jsonb_build_object('code_viewers', code_viewers) FROM changed_teams
RETURNING subject_id;

-- name: set_retention
-- No row: there is no such team. Null keeps for ever.
WITH changed_teams AS (
    UPDATE teams
       SET keep_days = :keep_days, keep_days_since = CASE WHEN :keep_days::int IS NOT NULL THEN now() END
     WHERE id = :id
    RETURNING id, keep_days
)
INSERT INTO events (subject_id, kind, at, data)
SELECT id, 'team.retention_set', now(), jsonb_build_object('keep_days', keep_days) FROM changed_teams
RETURNING subject_id;

-- name: set_messages
-- No row: there is no such team. Null leaves a wish as it is.
WITH changed_teams AS (
    UPDATE teams
       SET language = coalesce(:language, language), legacy_sms = coalesce(:legacy_sms::boolean, legacy_sms)
     WHERE id = :id
    RETURNING id, language, legacy_sms
)
INSERT INTO events (subject_id, kind, at, data)
SELECT id, 'team.messages_set', now(), jsonb_build_object('language', language, 'legacy_sms', legacy_sms) FROM changed_teams
RETURNING subject_id;

-- name: set_user_active
-- Disabling ends every login for good: enabling revives no stolen token. No row: there is no such user, or
-- only a recipient known by phone number alone.
WITH target AS (
    SELECT id, active FROM users WHERE id = coalesce(:user_id::uuid, user_called(:username_fingerprints, :username, :username_key))
                                   AND NOT unknown_recipient
), changed_users AS (
    UPDATE users u SET active = :active FROM target m WHERE u.id = m.id AND u.active <> :active
    RETURNING u.id
), new_events AS (
    INSERT INTO events (subject_id, kind, at)
    SELECT id, CASE WHEN :active THEN 'user.enabled' ELSE 'user.disabled' END, now() FROM changed_users
), ended_sessions AS (
    UPDATE sessions SET revoked_at = now()
     WHERE user_id IN (SELECT id FROM target) AND revoked_at IS NULL AND NOT :active
    RETURNING id, user_id, client_id
), session_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'session.revoked', now(), user_id, client_id, '{"reason": "user disabled"}' FROM ended_sessions
)
SELECT m.id, EXISTS (SELECT FROM changed_users) AS changed, (SELECT count(*) FROM ended_sessions) AS ended FROM target m;

-- name: set_password
-- Every login ends with the old password, which a thief may have used. No row: no user with a password has that name.
WITH changed_users AS (
    UPDATE users SET password_hash = :password_hash
     WHERE id = coalesce(:user_id::uuid, user_called(:username_fingerprints, :username, :username_key)) AND password_hash IS NOT NULL
    RETURNING id
), new_events AS (
    INSERT INTO events (subject_id, kind, at) SELECT id, 'user.password_set', now() FROM changed_users
), ended_sessions AS (
    UPDATE sessions SET revoked_at = now()
     WHERE user_id IN (SELECT id FROM changed_users) AND revoked_at IS NULL
    RETURNING id, user_id, client_id
), session_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'session.revoked', now(), user_id, client_id, '{"reason": "password set"}' FROM ended_sessions
)
SELECT c.id, (SELECT count(*) FROM ended_sessions) AS ended FROM changed_users c;

-- name: set_client_active
-- As for users.
WITH target AS (
    SELECT id FROM clients WHERE id = :client_id
), changed_clients AS (
    UPDATE clients c SET active = :active FROM target m WHERE c.id = m.id AND c.active <> :active
    RETURNING c.id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, client_id)
    SELECT :event_subject::uuid, CASE WHEN :active THEN 'client.enabled' ELSE 'client.disabled' END, now(), id
      FROM changed_clients
), ended_sessions AS (
    UPDATE sessions SET revoked_at = now()
     WHERE client_id IN (SELECT id FROM target) AND revoked_at IS NULL AND NOT :active
    RETURNING id, user_id, client_id
), session_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'session.revoked', now(), user_id, client_id, '{"reason": "client disabled"}' FROM ended_sessions
)
SELECT m.id, EXISTS (SELECT FROM changed_clients) AS changed, (SELECT count(*) FROM ended_sessions) AS ended FROM target m;

-- name: rotate_secret
-- The secret so far still opens for the overlap; the one before it, no longer.
WITH changed_clients AS (
    UPDATE clients
       SET previous_fingerprint = CASE WHEN :overlap::interval > interval '0' THEN secret_fingerprint END,
           previous_until = CASE WHEN :overlap::interval > interval '0' THEN now() + :overlap::interval END,
           secret_fingerprint = :secret_fingerprint
     WHERE id = :client_id
    RETURNING id, previous_until
), new_events AS (
    INSERT INTO events (subject_id, kind, at, client_id, data)
    SELECT :event_subject::uuid, 'client.secret_rotated', now(), id,
           jsonb_build_object('previous_until', previous_until)
      FROM changed_clients
)
SELECT id, previous_until FROM changed_clients;

-- name: live_sessions
SELECT s.id, s.client_id, c.name AS client, s.user_id, s.created_at, s.expires_at
  FROM sessions s
  JOIN clients c ON c.id = s.client_id
 WHERE s.revoked_at IS NULL
   AND s.expires_at > now()
   AND (:user_id::uuid IS NULL OR s.user_id = :user_id)
   AND (:client_id::text IS NULL OR s.client_id = :client_id)
 ORDER BY s.created_at DESC, s.id
 LIMIT :most;

-- name: end_sessions
-- Ends one session, or all sessions of a user, of a client, or of a user through a client.
WITH ended_sessions AS (
    UPDATE sessions SET revoked_at = now()
     WHERE revoked_at IS NULL
       AND expires_at > now()
       AND num_nonnulls(:session_id::uuid, :user_id::uuid, :client_id::text) > 0
       AND (:session_id::uuid IS NULL OR id = :session_id)
       AND (:user_id::uuid IS NULL OR user_id = :user_id)
       AND (:client_id::text IS NULL OR client_id = :client_id)
    RETURNING id, user_id, client_id
), session_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'session.revoked', now(), user_id, client_id, '{"reason": "ended by an operator"}' FROM ended_sessions
)
SELECT count(*) AS ended FROM ended_sessions;

-- name: user_directory
-- Users with a password, and on request the others too: recipients, and the users that API keys act as.
SELECT u.id, p.name, p.username, p.phone_number, p.personal, p.person_key, u.kind, t.name AS team, u.role,
       b.name AS brand, u.active, u.created_at
  FROM users u
  JOIN people p ON p.id = u.id
  LEFT JOIN teams t ON t.id = u.team_id
  LEFT JOIN brands b ON b.id = u.brand_id
 WHERE (:with_recipients::boolean OR u.password_hash IS NOT NULL)
   AND (:team_id::uuid IS NULL OR u.team_id = :team_id)
   AND (:brand_id::uuid IS NULL OR u.brand_id = :brand_id)
 ORDER BY u.created_at, u.id;

-- name: describe_user
SELECT u.id, p.username, p.name, u.kind, p.phone_number, p.personal, p.person_key, u.team_id, t.name AS team, u.role,
       u.brand_id, b.name AS brand, CASE WHEN u.kind = 'merchant' THEN u.staff_role END AS staff_role, u.every_location,
       ARRAY(SELECT l.location_id FROM user_locations l WHERE l.user_id = u.id ORDER BY 1) AS location_ids,
       u.active, u.created_at,
       (SELECT count(*) FROM sessions s
         WHERE s.user_id = u.id AND s.revoked_at IS NULL AND s.expires_at > now()) AS live_sessions
  FROM users u
  JOIN people p ON p.id = u.id
  LEFT JOIN teams t ON t.id = u.team_id
  LEFT JOIN brands b ON b.id = u.brand_id
 WHERE u.id = coalesce(:user_id::uuid, user_called(:username_fingerprints, :username, :username_key));

-- name: client_directory
SELECT id, name, logs_in_users, every_user, shows_hugggs, active, created_at
  FROM clients
 ORDER BY created_at, id;

-- name: describe_client
SELECT c.id, c.name, c.logs_in_users, c.every_user,
       ARRAY(SELECT a.user_id FROM client_users a WHERE a.client_id = c.id) AS only_users,
       c.shows_hugggs, c.active, c.created_at,
       CASE WHEN c.previous_until > now() THEN c.previous_until END AS previous_secret_until,
       (SELECT count(*) FROM sessions s
         WHERE s.client_id = c.id AND s.revoked_at IS NULL AND s.expires_at > now()) AS live_sessions
  FROM clients c
 WHERE c.id = :client_id;

-- name: unfolded_usernames
-- A user whose key is taken is listed each time, and passed over each time.
SELECT id, username
  FROM users
 WHERE username IS NOT NULL AND username_key IS NULL
 ORDER BY created_at, id;

-- name: fold_usernames
WITH items AS (
    SELECT DISTINCT ON (key) id, key
      FROM unnest(:ids::uuid[], :keys::text[]) WITH ORDINALITY AS a (id, key, n)
     ORDER BY key, n
)
UPDATE users u
   SET username_key = a.key
  FROM items a
 WHERE u.id = a.id
   AND u.username_key IS NULL
   AND NOT EXISTS (SELECT FROM users o WHERE o.username_key = a.key)
RETURNING u.id;

-- name: sweep_sessions
-- Forgets the logins that are over, with their tokens, and says how many. Spent tokens stay until then: one that
-- comes back has to end its login, and an expired access token can still be the one that a client revokes.
WITH old_sessions AS (
    SELECT id
      FROM sessions
     WHERE expires_at < now() - :kept_for::interval
     ORDER BY expires_at
     LIMIT :most
       FOR UPDATE SKIP LOCKED
), silenced_tokens AS (
    DELETE FROM tokens WHERE session_id IN (SELECT id FROM old_sessions)
), deleted_sessions AS (
    DELETE FROM sessions WHERE id IN (SELECT id FROM old_sessions)
    RETURNING id
)
SELECT count(*) FROM deleted_sessions;

-- name: people_in_clear
-- The earliest users that an older release wrote. The index `users_in_clear` holds no others, so the query costs nothing
-- once they are sealed.
SELECT id, name, username, username_key, phone_number
  FROM users
 WHERE personal IS NULL
 ORDER BY created_at, id
 LIMIT :most;

-- name: seal_people
-- Where another user has the username or the number already, this one is found by the exact spelling, or by no number.
-- Rows are locked in the order of their ids, because two servers may do this at once.
WITH input AS (
    SELECT u.id, i.personal, i.exact, i.folded, i.phone,
           EXISTS (SELECT FROM users o
                    WHERE (o.username_fingerprint = i.folded OR o.username_key = i.key) AND o.id <> u.id) AS is_twin,
           EXISTS (SELECT FROM users o WHERE o.phone_fingerprint = i.phone) AS is_taken
      FROM unnest(:ids::uuid[], :personals::bytea[], :exact::bytea[], :folded::bytea[], :keys::text[],
                  :phones::bytea[]) AS i (id, personal, exact, folded, key, phone)
      JOIN users u ON u.id = i.id
     WHERE u.personal IS NULL
     ORDER BY u.id
       FOR UPDATE OF u
)
UPDATE users u
   SET personal = i.personal,
       exact_username = i.exact IS NOT NULL AND (i.is_twin OR i.folded IS NULL),
       username_fingerprint = CASE WHEN i.is_twin OR i.folded IS NULL THEN i.exact ELSE i.folded END,
       phone_fingerprint = CASE WHEN NOT i.is_taken THEN i.phone END
  FROM input i
 WHERE u.id = i.id
RETURNING u.id;

-- name: empty_columns
-- Removes the facts in clear of sealed users, unless a server runs that reads no others, and counts these users.
WITH sealed_users AS (
    SELECT id
      FROM users
     WHERE personal IS NOT NULL AND (username IS NOT NULL OR phone_number IS NOT NULL OR name <> '')
       AND NOT EXISTS (SELECT FROM processes
                        WHERE seen_at > now() - :gone_seconds::float8 * interval '1 second'
                          AND NOT :mark::text = ANY (keys))
     LIMIT :most
       FOR UPDATE SKIP LOCKED
), emptied_users AS (
    UPDATE users u
       SET name = '', username = NULL, username_key = NULL, phone_number = NULL
      FROM sealed_users s
     WHERE u.id = s.id
    RETURNING u.id
)
SELECT count(*) FROM emptied_users;

-- name: signing_in
-- The user of a name, for a page that checks the password.
SELECT id, kind, password_hash, active
  FROM users
 WHERE id = user_called(:username_fingerprints, :username, :username_key);

-- name: signed_in
-- The user behind a browser session, and the clock.
SELECT p.*, u.kind, u.team_id, u.role, u.brand_id, u.every_location, u.password_hash, u.pin_hash, u.staff_role,
       now() AS now,
       ARRAY(SELECT l.location_id FROM user_locations l WHERE l.user_id = u.id) AS location_ids
  FROM users u
  JOIN people p ON p.id = u.id
 WHERE u.id = :user_id AND u.active;

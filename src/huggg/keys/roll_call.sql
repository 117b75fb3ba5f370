-- name: answer_roll_call
-- Records that processes run, and the keys that they hold. Answers with the keys in use, and with those that have been
-- in use for long enough to seal. Set-based: see Database.each. No row: no key has ever been in use.
WITH answers AS MATERIALIZED (
    SELECT *
      FROM unnest(:id::uuid[], :name::text[], :keys::text[], :adopt_seconds::float8[])
           WITH ORDINALITY AS a (id, name, keys, adopt_seconds, n)
), own_row AS (
    INSERT INTO processes (id, name, keys, opens_pool_seals, notes_shown_codes, seen_at)
    SELECT id, name, string_to_array(keys, ','), true, true, now() FROM answers
    ON CONFLICT (id) DO UPDATE SET keys = excluded.keys, seen_at = excluded.seen_at
)
SELECT n, array_agg(k.number || ':' || encode(k.fingerprint, 'hex')) AS in_use,
       array_agg(k.number) FILTER (WHERE k.in_use_since <= now() - a.adopt_seconds * interval '1 second') AS may_seal
  FROM answers a
 CROSS JOIN key_checks k
 GROUP BY n;

-- name: in_use
SELECT number, fingerprint FROM key_checks ORDER BY number;

-- name: begin!
-- The keys of the first process that a database ever meets are in use from the first moment on.
INSERT INTO key_checks (number, fingerprint, in_use_since)
SELECT number, fingerprint, '-infinity'
  FROM unnest(:numbers::int[], :fingerprints::bytea[]) AS k (number, fingerprint)
 WHERE NOT EXISTS (SELECT FROM key_checks)
ON CONFLICT DO NOTHING;

-- name: leave!
-- Forgets a process that stops, and processes that were killed an hour ago or earlier.
DELETE FROM processes WHERE id = :id OR seen_at < now() - interval '1 hour';

-- name: bring_into_use
-- Brings a key into use once every running process holds it: a process without the key would not find the codes that it
-- seals.
WITH processes_without AS MATERIALIZED (
    SELECT name
      FROM processes
     WHERE seen_at > now() - :gone_seconds::float8 * interval '1 second'
       AND NOT :key::text = ANY (keys)
), new_key AS (
    INSERT INTO key_checks (number, fingerprint, in_use_since)
    SELECT :number::int, :fingerprint::bytea, now()
     WHERE NOT EXISTS (SELECT FROM processes_without)
    ON CONFLICT DO NOTHING
    RETURNING number
)
SELECT EXISTS (SELECT FROM new_key)
       OR EXISTS (SELECT FROM key_checks WHERE number = :number) AS in_use,
       ARRAY(SELECT name FROM processes_without ORDER BY name) AS without;

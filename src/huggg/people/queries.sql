-- name: person_keys
SELECT person_id, key FROM person_keys WHERE person_id = ANY(:person_ids::uuid[]);

-- name: keep_person_keys!
-- A user that is erased gets no other key; where two processes draw one for the same user, the first is kept.
WITH living_users AS (
    SELECT id
      FROM users
     WHERE id = ANY(:person_ids::uuid[]) AND erased_at IS NULL
       FOR SHARE
)
INSERT INTO person_keys (person_id, key)
SELECT d.person_id, d.key
  FROM unnest(:person_ids::uuid[], :keys::bytea[]) AS d (person_id, key)
  JOIN living_users l ON l.id = d.person_id
 ORDER BY d.person_id
ON CONFLICT (person_id) DO NOTHING;

-- name: people
SELECT id, name, username, phone_number, personal, person_key FROM people WHERE id = ANY(:user_ids::uuid[]);

-- name: note_move!
-- Notes that nothing is left as an older release keeps it, but rows that do not open: from then on `huggg doctor` reports each
-- row that is.
INSERT INTO moves (name, done_at)
SELECT :name, now()
 WHERE NOT EXISTS (SELECT FROM left_in_clear c WHERE c.move = :name AND c.id <> ALL(:unreadable::uuid[]))
ON CONFLICT DO NOTHING;

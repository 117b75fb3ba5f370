-- name: progress
-- Whether a server runs that reads texts as an older release keeps them, and whether all texts were moved before.
SELECT EXISTS (SELECT FROM processes
                WHERE seen_at > now() - :gone_seconds::float8 * interval '1 second'
                  AND NOT :mark::text = ANY (keys)) AS older_server_runs,
       EXISTS (SELECT FROM moves WHERE name = 'messages') AS is_done;

-- name: messages_to_seal
-- Messages of purchases in clear, with the receiver of a purchase of one huggg. The index `messages_to_seal` holds no
-- others, so the query costs nothing once they are moved.
SELECT t.id, t.sender_id, t.message, h.receiver_id
  FROM transactions t
  LEFT JOIN hugggs h ON t.quantity = 1 AND h.transaction_id = t.id AND h.position = 1
 WHERE t.message IS NOT NULL AND t.sealed_message IS NULL AND t.id > :after
 ORDER BY t.id
 LIMIT :most;

-- name: seal_messages
-- Keeps sealed texts beside those in clear. One that was erased meanwhile stays erased. Rows are locked in the order of
-- their ids, because two servers may do this at once.
WITH input AS (
    SELECT t.id, i.sealed, i.receiver_id
      FROM unnest(:ids::uuid[], :sealed::bytea[], :receiver_ids::uuid[]) AS i (id, sealed, receiver_id)
      JOIN transactions t ON t.id = i.id
     WHERE t.sealed_message IS NULL
     ORDER BY t.id
       FOR UPDATE OF t
)
UPDATE transactions t
   SET sealed_message = i.sealed, message_receiver_id = i.receiver_id
  FROM input i
 WHERE t.id = i.id
RETURNING t.id;

-- name: clear_messages
-- Empties the column in clear of messages that are sealed and have fingerprints of their words, and counts them.
WITH sealed_purchases AS (
    SELECT id
      FROM transactions
     WHERE message IS NOT NULL AND sealed_message IS NOT NULL AND (word_key IS NOT NULL OR status <> 'successful')
     LIMIT :most
       FOR UPDATE SKIP LOCKED
), cleared_purchases AS (
    UPDATE transactions t SET message = NULL FROM sealed_purchases s WHERE t.id = s.id RETURNING t.id
)
SELECT count(*) FROM cleared_purchases;

-- name: labels_to_seal
-- Labels of purchases in clear. The index `labels_to_seal` holds no others.
SELECT *
  FROM order_labels
 WHERE (title IS NOT NULL OR reason_code IS NOT NULL OR tags <> '{}') AND transaction_id > :after
 ORDER BY transaction_id
 LIMIT :most;

-- name: seal_labels
-- Keeps sealed labels in place of those in clear, unless a concurrent call sealed them.
WITH input AS (
    SELECT t.id, i.sealed
      FROM unnest(:ids::uuid[], :sealed::bytea[]) AS i (id, sealed)
      JOIN transactions t ON t.id = i.id
     WHERE t.title IS NOT NULL OR t.reason_code IS NOT NULL OR t.tags <> '{}'
     ORDER BY t.id
       FOR UPDATE OF t
)
UPDATE transactions t
   SET sealed_labels = i.sealed, title = NULL, tags = '{}', reason_code = NULL
  FROM input i
 WHERE t.id = i.id
RETURNING t.id;

-- name: own_messages_to_seal
SELECT w.*
  FROM own_messages m
  JOIN huggg_messages w ON w.huggg_id = m.huggg_id
 WHERE m.sealed_message IS NULL AND m.huggg_id > :after
 ORDER BY m.huggg_id
 LIMIT :most;

-- name: seal_own_messages
WITH input AS (
    SELECT m.huggg_id, i.sealed
      FROM unnest(:ids::uuid[], :sealed::bytea[]) AS i (id, sealed)
      JOIN own_messages m ON m.huggg_id = i.id
     WHERE m.sealed_message IS NULL
     ORDER BY m.huggg_id
       FOR UPDATE OF m
)
UPDATE own_messages m
   SET sealed_message = i.sealed, message = NULL
  FROM input i
 WHERE m.huggg_id = i.huggg_id
RETURNING m.huggg_id;

-- name: thanks_to_seal
SELECT x.huggg_id, x.text, x.sealed, x.created_at, h.sender_id, h.receiver_id
  FROM thanks x
  JOIN hugggs h ON h.id = x.huggg_id
 WHERE x.sealed IS NULL AND x.huggg_id > :after
 ORDER BY x.huggg_id
 LIMIT :most;

-- name: seal_thanks
WITH input AS (
    SELECT x.huggg_id, i.sealed, i.person_id, i.for_older_servers
      FROM unnest(:ids::uuid[], :sealed::bytea[], :person_ids::uuid[], :for_older_servers::bytea[])
                AS i (id, sealed, person_id, for_older_servers)
      JOIN thanks x ON x.huggg_id = i.id
     WHERE x.sealed IS NULL
     ORDER BY x.huggg_id
       FOR UPDATE OF x
)
UPDATE thanks x
   SET sealed = i.sealed, person_id = i.person_id, text = i.for_older_servers
  FROM input i
 WHERE x.huggg_id = i.huggg_id
RETURNING x.huggg_id;

-- name: plans_to_seal
SELECT id, user_id, plan
  FROM payments
 WHERE plan IS NOT NULL AND id > :after
 ORDER BY id
 LIMIT :most;

-- name: seal_plans
-- A payment that is settled meanwhile has no plan any more.
WITH input AS (
    SELECT p.id, i.sealed
      FROM unnest(:ids::uuid[], :sealed::bytea[]) AS i (id, sealed)
      JOIN payments p ON p.id = i.id
     WHERE p.plan IS NOT NULL AND p.sealed_plan IS NULL
     ORDER BY p.id
       FOR UPDATE OF p
)
UPDATE payments p
   SET sealed_plan = i.sealed, plan = NULL
  FROM input i
 WHERE p.id = i.id
RETURNING p.id;

-- name: add_consumer!
-- A consumer that is new begins with the first event that has a position.
INSERT INTO cursors (consumer) VALUES (:consumer) ON CONFLICT DO NOTHING;

-- name: behind
-- Whether there is anything for a consumer to read. A consumer asks this before it takes the cursor, which is a write.
SELECT EXISTS (SELECT FROM events e
                WHERE (e.position, e.id) > (c.position, c.event_id)
                  AND e.position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint + event_base()) AS behind
  FROM cursors c
 WHERE c.consumer = :consumer;

-- name: claim_reading
-- The right to read on, until the transaction ends; no row means that another worker reads just now.
SELECT position, event_id
  FROM cursors
 WHERE consumer = :consumer
   FOR UPDATE SKIP LOCKED;

-- name: read_log
-- The next events in commit order, and of the kinds that are not wanted at most the last, to move the cursor to. The
-- oldest transaction that still runs bounds them: below it nothing is added any more.
WITH log AS MATERIALIZED (
    SELECT position, id, subject_id, kind, at, user_id, client_id, data
      FROM events
     WHERE (position, id) > (:position::bigint, :event_id::bigint)
       AND position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint + event_base()
     ORDER BY position, id
     LIMIT :most
)
SELECT log.*, kind = ANY(:kinds::text[]) AS is_for_consumer
  FROM log
 WHERE kind = ANY(:kinds::text[])
    OR (position, id) = (SELECT position, id FROM log ORDER BY position DESC, id DESC LIMIT 1)
 ORDER BY position, id;

-- name: advance!
UPDATE cursors
   SET position = :position, event_id = :event_id, moved_at = now()
 WHERE consumer = :consumer;

-- name: consumer_lag
-- The age of the oldest event that a consumer has not read, events that an open transaction holds back included.
SELECT c.consumer,
       greatest(coalesce(extract(epoch FROM now() - (SELECT e.at
                                                       FROM events e
                                                      WHERE (e.position, e.id) > (c.position, c.event_id)
                                                      ORDER BY e.position, e.id
                                                      LIMIT 1)), 0), 0)::float8 AS seconds
  FROM cursors c
 ORDER BY c.consumer;

-- Ahead of 0016_events_in_commit_order.sql, which finds these there: servers go on adding events while the index is built.
-- The column gets its default in a step of its own, as a column that is added with one rewrites the table.
SET lock_timeout = '2s';
CREATE OR REPLACE FUNCTION event_base() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN 0::bigint;
ALTER TABLE events ADD COLUMN IF NOT EXISTS position bigint;
ALTER TABLE events ALTER COLUMN position SET DEFAULT pg_current_xact_id()::text::bigint + event_base();
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS events_in_commit_order ON events (position, id)
 WHERE position IS NOT NULL;

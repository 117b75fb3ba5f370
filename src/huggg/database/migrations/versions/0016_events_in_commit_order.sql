-- The number by which positions of events exceed transaction ids. A dump that is restored into another cluster meets
-- smaller transaction ids there; `huggg migrate` then raises the base, so that positions go on rising.
CREATE OR REPLACE FUNCTION event_base() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN 0::bigint;

-- The transaction that added an event, for older servers' events too. Every event below the oldest transaction that
-- still runs is there to be read, and none is added there any more; ids tell nothing of the kind, as a lower id may be
-- committed later. Null for events of before this release.
ALTER TABLE events ADD COLUMN IF NOT EXISTS position bigint;
ALTER TABLE events ALTER COLUMN position SET DEFAULT pg_current_xact_id()::text::bigint + event_base();
CREATE INDEX IF NOT EXISTS events_in_commit_order ON events (position, id)              -- consumers
 WHERE position IS NOT NULL;

-- How far each consumer has read. The row moves in the transaction that has the consumer's effect.
CREATE TABLE cursors (
    consumer  text PRIMARY KEY,
    position  bigint NOT NULL DEFAULT 0,
    event_id  bigint NOT NULL DEFAULT 0,      -- of the events of one transaction
    moved_at  timestamptz
);

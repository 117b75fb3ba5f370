-- The number of hugggs that a user received with an id before this one. Only a list of very many keeps this; later hugggs are counted at
-- each page. No purchase adds a huggg so far back, so only a huggg that goes to another receiver or day changes the number.
CREATE TABLE received_totals (
    receiver_id  uuid PRIMARY KEY,
    before_id    uuid NOT NULL,
    hugggs       bigint NOT NULL
);

-- Such a change forgets the number. The lock is the one that a new count takes alone (`no_receiver_changes`), so no count
-- misses a change that is under way. A trigger, because servers of the release before go on to give hugggs to receivers.
CREATE FUNCTION forget_received_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('received_totals', 0));
    DELETE FROM received_totals WHERE receiver_id IN (OLD.receiver_id, NEW.receiver_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_received_totals AFTER UPDATE OF receiver_id, sent_at ON hugggs FOR EACH ROW
    WHEN (OLD.receiver_id IS DISTINCT FROM NEW.receiver_id OR OLD.sent_at <= now() AND OLD.sent_at <> NEW.sent_at)
    EXECUTE FUNCTION forget_received_totals();

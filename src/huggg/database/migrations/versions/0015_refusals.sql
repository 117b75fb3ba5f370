-- The kind of refusal of a failed purchase by card; its sentence is `reason`. Servers of the release before answer by
-- `refused`, its status, which is therefore written beside it; payments that they decide on meanwhile have a status
-- alone.
ALTER TABLE payments ADD COLUMN refusal text;

-- Why a purchase by card came to nothing: the name of the refusal, whose sentence is `reason`. Servers of the release
-- before answer by `refused`, its status, which is therefore written beside it; and what they decide on meanwhile has
-- a status alone.
ALTER TABLE payments ADD COLUMN refusal text;

-- The roll call: the running processes, the keys that they hold, and the instants from which keys are in use; see
-- keys/roll_call.py.

ALTER TABLE key_checks ADD COLUMN in_use_since timestamptz NOT NULL DEFAULT now();

-- Unlogged: a process writes its row every second, and after a crash all of them write theirs anew.
-- Half of each page is kept free so that a row is rewritten in place; no index but the key's, so that it can be.
CREATE UNLOGGED TABLE processes (
    id       uuid PRIMARY KEY,
    name     text NOT NULL,            -- host and process id, for operators
    keys     text[] NOT NULL,          -- the number and the check of each key, as 1:ab12…
    seen_at  timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The roll call: which processes run, which keys they hold, and since when a key is in use; see keys/roll_call.py.

ALTER TABLE key_checks ADD COLUMN in_use_since timestamptz NOT NULL DEFAULT now();

-- Unlogged: a process writes its row every second, and after a crash all of them write theirs anew.
-- Half of each page is kept free so that a row is rewritten in place; no index but the key's, so that it can be.
CREATE UNLOGGED TABLE processes (
    id       uuid PRIMARY KEY,
    name     text NOT NULL,            -- host and process id, for operators
    keys     text[] NOT NULL,          -- of each key its number and what tells it from others, as 1:ab12…
    seen_at  timestamptz NOT NULL
) WITH (fillfactor = 50);

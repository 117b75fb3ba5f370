-- Buckets of tokens: so many requests a minute, so many failed log-ins, so many guesses; see kit/bucket.py.

-- Unlogged: a draw costs no flush, and a crash empties the table, which only forgives.
-- Half of each page is kept free so that a draw rewrites its row in place; no index but the key's, so that it can.
CREATE UNLOGGED TABLE buckets (
    key      bytea PRIMARY KEY,        -- a fingerprint: it does not tell the bucket's owner
    full_at  timestamptz NOT NULL      -- when all tokens are back; a bucket without a row is full
) WITH (fillfactor = 50);

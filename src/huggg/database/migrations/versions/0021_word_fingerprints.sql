-- The words of messages as fingerprints under a sealing key, and the number of that key: neither the table nor its
-- index shows a word. Null until a server of this release has looked at the message: it moves those of before while it
-- runs, and those that older servers go on to write, a sender's own before it searches.
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS word_fingerprints bigint[],
                         ADD COLUMN IF NOT EXISTS word_key integer;

CREATE INDEX IF NOT EXISTS transactions_by_word_fingerprint ON transactions USING gin (word_fingerprints)    -- search
 WHERE word_fingerprints IS NOT NULL;
CREATE INDEX IF NOT EXISTS transactions_without_word_fingerprints ON transactions (sender_id, id)       -- moving them
 WHERE word_key IS NULL AND message IS NOT NULL AND status = 'successful';

-- Older servers would list the words of a message that has no list. They take an empty one for done.
ALTER TABLE transactions ALTER COLUMN words SET DEFAULT '{}';

-- Words in clear leave the index at once, and the table as messages are moved. Older servers search messages that are not
-- moved yet without the index, slower and with the same results.
DROP INDEX transactions_by_word;

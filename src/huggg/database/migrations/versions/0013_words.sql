-- The words of messages, split by the release itself and not by PostgreSQL, so that a search finds them in
-- every script and under every locale. Null until a server of this release has looked at the message: it moves
-- those of before while it runs, and those that older servers go on to write, a sender's own before it searches.
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS words text[] COLLATE "C";

CREATE INDEX IF NOT EXISTS transactions_by_word ON transactions USING gin (words)              -- search
 WHERE words IS NOT NULL;
CREATE INDEX IF NOT EXISTS transactions_without_words ON transactions (sender_id, id)          -- moving them
 WHERE words IS NULL AND message IS NOT NULL AND status = 'successful';

-- Older servers search without it, slower and all the same.
DROP INDEX transactions_by_message;

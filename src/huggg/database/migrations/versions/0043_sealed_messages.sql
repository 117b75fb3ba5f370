-- The message of a purchase, sealed under the person key of its sender, and where all of its hugggs are for one receiver
-- under that receiver's key, too: erasing either destroys it. An empty text stands for an erased one. Servers of this
-- release write no text in clear, seal those of before, and empty the column `message` once no server of an older
-- release runs that reads it.
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS sealed_message bytea,
                         ADD COLUMN IF NOT EXISTS message_receiver_id uuid;

CREATE INDEX IF NOT EXISTS messages_to_seal ON transactions (id)        -- moving them
 WHERE message IS NOT NULL AND sealed_message IS NULL;
CREATE INDEX IF NOT EXISTS messages_to_clear ON transactions (id)       -- and emptying the column
 WHERE message IS NOT NULL AND sealed_message IS NOT NULL;

-- The message of one huggg, under the keys of its sender and of the person in `person_id`. `message` is the text as an older
-- release sealed it: under the key of that person, or under the vault's.
ALTER TABLE own_messages ADD COLUMN sealed_message bytea;
ALTER TABLE own_messages ALTER COLUMN message DROP NOT NULL;
ALTER TABLE own_messages ADD CONSTRAINT an_own_message_has_a_text
    CHECK (message IS NOT NULL OR sealed_message IS NOT NULL) NOT VALID;

-- The thank-you of a huggg, under the keys of the huggg's sender and of the receiver who wrote it. `text` is as an older
-- release sealed it, under the vault's keys; it has an empty text for such a release where `sealed` has the thank-you.
ALTER TABLE thanks ADD COLUMN sealed bytea, ADD COLUMN person_id uuid;

-- A payment's plan, under the person key of its buyer. `plan` is the one of an older release, in clear.
ALTER TABLE payments ADD COLUMN sealed_plan bytea;
ALTER TABLE payments DROP CONSTRAINT payments_check2;
ALTER TABLE payments ADD CONSTRAINT an_open_payment_has_a_plan
    CHECK ((settled_at IS NULL) = (num_nonnulls(plan, sealed_plan) > 0)) NOT VALID;
CREATE INDEX IF NOT EXISTS plans_to_seal ON payments (id) WHERE plan IS NOT NULL;

-- The message of each purchase, with the keys that open it; see `hugggs/message_text.py`.
CREATE VIEW purchase_messages AS
SELECT t.id AS transaction_id, t.sender_id, t.message, t.sealed_message, t.message_receiver_id,
       sender.key AS sender_key, receiver.key AS message_receiver_key
  FROM transactions t
  LEFT JOIN person_keys sender ON sender.person_id = t.sender_id
  LEFT JOIN person_keys receiver ON receiver.person_id = t.message_receiver_id;

-- The message of each huggg: its own, or that of its purchase.
CREATE VIEW huggg_messages AS
SELECT h.id AS huggg_id, p.*, m.message AS older_own_message, m.sealed_message AS own_message,
       m.person_id AS own_receiver_id, receiver.key AS own_receiver_key
  FROM hugggs h
  JOIN purchase_messages p ON p.transaction_id = h.transaction_id
  LEFT JOIN own_messages m ON m.huggg_id = h.id
  LEFT JOIN person_keys receiver ON receiver.person_id = m.person_id;

-- The data of an older release that were moved whole, and when.
CREATE TABLE moves (
    name     text PRIMARY KEY,
    done_at  timestamptz NOT NULL
);

-- The texts that an older release keeps in clear, by the move that seals them.
CREATE VIEW left_in_clear AS
SELECT 'messages' AS move, 'transactions' AS found_in, id
  FROM transactions WHERE message IS NOT NULL AND sealed_message IS NULL
 UNION ALL
SELECT 'messages', 'transactions', id FROM transactions WHERE message IS NOT NULL AND sealed_message IS NOT NULL
 UNION ALL
SELECT 'messages', 'payments', id FROM payments WHERE plan IS NOT NULL
 UNION ALL
SELECT 'people', 'users', id
  FROM users WHERE personal IS NULL OR username IS NOT NULL OR phone_number IS NOT NULL OR name <> '';

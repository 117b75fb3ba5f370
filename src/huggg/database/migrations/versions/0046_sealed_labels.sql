-- The labels of a purchase, sealed under the person key of its buyer: see `people/labels.py`. Servers of this release write
-- none in clear, and seal those of before once no server of an older release runs.
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS sealed_labels bytea;

CREATE INDEX IF NOT EXISTS labels_to_seal ON transactions (id)          -- moving them
 WHERE title IS NOT NULL OR reason_code IS NOT NULL OR tags <> '{}';

-- The labels of each purchase, with the key that opens them.
CREATE VIEW order_labels AS
SELECT t.id AS transaction_id, t.sender_id, t.sealed_labels, t.title, t.tags, t.reason_code, k.key AS sender_key
  FROM transactions t
  LEFT JOIN person_keys k ON k.person_id = t.sender_id;

CREATE OR REPLACE VIEW left_in_clear AS
SELECT 'messages' AS move, 'transactions' AS found_in, id
  FROM transactions WHERE message IS NOT NULL AND sealed_message IS NULL
 UNION ALL
SELECT 'messages', 'transactions', id FROM transactions WHERE message IS NOT NULL AND sealed_message IS NOT NULL
 UNION ALL
SELECT 'messages', 'transactions', id
  FROM transactions WHERE title IS NOT NULL OR reason_code IS NOT NULL OR tags <> '{}'
 UNION ALL
SELECT 'messages', 'payments', id FROM payments WHERE plan IS NOT NULL
 UNION ALL
SELECT 'people', 'users', id
  FROM users WHERE personal IS NULL OR username IS NOT NULL OR phone_number IS NOT NULL OR name <> '';

-- Questions whether an address is its reader's, which are deleted some days after they were asked.
CREATE INDEX IF NOT EXISTS confirmations_by_age ON deliveries (queued_at) WHERE kind = 'confirmation';

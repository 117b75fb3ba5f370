-- For how many days after the end of a huggg the data about its people are kept, and since when that holds. Null: for ever.
ALTER TABLE teams ADD COLUMN keep_days integer CHECK (keep_days BETWEEN 0 AND 3650),
                  ADD COLUMN keep_days_since timestamptz,
                  ADD CONSTRAINT a_retention_has_a_beginning CHECK ((keep_days IS NULL) = (keep_days_since IS NULL));

-- When the data about the people of all of its hugggs were erased.
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS forgotten_at timestamptz;
CREATE INDEX IF NOT EXISTS transactions_to_forget ON transactions (team_id, id)     -- retention
 WHERE team_id IS NOT NULL AND forgotten_at IS NULL;

-- The end of each huggg: its redemption, its cancellation, or its last instant.
CREATE VIEW huggg_ends AS
SELECT h.id AS huggg_id, h.transaction_id, h.position, h.receiver_id,
       coalesce(r.created_at, h.cancelled_at, h.expires_at) AS ended_at
  FROM hugggs h
  LEFT JOIN redemptions r ON r.huggg_id = h.id AND r.id = h.redemption_id;

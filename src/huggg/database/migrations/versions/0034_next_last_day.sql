-- The last day that follows the first one, and its last instant, of a huggg with two: by the first it is claimed from its
-- group's link, or its choice is made, and by the next it is redeemed. That step moves the next day to `expiry_date` and
-- `expires_at`, and leaves these two null. So a huggg for which the step was not taken ends at the first day by the
-- rules of every other huggg.
ALTER TABLE hugggs
    ADD COLUMN IF NOT EXISTS next_expiry_date date,
    ADD COLUMN IF NOT EXISTS next_expires_at timestamptz;
CREATE INDEX IF NOT EXISTS hugggs_with_next_last_day ON hugggs (transaction_id, cancelled_at, expired_at, position)
 WHERE next_expires_at IS NOT NULL;                                                                            -- group, join

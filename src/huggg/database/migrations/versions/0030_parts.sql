-- A search by status reads one part of a sender's hugggs in the order of update. Together the parts hold what one index
-- held, so a purchase and a redemption write as many entries as before. The part of those that can still be redeemed tells
-- which are over, so no row of another is read.
CREATE INDEX IF NOT EXISTS hugggs_redeemed_by_update ON hugggs (sender_id, updated_at, id)                   -- search
 WHERE redemption_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS hugggs_cancelled_by_update ON hugggs (sender_id, updated_at, id)                  -- search
 WHERE redemption_id IS NULL AND cancelled_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS hugggs_open_by_update ON hugggs (sender_id, updated_at, id, expires_at)           -- search
 WHERE redemption_id IS NULL AND cancelled_at IS NULL;
CREATE INDEX IF NOT EXISTS transactions_by_product ON transactions (sender_id, product_id, id);              -- search

-- Older servers search without it, slower and all the same.
DROP INDEX hugggs_by_update;

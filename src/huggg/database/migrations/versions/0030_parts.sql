-- A search by status reads one part of a sender's hugggs in the order of update. Together the parts hold the entries
-- of the one index before, so a purchase and a redemption write as many entries as then. The part of the hugggs that can
-- still be redeemed has their last instants, so a search for expired ones reads no row of another huggg.
CREATE INDEX IF NOT EXISTS hugggs_redeemed_by_update ON hugggs (sender_id, updated_at, id)                   -- search
 WHERE redemption_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS hugggs_cancelled_by_update ON hugggs (sender_id, updated_at, id)                  -- search
 WHERE redemption_id IS NULL AND cancelled_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS hugggs_open_by_update ON hugggs (sender_id, updated_at, id, expires_at)           -- search
 WHERE redemption_id IS NULL AND cancelled_at IS NULL;
CREATE INDEX IF NOT EXISTS transactions_by_product ON transactions (sender_id, product_id, id);              -- search

-- Older servers search without it, slower and all the same.
DROP INDEX hugggs_by_update;

-- Ahead of 0030_parts.sql, which finds these there: servers go on writing to the tables while their indexes are built.
CREATE INDEX CONCURRENTLY IF NOT EXISTS hugggs_redeemed_by_update ON hugggs (sender_id, updated_at, id)
 WHERE redemption_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS hugggs_cancelled_by_update ON hugggs (sender_id, updated_at, id)
 WHERE redemption_id IS NULL AND cancelled_at IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS hugggs_open_by_update ON hugggs (sender_id, updated_at, id, expires_at)
 WHERE redemption_id IS NULL AND cancelled_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS transactions_by_product ON transactions (sender_id, product_id, id);

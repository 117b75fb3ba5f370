-- Ahead of 0023_holds.sql, which finds these there: tills go on redeeming while the indexes are built.
SET lock_timeout = '2s';
ALTER TABLE redemptions ADD COLUMN IF NOT EXISTS hold_id uuid,
                        ADD COLUMN IF NOT EXISTS sale_reference text,
                        ADD COLUMN IF NOT EXISTS receipt_number text;
RESET lock_timeout;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_redemption_a_hold ON redemptions (huggg_id, hold_id)
 WHERE hold_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS redemptions_by_brand ON redemptions (brand_id, created_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS redemptions_by_reference ON redemptions (brand_id, lower(sale_reference))
 WHERE sale_reference IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS redemptions_by_receipt ON redemptions (brand_id, lower(receipt_number))
 WHERE receipt_number IS NOT NULL;

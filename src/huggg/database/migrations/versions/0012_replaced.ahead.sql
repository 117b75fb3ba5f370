-- Ahead of 0012_replaced.sql, which finds these there: servers go on writing to the tables while their indexes are built.
SET lock_timeout = '2s';
ALTER TABLE codes ADD COLUMN IF NOT EXISTS replaced_at timestamptz;
RESET lock_timeout;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_standing_code_a_huggg ON codes (brand_id, huggg_id)
 WHERE huggg_id IS NOT NULL AND replaced_at IS NULL;

-- Ahead of 0050_codes_by_product.sql, which finds these there: servers go on writing to the table while its index is built.
SET lock_timeout = '2s';
ALTER TABLE offline_codes ADD COLUMN IF NOT EXISTS product_id uuid;
RESET lock_timeout;

CREATE INDEX CONCURRENTLY IF NOT EXISTS offline_codes_by_product ON offline_codes (product_id, ends_at);

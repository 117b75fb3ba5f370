-- The product that a shown offline code names: the brands that honour it have the code on their revoked lists. Null where a
-- server of an older release showed the code.
ALTER TABLE offline_codes ADD COLUMN IF NOT EXISTS product_id uuid;
CREATE INDEX IF NOT EXISTS offline_codes_by_product ON offline_codes (product_id, ends_at);  -- revoked

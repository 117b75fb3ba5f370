-- Ahead of 0042_staff.sql, which finds it there.
CREATE INDEX CONCURRENTLY IF NOT EXISTS staff_by_brand ON users (brand_id) WHERE brand_id IS NOT NULL;

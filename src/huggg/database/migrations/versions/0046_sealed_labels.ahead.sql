-- Ahead of 0046_sealed_labels.sql, which finds these there: servers go on writing to the tables while their indexes are built.
CREATE INDEX CONCURRENTLY IF NOT EXISTS labels_to_seal ON transactions (id)
 WHERE title IS NOT NULL OR reason_code IS NOT NULL OR tags <> '{}';
CREATE INDEX CONCURRENTLY IF NOT EXISTS confirmations_by_age ON deliveries (queued_at) WHERE kind = 'confirmation';

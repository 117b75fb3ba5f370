-- Ahead of 0032_totals.sql, which finds it there: servers go on writing to the table while its index is built.
CREATE INDEX CONCURRENTLY IF NOT EXISTS hugggs_received ON hugggs (receiver_id, id) INCLUDE (sent_at)
 WHERE receiver_id IS NOT NULL;

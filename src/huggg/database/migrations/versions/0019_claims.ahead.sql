-- Ahead of 0019_claims.sql, which finds these there: servers go on writing to the table while its index is built.
SET lock_timeout = '2s';
ALTER TABLE hugggs ADD COLUMN IF NOT EXISTS claimer bytea, ADD COLUMN IF NOT EXISTS claim_number integer;
RESET lock_timeout;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_claim_of_each_number ON hugggs (transaction_id, claimer, claim_number)
 WHERE claimer IS NOT NULL;

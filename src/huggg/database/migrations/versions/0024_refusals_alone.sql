-- Servers of the release before write `refused`, a status, beside `refusal`, and read it only where the latter is missing.
-- So payments that older servers decided on get their kind here, and the column stays until those servers are gone.
UPDATE payments
   SET refusal = CASE refused WHEN 409 THEN 'PoolEmpty' ELSE 'Invalid' END
 WHERE refusal IS NULL AND refused IS NOT NULL;

-- Not validated, as looking at each payment would keep all purchases by card waiting: the rows were made so just now.
ALTER TABLE payments DROP CONSTRAINT only_what_failed_has_a_reason;
ALTER TABLE payments ADD CONSTRAINT only_what_failed_has_a_reason
    CHECK ((state IN ('refunding', 'declined', 'refunded')) = (refusal IS NOT NULL AND reason IS NOT NULL)) NOT VALID;

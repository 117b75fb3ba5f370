-- name: reserve
-- Takes a new key, or one whose last attempt has outlived its lease; no row means that another attempt holds
-- it. A key that is plainly held is not touched: the conflict would wait for the statement that is recording.
INSERT INTO idempotency_keys AS existing (caller, key, request, attempt, lease_until)
SELECT :caller, :key, :request, :attempt, now() + :lease::interval
 WHERE NOT EXISTS (SELECT FROM idempotency_keys k
                    WHERE k.caller = :caller AND k.key = :key
                      AND (k.status IS NOT NULL OR k.lease_until >= now()))
ON CONFLICT (caller, key) DO UPDATE
   SET attempt = excluded.attempt, lease_until = excluded.lease_until, created_at = now()
 WHERE existing.status IS NULL
   AND existing.lease_until < now()
   AND existing.request = ANY(:requests::bytea[])
RETURNING existing.attempt;

-- name: kept
-- The state and the answer of a key that is held or completed; one that was forestalled stands for any request.
SELECT status, answer, request = ANY(:requests::bytea[]) OR request = '' AS same
  FROM idempotency_keys
 WHERE caller = :caller AND key = :key;

-- name: keep
-- Keeps a refusal as the key's answer; the statement that records an effect keeps its own. No row: another
-- attempt took the key over, or the key is bound to an effect whose outcome is not known yet.
UPDATE idempotency_keys
   SET status = :key_status::smallint, answer = :key_answer::bytea, effect_id = :effect_id::uuid
 WHERE caller = :key_caller AND key = :key AND attempt = :key_attempt AND status IS NULL AND NOT bound
RETURNING attempt;

-- name: forestall
-- Gives a key an answer before a request with it is answered. No row: it has its answer, or is bound.
INSERT INTO idempotency_keys AS existing (caller, key, request, attempt, lease_until, status, answer)
VALUES (:key_caller, :key, '', :key_attempt, now(), :key_status::smallint, :key_answer::bytea)
ON CONFLICT (caller, key) DO UPDATE
   SET status = excluded.status, answer = excluded.answer
 WHERE existing.status IS NULL AND NOT existing.bound
RETURNING existing.attempt;

-- name: outcome
-- The state of a key that is not forgotten, and the clock's word on its lease.
SELECT status, answer, created_at, lease_until >= now() OR bound AS is_running
  FROM idempotency_keys
 WHERE caller = :caller AND key = :key;

-- name: let_go!
-- Something broke before anything happened: the key is free again at once.
DELETE FROM idempotency_keys
 WHERE caller = :caller AND key = :key AND attempt = :attempt AND status IS NULL AND NOT bound;

-- name: sweep_keys
-- Forgets the oldest keys, with their answers, and says how many. A key that waits for an outcome stays.
WITH old_keys AS (
    SELECT caller, key
      FROM idempotency_keys
     WHERE created_at < now() - :kept_for::interval
       AND (status IS NOT NULL OR NOT bound AND lease_until < now())
     ORDER BY created_at
     LIMIT :most
       FOR UPDATE SKIP LOCKED
), deleted_keys AS (
    DELETE FROM idempotency_keys k USING old_keys o WHERE k.caller = o.caller AND k.key = o.key
    RETURNING k.key
)
SELECT count(*) FROM deleted_keys;

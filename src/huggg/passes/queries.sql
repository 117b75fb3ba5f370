-- name: add_pass
-- Gives a huggg's pass of a kind, and makes it first if there is none yet. No row: the link is not the huggg's any more.
INSERT INTO passes (id, huggg_id, customer_id, kind, sequence, language, token, changed_at)
SELECT :id, h.id, coalesce(t.team_id, h.sender_id), :kind,
       (SELECT count(*) FROM moved_links m WHERE m.huggg_id = h.id), :language, :token,
       date_trunc('second', now())
  FROM shortcodes c
  JOIN hugggs h ON h.id = c.huggg_id
  JOIN transactions t ON t.id = h.transaction_id
 WHERE c.fingerprint = ANY(:link::bytea[])
ON CONFLICT (huggg_id, kind, sequence) DO UPDATE SET kind = excluded.kind
RETURNING id;

-- name: one_pass
-- A pass, and whether its huggg was given a new link after it was made.
SELECT p.*, p.sequence <> (SELECT count(*) FROM moved_links m WHERE m.huggg_id = p.huggg_id) AS has_moved
  FROM passes p
 WHERE p.id = :id;

-- name: change_passes
-- Notes that the passes of hugggs, and of all hugggs from and to some people, changed, each at a second of its own, and has
-- their phones told. A job that is under way is begun again: it may have told the state of before. The hugggs are one list,
-- because an OR of two lists would be looked up in no index.
WITH changed_passes AS (
    UPDATE passes
       SET changed_at = greatest(date_trunc('second', clock_timestamp()), changed_at + interval '1 second'),
           change_number = nextval('pass_changes')
     WHERE huggg_id IN (SELECT unnest(:huggg_ids::uuid[])
                         UNION
                        SELECT h.id FROM hugggs h WHERE h.sender_id = ANY(:people_ids::uuid[])
                         UNION
                        SELECT h.id FROM hugggs h WHERE h.receiver_id = ANY(:people_ids))
    RETURNING id, customer_id
)
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'pass.renew', id, customer_id, now() FROM changed_passes
ON CONFLICT (kind, subject_id) DO UPDATE
   SET due_at = excluded.due_at, attempts = 0, lease_id = NULL, lease_until = NULL, dead_at = NULL;

-- name: register_device
-- Has a phone told of a pass's changes, by the token that it got last. A pass that changed before the phone registered is
-- told at once; a job that is under way is begun again, because it may have read the phones before. If the data about the people
-- of the purchase were erased before, they are to be erased again. No row: too many other phones have the pass.
WITH live_pass AS (
    SELECT p.id, p.huggg_id, p.customer_id, p.change_number, is_known
      FROM passes p
     CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pass_devices d
                                         WHERE d.pass_id = p.id AND d.device_id = :device_id) AS is_known) AS registered
     WHERE p.id = :pass_id AND (is_known OR (SELECT count(*) FROM pass_devices d WHERE d.pass_id = p.id) < :most)
), registration AS (
    INSERT INTO pass_devices (pass_id, device_id, push_token)
    SELECT id, :device_id, :push_token FROM live_pass
    ON CONFLICT (pass_id, device_id) DO UPDATE SET push_token = excluded.push_token
), remembered_purchases AS (
    UPDATE transactions t
       SET forgotten_at = NULL, updated_at = now()
      FROM live_pass p
      JOIN hugggs h ON h.id = p.huggg_id
     WHERE t.id = h.transaction_id AND t.forgotten_at IS NOT NULL
), renewal_job AS (
    INSERT INTO jobs (kind, subject_id, customer_id, due_at)
    SELECT 'pass.renew', id, customer_id, now() FROM live_pass WHERE change_number > 0
    ON CONFLICT (kind, subject_id) DO UPDATE
       SET due_at = excluded.due_at, attempts = 0, lease_id = NULL, lease_until = NULL, dead_at = NULL
)
SELECT is_known FROM live_pass;

-- name: unregister_device!
DELETE FROM pass_devices WHERE pass_id = :pass_id AND device_id = :device_id;

-- name: unregister_token!
DELETE FROM pass_devices WHERE pass_id = :pass_id AND push_token = :push_token;

-- name: push_tokens
SELECT DISTINCT push_token FROM pass_devices WHERE pass_id = :pass_id;

-- name: changed_passes
-- The passes on a phone that changed after a change that it knows.
SELECT p.id, p.change_number
  FROM pass_devices d
  JOIN passes p ON p.id = d.pass_id
 WHERE d.device_id = :device_id AND p.change_number > :known
 ORDER BY p.change_number;

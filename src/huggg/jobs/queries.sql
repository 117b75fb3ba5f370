-- name: lease
-- Up to `most` due jobs, for one lease. Each customer with due jobs gets one before any gets a second, and no
-- customer gets more than `share`: one customer's backlog delays no other's job. Customers in `busy` get none. Rows
-- that other workers are leasing are passed over.
WITH RECURSIVE customers AS (
    (SELECT customer_id FROM jobs WHERE dead_at IS NULL ORDER BY customer_id LIMIT 1)
     UNION
    SELECT following.customer_id
      FROM customers c
     CROSS JOIN LATERAL (SELECT customer_id
                           FROM jobs
                          WHERE dead_at IS NULL AND customer_id > c.customer_id
                          ORDER BY customer_id
                          LIMIT 1) AS following
), served_customers AS (
    SELECT customer_id
      FROM customers c
     WHERE customer_id <> ALL(:busy::uuid[])
       AND EXISTS (SELECT FROM jobs j
                    WHERE j.customer_id = c.customer_id AND j.dead_at IS NULL AND j.due_at <= now()
                      AND (j.lease_until IS NULL OR j.lease_until <= now())
                      AND j.kind = ANY(:kinds::text[]))
     ORDER BY random()
     LIMIT :most
), due_jobs AS (
    SELECT j.kind, j.subject_id, row_number() OVER (PARTITION BY s.customer_id ORDER BY j.due_at) AS place
      FROM served_customers s
     CROSS JOIN LATERAL (SELECT kind, subject_id, due_at
                           FROM jobs
                          WHERE customer_id = s.customer_id AND dead_at IS NULL AND due_at <= now()
                            AND (lease_until IS NULL OR lease_until <= now())
                            AND kind = ANY(:kinds::text[])
                          ORDER BY due_at
                          LIMIT :share
                            FOR UPDATE SKIP LOCKED) AS j
), first AS (
    SELECT kind, subject_id FROM due_jobs ORDER BY place LIMIT :most
)
UPDATE jobs j
   SET lease_id = :lease_id, lease_until = now() + k.lease, attempts = j.attempts + 1, hastened_to = NULL
  FROM first f
  JOIN unnest(:kinds::text[], :leases::interval[]) AS k (kind, lease) ON k.kind = f.kind
 WHERE j.kind = f.kind AND j.subject_id = f.subject_id
RETURNING j.kind, j.subject_id, j.customer_id, j.payload, j.attempts, j.lease_id;

-- name: finish!
-- The statement that did the work may have deleted the job already.
DELETE FROM jobs
 WHERE kind = :kind AND subject_id = :subject_id AND lease_id = :lease_id;

-- name: put_back!
-- An attempt is over and the job is not done: it is due again later, or at once, or when the job was hastened to during the
-- attempt.
UPDATE jobs
   SET lease_id = NULL, lease_until = NULL, due_at = least(now() + :wait::interval, hastened_to), failure = :failure
 WHERE kind = :kind AND subject_id = :subject_id AND lease_id = :lease_id;

-- name: go_on!
-- A part of the work is done: the rest is due then, with all attempts before it. An attempt reads the days of its subject
-- when it begins; if the job was hastened since, the earlier of the two instants holds.
UPDATE jobs
   SET lease_id = NULL, lease_until = NULL, due_at = least(:due_at::timestamptz, hastened_to), attempts = 0, failure = NULL
 WHERE kind = :kind AND subject_id = :subject_id AND lease_id = :lease_id;

-- name: bury!
UPDATE jobs
   SET lease_id = NULL, lease_until = NULL, dead_at = now(), failure = :failure
 WHERE kind = :kind AND subject_id = :subject_id AND lease_id = :lease_id;

-- name: hasten!
-- There is news of the subject: the job need not wait. If an attempt is under way and does not finish the job, it is due
-- again at once. The row is changed in any case: an attempt that begins beside this statement, and gathers its facts before
-- the news, waits for it or has begun before it. A dead letter is left alone.
UPDATE jobs
   SET due_at = least(due_at, now()), hastened_to = CASE WHEN lease_id IS NOT NULL THEN now() END
 WHERE kind = :kind AND subject_id = :subject_id AND dead_at IS NULL;

-- name: retry
-- An operator wants the job to be tried now, dead or not. No row: there is none, or an attempt is under way.
UPDATE jobs
   SET due_at = now(), dead_at = NULL, attempts = 0, lease_id = NULL, lease_until = NULL
 WHERE kind = :kind AND subject_id = :subject_id AND (lease_until IS NULL OR lease_until <= now())
RETURNING kind, subject_id;

-- name: drop
DELETE FROM jobs
 WHERE kind = :kind AND subject_id = :subject_id AND (lease_until IS NULL OR lease_until <= now())
RETURNING kind, subject_id;

-- name: jobs
-- The longest due first.
SELECT kind, subject_id, customer_id, payload, due_at, attempts, failure, dead_at, created_at,
       CASE WHEN lease_until > now() THEN lease_until END AS lease_until,
       CASE WHEN dead_at IS NOT NULL THEN 'dead'
            WHEN lease_until > now() THEN 'under way'
            WHEN due_at <= now() THEN 'due'
            ELSE 'waiting' END AS state
  FROM jobs
 WHERE (:kind::text IS NULL OR kind = :kind)
   AND (:subject_id::uuid IS NULL OR subject_id = :subject_id)
   AND (NOT :dead::boolean OR dead_at IS NOT NULL)
 ORDER BY dead_at IS NOT NULL, due_at
 LIMIT :most;

-- name: figures
-- The figures of the queue, by kind of job.
SELECT kind,
       count(*) FILTER (WHERE dead_at IS NULL AND (lease_until IS NULL OR lease_until <= now()) AND due_at > now())
           AS waiting,
       count(*) FILTER (WHERE dead_at IS NULL AND (lease_until IS NULL OR lease_until <= now()) AND due_at <= now())
           AS due,
       count(*) FILTER (WHERE lease_until > now()) AS under_way,
       count(dead_at) AS dead,
       coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE dead_at IS NULL AND due_at <= now()
                                                                 AND (lease_until IS NULL OR lease_until <= now()))),
                0)::float8 AS lag,
       coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE dead_at IS NULL)), 0)::float8 AS oldest
  FROM jobs
 GROUP BY kind;

-- name: take_time
-- A file may come slowly through a pipe, and a million rows take their time, and room to be sorted.
SELECT set_config('statement_timeout', '0', true),
       set_config('lock_timeout', '0', true),
       set_config('work_mem', '64MB', true);

-- name: scope
SELECT s.brand_id, coalesce(b.time_zone, 'Europe/London') AS time_zone, now() AS now
  FROM segments s
  LEFT JOIN brands b ON b.id = s.brand_id
 WHERE s.id = :segment_id;

-- name: stage!
CREATE TEMPORARY TABLE staged (
    line         bigint NOT NULL,
    fingerprint  bytea NOT NULL,
    code         bytea NOT NULL,
    valid_until  timestamptz NOT NULL,
    older        bytea[]        -- fingerprints under the keys before, while there are any
) ON COMMIT DROP;

-- name: one_import_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended(:brand_id::uuid::text, 0));

-- name: open_pool!
INSERT INTO pools (segment_id, brand_id)
VALUES (:segment_id, :brand_id)
ON CONFLICT (segment_id) DO UPDATE SET low_noted_at = NULL;

-- name: take_over!
-- The codes that are new to the brand, once each: a code that any of its pools has or had stays where it is.
-- ON CONFLICT would take twice as long, so imports of one brand take turns instead.
INSERT INTO codes (brand_id, fingerprint, segment_id, batch_id, code, valid_until)
SELECT :brand_id, fingerprint, :segment_id, :batch_id, code, valid_until
  FROM (SELECT DISTINCT ON (fingerprint) * FROM staged ORDER BY fingerprint, line) AS s
 WHERE NOT EXISTS (SELECT FROM codes c WHERE c.brand_id = :brand_id AND c.fingerprint = s.fingerprint)
   AND (s.older IS NULL
        OR NOT EXISTS (SELECT FROM codes c WHERE c.brand_id = :brand_id AND c.fingerprint = ANY(s.older)));

-- name: known_already
-- The lines without a new code, by reason; each line once, even for several reasons. Before the batch is
-- taken over it tells the lines that import would pass over.
WITH numbered_rows AS (
    SELECT s.*, row_number() OVER (PARTITION BY fingerprint ORDER BY line) AS place FROM staged s
), refused_lines AS (
    SELECT n.line,
           CASE WHEN n.place > 1 THEN 'twice in the file'
                WHEN c.segment_id = :segment_id AND c.batch_id IS NOT NULL THEN 'in the pool already'
                WHEN c.batch_id IS NOT NULL THEN 'in another pool of the brand'
                ELSE 'issued to a huggg already' END AS reason
      FROM numbered_rows n
      LEFT JOIN LATERAL (SELECT c.segment_id, c.batch_id, true AS is_known
                           FROM codes c
                          WHERE c.brand_id = :brand_id
                            AND c.fingerprint = ANY(n.fingerprint || coalesce(n.older, '{}'))
                            AND c.batch_id IS DISTINCT FROM :batch_id
                          LIMIT 1) AS c ON true
     WHERE n.place > 1 OR c.is_known
)
SELECT reason, count(*) AS lines, array_agg(line ORDER BY line) FILTER (WHERE nth <= 20) AS first
  FROM (SELECT *, row_number() OVER (PARTITION BY reason ORDER BY line) AS nth FROM refused_lines) AS ranked_lines
 GROUP BY reason
 ORDER BY reason DESC;

-- name: note_batch!
WITH new_batch AS (
    INSERT INTO batches (id, segment_id, size, created_at) VALUES (:batch_id, :segment_id, :size, now())
    RETURNING *
)
INSERT INTO events (subject_id, kind, at, data)
SELECT id, 'codes.imported', created_at, jsonb_build_object('segment_id', segment_id, 'size', size)
  FROM new_batch;

-- name: draw
-- Gives tokens back, then takes: as many needed ones as there are, and of the rest no more than a sixty-fourth in
-- advance. All by the database's clock. Set-based: see Database.each; items of one bucket are served in their
-- order, as if they had come one by one. An item without a row: another call just made the bucket's row.
--
-- The rows are locked in the order of their keys, so that two batches that share some wait for each other
-- in one direction only; and before they are read, so that no draw counts tokens that another draw has taken.
WITH items AS MATERIALIZED (
    SELECT *, (sum(needed) OVER earlier)::bigint AS needed_so_far, (sum(needed) OVER whole)::bigint AS needed_in_all,
           (sum(back) OVER whole)::bigint AS back_in_all, row_number() OVER latest AS from_last
      FROM unnest(:key::bytea[], :quota::bigint[], :gap::bigint[], :needed::bigint[], :spare::bigint[],
                  :back::bigint[])
           WITH ORDINALITY AS a (key, quota, gap, needed, spare, back, n)
    WINDOW whole AS (PARTITION BY key), earlier AS (PARTITION BY key ORDER BY n),
           latest AS (PARTITION BY key ORDER BY n DESC)
), locked_buckets AS MATERIALIZED (
    SELECT key, full_at
      FROM buckets
     WHERE key IN (SELECT key FROM items)
     ORDER BY key
       FOR UPDATE
), owing AS (
    SELECT a.*, h.key IS NULL AS fresh,
           greatest(0, coalesce(extract(epoch FROM h.full_at - now()) * 1000000, 0)
                       - back_in_all * gap)::bigint AS owed
      FROM items a
      LEFT JOIN locked_buckets h ON h.key = a.key
), offers AS (
    SELECT *, greatest(0, (quota * gap - owed) / gap) AS free FROM owing
), grants AS (
    SELECT *,
           greatest(0, least(needed, free - needed_so_far + needed))
           + CASE from_last WHEN 1 THEN least(spare, greatest(0, free - needed_in_all) / 64) ELSE 0 END AS granted
      FROM offers
), draws AS (
    SELECT key, fresh, now() + (owed + sum(granted) * gap) * interval '1 microsecond' AS full_at
      FROM grants
     GROUP BY key, fresh, owed, gap, back_in_all
    HAVING sum(granted) > 0 OR back_in_all > 0
), new_buckets AS (
    INSERT INTO buckets (key, full_at)
    SELECT key, full_at FROM draws WHERE fresh ORDER BY key
    ON CONFLICT DO NOTHING
    RETURNING key
), updated_buckets AS (
    UPDATE buckets b
       SET full_at = m.full_at
      FROM draws m
     WHERE b.key = m.key AND NOT m.fresh
)
SELECT n, granted::bigint, (owed + sum(granted) OVER (PARTITION BY key ORDER BY n) * gap)::bigint AS owed
  FROM grants
 WHERE NOT fresh OR key NOT IN (SELECT key FROM draws) OR key IN (SELECT key FROM new_buckets);

-- name: sweep!
-- Full buckets need no row. Buckets that are just being drawn from are passed over.
DELETE FROM buckets
 WHERE key IN (SELECT key FROM buckets WHERE full_at < now() FOR UPDATE SKIP LOCKED);

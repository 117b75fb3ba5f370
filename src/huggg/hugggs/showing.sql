-- name: show_codes
-- Notes that answers have these codes. Rows are locked in the order of their hugggs, because two answers may show the same.
WITH standing_vouchers AS MATERIALIZED (
    SELECT huggg_id, id
      FROM vouchers
     WHERE huggg_id = ANY(:huggg_ids::uuid[]) AND replaced_at IS NULL
     ORDER BY huggg_id
       FOR UPDATE
)
UPDATE vouchers v
   SET unshown = NULL
  FROM standing_vouchers m
 WHERE v.huggg_id = m.huggg_id AND v.id = m.id
RETURNING v.huggg_id;

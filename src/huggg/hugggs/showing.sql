-- name: show_codes
-- Notes that answers have these codes, or that answers to their receivers have. Rows are locked in the order of their hugggs, because two answers may show the same.
WITH standing_vouchers AS MATERIALIZED (
    SELECT huggg_id, id
      FROM vouchers
     WHERE huggg_id = ANY(:huggg_ids::uuid[]) AND replaced_at IS NULL
     ORDER BY huggg_id
       FOR UPDATE
)
UPDATE vouchers v
   SET unshown = CASE WHEN NOT v.unshown OR :to_receiver::boolean THEN false END
  FROM standing_vouchers m
 WHERE v.huggg_id = m.huggg_id AND v.id = m.id
RETURNING v.huggg_id;

-- name: hold_vouchers
-- Holds the vouchers that stand, of these hugggs, before `show_codes` notes that answers have their codes. A move or an end that
-- holds one is waited for, and the next statement sees it. Rows are locked in the order of their hugggs, because two answers may
-- show the same.
SELECT huggg_id, id
  FROM vouchers
 WHERE huggg_id = ANY(:huggg_ids::uuid[]) AND replaced_at IS NULL
 ORDER BY huggg_id
   FOR UPDATE;

-- name: show_codes
-- Notes that answers have the codes of these hugggs, or that answers to their receivers have. An answer to the receiver before a
-- move has another link than the huggg: it gets no row, and the voucher is not marked.
UPDATE vouchers v
   SET unshown = CASE WHEN NOT v.unshown OR :to_receiver::boolean THEN false END
  FROM hugggs h
  JOIN unnest(:huggg_ids::uuid[], :links::bytea[]) AS a (huggg_id, link) ON a.huggg_id = h.id AND a.link = h.codes
 WHERE v.huggg_id = h.id AND v.replaced_at IS NULL
RETURNING v.huggg_id;

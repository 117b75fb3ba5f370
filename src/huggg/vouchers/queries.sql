-- name: vouchers
SELECT id, huggg_id, segment_id, code, expires_at, created_at, updated_at
  FROM vouchers
 WHERE huggg_id = ANY(:huggg_ids::uuid[]);

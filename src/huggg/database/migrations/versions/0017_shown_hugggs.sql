-- A huggg as its sender and its receiver see it: with the picture of its product, and the sealed code of the voucher
-- that it has now. PostgreSQL takes a view apart with the statement that reads it, so a page is still picked on an
-- index of hugggs, and no product and no voucher is read of rows that are not on it.
CREATE VIEW shown_hugggs AS
SELECT h.id, h.transaction_id, h.position, h.sender_id, h.receiver_id, h.product_id, h.message_id, h.voucher_id,
       h.redemption_id, h.theme_id, h.type, h.expiry_date, h.expires_at, h.created_at, h.updated_at, h.sent_at,
       h.assigned_at, h.assigned_client, h.viewed_at, h.viewed_client, h.cancelled_at, h.codes,
       p.image_url, v.code AS voucher_code
  FROM hugggs h
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN vouchers v ON v.huggg_id = h.id AND v.id = h.voucher_id;

-- The caller of a lookup, which lies beside the row of something else: both have a `user_id`, a `brand_id` or a `kind`
-- sooner or later, and one of two columns of one name is lost. Servers of the release before read `callers` itself.
CREATE VIEW lookup_callers AS
SELECT token AS caller_token, client_id AS caller_client_id, user_id AS caller_user_id, kind AS caller_kind,
       team_id AS caller_team_id, role AS caller_role, staff_of AS caller_brand_id,
       shows_hugggs AS caller_shows_hugggs, every_location AS caller_every_location,
       location_ids AS caller_location_ids
  FROM callers;

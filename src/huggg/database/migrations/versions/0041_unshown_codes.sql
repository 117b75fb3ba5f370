-- A voucher whose code was drawn from a pool with the purchase, and that no answer has had yet: true. The first answer clears
-- it. Vouchers of older releases have null, because their code may have been shown.
ALTER TABLE vouchers ADD COLUMN unshown boolean;

-- Servers of older releases show codes without noting it. While one runs, no code goes back.
ALTER TABLE processes ADD COLUMN notes_shown_codes boolean NOT NULL DEFAULT false;

CREATE OR REPLACE VIEW shown_hugggs AS
SELECT h.id, h.transaction_id, h.position, h.sender_id, h.receiver_id, h.product_id, h.message_id, h.voucher_id, h.redemption_id,
       h.theme_id, h.type, h.expiry_date, h.expires_at, h.created_at, h.updated_at, h.sent_at, h.assigned_at, h.assigned_client,
       h.viewed_at, h.viewed_client, h.cancelled_at, h.codes, p.image_url, v.code AS voucher_code, h.reminders, h.choice_id,
       v.unshown AS code_unshown
  FROM hugggs h
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN vouchers v ON v.huggg_id = h.id AND v.id = h.voucher_id;

-- A choice is a product that stands for several others at one price. A product that its choice stands for no longer keeps
-- its row, without a position: hugggs of the choice may have become that product, and a search finds them by it.
CREATE TABLE choice_products (
    choice_id   uuid REFERENCES products,
    product_id  uuid REFERENCES products,
    position    integer,
    PRIMARY KEY (choice_id, product_id),
    CHECK (choice_id <> product_id)
);
CREATE INDEX choice_products_by_product ON choice_products (product_id);      -- search; choices that an import touches

-- The products that a receiver can pick: on sale, and paid for in the currency of the choice.
CREATE VIEW choice_offers AS
SELECT c.choice_id, c.product_id, c.position
  FROM choice_products c
  JOIN products choice ON choice.id = c.choice_id
  JOIN products p ON p.id = c.product_id AND p.active
  JOIN brands b ON b.id = p.brand_id AND b.active
  JOIN accounts pays ON pays.id = choice.brand_id
  JOIN accounts gets ON gets.id = p.brand_id AND gets.currency = pays.currency
 WHERE c.position IS NOT NULL;

-- The choice that a huggg was bought as, null for every other huggg. Until its receiver picks, it is the product as well.
-- The check says a second time that a huggg without a pick is neither held, drawn nor redeemed.
ALTER TABLE hugggs
    ADD COLUMN choice_id uuid,
    ADD CONSTRAINT no_use_before_the_pick
        CHECK (choice_id IS DISTINCT FROM product_id OR num_nonnulls(voucher_id, redemption_id, hold_id) = 0) NOT VALID;

CREATE OR REPLACE VIEW shown_hugggs AS
SELECT h.id, h.transaction_id, h.position, h.sender_id, h.receiver_id, h.product_id, h.message_id, h.voucher_id,
       h.redemption_id, h.theme_id, h.type, h.expiry_date, h.expires_at, h.created_at, h.updated_at, h.sent_at,
       h.assigned_at, h.assigned_client, h.viewed_at, h.viewed_client, h.cancelled_at, h.codes,
       p.image_url, v.code AS voucher_code, h.reminders, h.choice_id
  FROM hugggs h
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN vouchers v ON v.huggg_id = h.id AND v.id = h.voucher_id;

-- An open page of a choice shows the pick that another tab made.
CREATE OR REPLACE VIEW gift_versions AS
SELECT id AS huggg_id,
       hashtextextended(ROW(redemption_id, cancelled_at, assigned_at, voucher_id, expires_at, sent_at, product_id)::text, 0)
           AS version
  FROM hugggs;

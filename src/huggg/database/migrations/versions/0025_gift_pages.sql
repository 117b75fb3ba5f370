-- The PIN that staff of a location enter on a recipient's phone, sealed as codes are.
CREATE TABLE location_pins (
    location_id text PRIMARY KEY REFERENCES locations (id),
    pin         bytea NOT NULL,
    set_at      timestamptz NOT NULL
);

-- The symbology in which a brand's tills scan codes; without a row, that of its integration.
CREATE TABLE code_symbols (
    brand_id  uuid PRIMARY KEY,
    symbology text NOT NULL
              CHECK (symbology IN ('qr', 'code128', 'ean13', 'pdf417', 'aztec', 'datamatrix'))
);

-- A number that changes with every change of a huggg that its page has to show.
CREATE VIEW gift_versions AS
SELECT id AS huggg_id,
       hashtextextended(ROW(redemption_id, cancelled_at, assigned_at, voucher_id, expires_at, sent_at)::text, 0)
           AS version
  FROM hugggs;

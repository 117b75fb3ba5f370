-- Places: the lists of products on sale and of the stores that have them, and a map.

-- An angle in degrees, as text, in whole ten-millionths of a degree: a centimetre on the ground, and all
-- the decimals that published coordinates have. Null for a text that is no number or is no such angle.
-- The cases are nested because nothing else keeps a cast from being tried on a text that is no number.
CREATE FUNCTION degrees_e7(degrees text, most integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN degrees ~ '^ *[-+]?([0-9]{1,3}(\.[0-9]{0,20})?|\.[0-9]{1,20}) *$'
                THEN CASE WHEN abs(degrees::numeric) <= most
                          THEN round(degrees::numeric * 10000000)::integer END END;

-- `shown` to `on_imessage` are a copy of the answers of `showing` below, because a map of a hundred thousand
-- stores cannot look up each store's brands and products. Each import brings the copy up to date, and the doctor
-- compares it.
ALTER TABLE stores
    ADD COLUMN visible       boolean NOT NULL GENERATED ALWAYS AS (coalesce(published ->> 'visible', '1') NOT IN ('0', 'false')) STORED,
    ADD COLUMN latitude_e7   integer GENERATED ALWAYS AS (degrees_e7(published ->> 'latitude', 90)) STORED,
    ADD COLUMN longitude_e7  integer GENERATED ALWAYS AS (degrees_e7(published ->> 'longitude', 180)) STORED,
    ADD COLUMN shown         boolean NOT NULL DEFAULT false,   -- in lists …
    ADD COLUMN on_app        boolean NOT NULL DEFAULT false,   -- … on the app's map …
    ADD COLUMN on_imessage   boolean NOT NULL DEFAULT false;   -- … and on iMessage's

-- The products on sale, and their brands: the active products of active brands, of each active brand that lists
-- them, as its own or as consolidated ones.
CREATE VIEW offers AS
SELECT sold.brand_id, sold.product_id,
       coalesce(p.on_app, false) AS on_app, coalesce(p.on_imessage, false) AS on_imessage
  FROM brand_products sold
  JOIN brands seller ON seller.id = sold.brand_id AND seller.active
  JOIN products p ON p.id = sold.product_id AND p.active
  JOIN brands owner ON owner.id = p.brand_id AND owner.active;

-- Where each store is shown: in lists, if an active brand lists it; on a platform's map, if such a brand
-- offers something there. Nowhere, if it is hidden or its own brand is given no longer, even if another still
-- lists it; that its own brand is on no page we have is no reason.
CREATE VIEW showing AS
WITH seller AS (
    SELECT b.id,
           coalesce(bool_or(o.on_app), false) AS on_app,
           coalesce(bool_or(o.on_imessage), false) AS on_imessage
      FROM brands b
      LEFT JOIN offers o ON o.brand_id = b.id
     WHERE b.active
     GROUP BY b.id
), found AS (
    SELECT l.store_id, bool_or(seller.on_app) AS on_app, bool_or(seller.on_imessage) AS on_imessage
      FROM brand_stores l
      JOIN seller ON seller.id = l.brand_id
     GROUP BY l.store_id
)
SELECT s.id,
       place.shown,
       place.shown AND found.on_app AS on_app,
       place.shown AND found.on_imessage AS on_imessage
  FROM stores s
  LEFT JOIN brands own ON own.id = s.brand_id
  LEFT JOIN found ON found.store_id = s.id
 CROSS JOIN LATERAL (SELECT s.visible AND own.active IS NOT false AND found.store_id IS NOT NULL AS shown) AS place;

UPDATE stores s
   SET shown = v.shown, on_app = v.on_app, on_imessage = v.on_imessage
  FROM showing v
 WHERE v.id = s.id AND v.shown;

CREATE INDEX products_by_price ON products (sale_price, id) WHERE active;    -- GET /products
CREATE INDEX stores_shown ON stores (id) WHERE shown;                        -- GET /stores, and its total
-- GET /tiles: a band of latitude, of which only the stores between two longitudes are read further. A whole
-- country is counted from this index alone.
CREATE INDEX stores_on_map ON stores (latitude_e7, longitude_e7) INCLUDE (on_app, on_imessage)
 WHERE on_app OR on_imessage;

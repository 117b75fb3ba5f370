-- name: brands_page
-- A page of the active brands, heaviest first. The page is picked on the index before any list is gathered,
-- so a late page does not pay for the lists of earlier ones. A cursor continues in the index at its weight,
-- here and below: the first page begins before all keys. A brand lists the products that can be bought.
SELECT b.id, b.published, b.integration_id, b.weight, b.position,
       ARRAY(SELECT s.product_id
               FROM brand_products s
              WHERE s.brand_id = b.id AND NOT s.consolidated
                AND EXISTS (SELECT FROM offers o
                             WHERE o.brand_id = s.brand_id AND o.product_id = s.product_id
                               AND CASE :sold_on::text WHEN 'app' THEN o.on_app
                                                        WHEN 'imessage' THEN o.on_imessage
                                                        ELSE true END)
              ORDER BY s.position) AS products,
       ARRAY(SELECT s.product_id
               FROM brand_products s
              WHERE s.brand_id = b.id AND s.consolidated
                AND EXISTS (SELECT FROM offers o
                             WHERE o.brand_id = s.brand_id AND o.product_id = s.product_id
                               AND CASE :sold_on::text WHEN 'app' THEN o.on_app
                                                        WHEN 'imessage' THEN o.on_imessage
                                                        ELSE true END)
              ORDER BY s.position) AS consolidated_products,
       ARRAY(SELECT s.store_id FROM brand_stores s
              WHERE s.brand_id = b.id AND s.listed ORDER BY s.position) AS stores,
       ARRAY(SELECT s.store_id FROM brand_stores s
              WHERE s.brand_id = b.id ORDER BY s.position) AS embedded_stores
  FROM (SELECT * FROM brands
         WHERE active AND (:ids::uuid[] IS NULL OR id = ANY(:ids::uuid[]))
           AND weight <= :after_weight::bigint
           AND (weight < :after_weight::bigint
                OR (position, id) > (:after_position::bigint, :after_id::uuid))
         ORDER BY weight DESC, position, id
         LIMIT :size OFFSET :offset) AS b
 ORDER BY b.weight DESC, b.position, b.id;

-- name: count_brands
SELECT count(*) AS total
  FROM brands
 WHERE active AND (:ids::uuid[] IS NULL OR id = ANY(:ids::uuid[]));

-- name: brands
-- Brands by id, also those that are no longer given: old hugggs still name them. Each has the lists that `brands_page` gives it
-- on any platform. Set-based: see Database.by_key.
SELECT items.n, b.id, b.published, b.integration_id, b.weight, b.position,
       ARRAY(SELECT s.product_id
               FROM brand_products s
              WHERE s.brand_id = b.id AND NOT s.consolidated
                AND EXISTS (SELECT FROM offers o
                             WHERE o.brand_id = s.brand_id AND o.product_id = s.product_id)
              ORDER BY s.position) AS products,
       ARRAY(SELECT s.product_id
               FROM brand_products s
              WHERE s.brand_id = b.id AND s.consolidated
                AND EXISTS (SELECT FROM offers o
                             WHERE o.brand_id = s.brand_id AND o.product_id = s.product_id)
              ORDER BY s.position) AS consolidated_products,
       ARRAY(SELECT s.store_id FROM brand_stores s
              WHERE s.brand_id = b.id AND s.listed ORDER BY s.position) AS stores,
       ARRAY(SELECT s.store_id FROM brand_stores s
              WHERE s.brand_id = b.id ORDER BY s.position) AS embedded_stores
  FROM unnest(:id::uuid[]) WITH ORDINALITY AS items (id, n)
  JOIN brands b ON b.id = items.id
 ORDER BY b.weight DESC, b.position;

-- name: products_page
-- A page of the products on sale, cheapest first, as `products_by_price` has them. The page is picked before
-- any segments are gathered, so a late page does not pay for earlier ones. Planned for its values, here and
-- below: one plan for all brands and for some would scan all products.
SELECT p.id, p.published, p.brand_id, p.sale_price, p.active,
       ARRAY(SELECT s.segment_id FROM product_segments s
              WHERE s.product_id = p.id ORDER BY s.position, s.segment_id) AS segment_ids,
       ARRAY(SELECT o.product_id FROM choice_offers o
              WHERE o.choice_id = p.id ORDER BY o.position) AS choice_ids
  FROM (SELECT * FROM products
         WHERE active
           AND CASE :sold_on::text WHEN 'app' THEN on_app WHEN 'imessage' THEN on_imessage ELSE true END
           AND EXISTS (SELECT FROM offers o
                        WHERE o.product_id = products.id
                          AND (:brand_ids::uuid[] IS NULL OR o.brand_id = ANY(:brand_ids::uuid[])))
           AND (sale_price, id) > (:after_price::integer, :after_id::uuid)
         ORDER BY sale_price, id
         LIMIT :size OFFSET :offset) AS p
 ORDER BY p.sale_price, p.id;

-- name: count_products
SELECT count(*) AS total
  FROM products
 WHERE active
   AND CASE :sold_on::text WHEN 'app' THEN on_app WHEN 'imessage' THEN on_imessage ELSE true END
   AND EXISTS (SELECT FROM offers o
                WHERE o.product_id = products.id
                  AND (:brand_ids::uuid[] IS NULL OR o.brand_id = ANY(:brand_ids::uuid[])));

-- name: product_on_offer
-- One product, if it can be bought.
SELECT p.id, p.published, p.brand_id, p.sale_price, p.active,
       ARRAY(SELECT s.segment_id FROM product_segments s
              WHERE s.product_id = p.id ORDER BY s.position, s.segment_id) AS segment_ids,
       ARRAY(SELECT o.product_id FROM choice_offers o
              WHERE o.choice_id = p.id ORDER BY o.position) AS choice_ids
  FROM products p
 WHERE p.id = :id
   AND EXISTS (SELECT FROM offers o WHERE o.product_id = p.id);

-- name: sellers
-- The brands that list a product, heaviest first. A consolidated brand has no shops of its own, so it is not
-- among them.
SELECT b.id
  FROM brands b
 WHERE NOT b.consolidated
   AND EXISTS (SELECT FROM brand_products s WHERE s.brand_id = b.id AND s.product_id = :product_id)
 ORDER BY b.weight DESC, b.position;

-- name: products
-- Set-based: see Database.by_key.
SELECT items.n, p.id, p.published, p.brand_id, p.sale_price, p.active,
       ARRAY(SELECT s.segment_id FROM product_segments s
              WHERE s.product_id = p.id ORDER BY s.position, s.segment_id) AS segment_ids,
       ARRAY(SELECT o.product_id FROM choice_offers o
              WHERE o.choice_id = p.id ORDER BY o.position) AS choice_ids
  FROM unnest(:id::uuid[]) WITH ORDINALITY AS items (id, n)
  JOIN products p ON p.id = items.id;

-- name: stores_page
-- A page of the stores that take hugggs, by id, as `stores_shown` has them. The published pages do not rank
-- stores, so any order will do that keeps a page where it is.
SELECT id, published, brand_id
  FROM stores
 WHERE shown
   AND (:brand_ids::uuid[] IS NULL
        OR id = ANY(ARRAY(SELECT l.store_id
                            FROM brand_stores l
                            JOIN brands b ON b.id = l.brand_id AND b.active
                           WHERE l.brand_id = ANY(:brand_ids::uuid[]))))
   AND id > :after_id
 ORDER BY id
 LIMIT :size OFFSET :offset;

-- name: count_stores
SELECT count(*) AS total
  FROM stores
 WHERE shown
   AND (:brand_ids::uuid[] IS NULL
        OR id = ANY(ARRAY(SELECT l.store_id
                            FROM brand_stores l
                            JOIN brands b ON b.id = l.brand_id AND b.active
                           WHERE l.brand_id = ANY(:brand_ids::uuid[]))));

-- name: stores_in_view
-- The stores that a map shows between four edges, found on `stores_on_map`. A view across the 180th
-- meridian goes all the way round but for a gap; any other has none, its gap runs backwards.
SELECT id, published, brand_id
  FROM stores
 WHERE (on_app OR on_imessage)
   AND CASE :sold_on::text WHEN 'app' THEN on_app ELSE on_imessage END
   AND latitude_e7 BETWEEN :south AND :north
   AND longitude_e7 BETWEEN :west AND :east
   AND longitude_e7 NOT BETWEEN :gap_west AND :gap_east
 ORDER BY id;

-- name: clusters_in_view
-- The same stores, counted by the cells of a grid that divides the world into so many rows and columns, from
-- `stores_on_map` alone. Planned for its values, and not ordered by the columns that it groups by: otherwise
-- PostgreSQL sorts a whole country. At 180 degrees one column more begins, and a gap in the view divides the
-- cell that it is in.
SELECT count(*) AS count,
       round(avg(latitude_e7))::integer AS latitude_e7, round(avg(longitude_e7))::integer AS longitude_e7,
       max(latitude_e7) AS north_e7, min(longitude_e7) AS west_e7,
       min(latitude_e7) AS south_e7, max(longitude_e7) AS east_e7
  FROM stores
 WHERE (on_app OR on_imessage)
   AND CASE :sold_on::text WHEN 'app' THEN on_app ELSE on_imessage END
   AND latitude_e7 BETWEEN :south AND :north
   AND longitude_e7 BETWEEN :west AND :east
   AND longitude_e7 NOT BETWEEN :gap_west AND :gap_east
 GROUP BY ((latitude_e7 + 900000000) * :divisions::bigint / 1800000000 * (:divisions::bigint + 1)
          + (longitude_e7 + 1800000000::bigint) * :divisions::bigint / 3600000000) * 2
          + (longitude_e7 >= :gap_west)::integer
 ORDER BY north_e7 DESC, west_e7;

-- name: stores
-- Set-based: see Database.by_key.
SELECT items.n, s.id, s.published, s.brand_id
  FROM unnest(:id::uuid[]) WITH ORDINALITY AS items (id, n)
  JOIN stores s ON s.id = items.id;

-- name: segments
-- Set-based: see Database.by_key.
SELECT items.n, s.id, s.name
  FROM unnest(:id::uuid[]) WITH ORDINALITY AS items (id, n)
  JOIN segments s ON s.id = items.id;

-- name: integrations
-- Set-based: see Database.by_key.
SELECT items.n, i.id, i.name
  FROM unnest(:id::integer[]) WITH ORDINALITY AS items (id, n)
  JOIN integrations i ON i.id = items.id;

-- name: one_import_at_a_time!
-- Readers go on meanwhile. Without the lock, two concurrent imports would each decide on rows that the other
-- is changing.
LOCK TABLE brands IN SHARE ROW EXCLUSIVE MODE;

-- name: known
-- The stored entities that a file may refer to without containing them.
SELECT ARRAY(SELECT id::text FROM products WHERE id = ANY(:product_ids::uuid[])) AS product_ids,
       ARRAY(SELECT id::text FROM stores WHERE id = ANY(:store_ids::uuid[])) AS store_ids,
       ARRAY(SELECT id FROM integrations ORDER BY id) AS integration_ids;

-- name: brand_positions
SELECT id::text AS id, position
  FROM brands;

-- name: segment_positions
SELECT segment_id::text AS id, min(position) AS position
  FROM product_segments
 GROUP BY segment_id;

-- name: brand_documents
SELECT id::text, published
  FROM brands
 WHERE id = ANY(:ids::uuid[]);

-- name: product_documents
SELECT id::text, published
  FROM products
 WHERE id = ANY(:ids::uuid[]);

-- name: store_documents
SELECT id::text, published
  FROM stores
 WHERE id = ANY(:ids::uuid[]);

-- name: put_brands
-- This and every `put` statement below write only rows that differ, and answer with the rows that they wrote.
-- Documents were compared by content before; an equal one arrives here in its stored form.
WITH existing AS (
    SELECT id FROM brands WHERE id = ANY(:ids::uuid[])
), upserts AS (
    INSERT INTO brands (published, position)
    SELECT document::json, position
      FROM unnest(:documents::text[], :positions::bigint[]) AS input (document, position)
    ON CONFLICT (id) DO UPDATE
       SET published = excluded.published, position = excluded.position
     WHERE brands.published::text <> excluded.published::text
        OR brands.position <> excluded.position
    RETURNING id
)
SELECT upserts.id::text AS key, existing.id IS NULL AS created
  FROM upserts
  LEFT JOIN existing ON existing.id = upserts.id;

-- name: open_merchants!
-- Each brand is paid into an account that carries its id.
INSERT INTO accounts (id, kind, name)
SELECT id, 'merchant', name
  FROM unnest(:ids::uuid[], :names::text[]) AS input (id, name)
ON CONFLICT DO NOTHING;

-- name: put_products
-- Given are only documents that are new, or say something else than ours.
WITH existing AS (
    SELECT id FROM products WHERE id = ANY(:ids::uuid[])
), upserts AS (
    INSERT INTO products (published)
    SELECT document::json
      FROM unnest(:documents::text[]) AS input (document)
    ON CONFLICT (id) DO UPDATE
       SET published = excluded.published
    RETURNING id
)
SELECT upserts.id::text AS key, existing.id IS NULL AS created
  FROM upserts
  LEFT JOIN existing ON existing.id = upserts.id;

-- name: put_stores
-- As above.
WITH existing AS (
    SELECT id FROM stores WHERE id = ANY(:ids::uuid[])
), upserts AS (
    INSERT INTO stores (published)
    SELECT document::json
      FROM unnest(:documents::text[]) AS input (document)
    ON CONFLICT (id) DO UPDATE
       SET published = excluded.published
    RETURNING id
)
SELECT upserts.id::text AS key, existing.id IS NULL AS created
  FROM upserts
  LEFT JOIN existing ON existing.id = upserts.id;

-- name: put_brand_products
-- Replaces the products of these brands; answers with the brands that it changed.
WITH input AS (
    SELECT *
      FROM unnest(:brand_ids::uuid[], :product_ids::uuid[], :consolidated::boolean[],
                  :positions::integer[])
           AS i (brand_id, product_id, consolidated, position)
), removals AS (
    DELETE FROM brand_products s
     WHERE s.brand_id = ANY(:brands::uuid[])
       AND NOT EXISTS (SELECT FROM input i
                        WHERE i.brand_id = s.brand_id AND i.product_id = s.product_id
                          AND i.consolidated = s.consolidated)
    RETURNING s.brand_id
), upserts AS (
    INSERT INTO brand_products AS s (brand_id, product_id, consolidated, position)
    SELECT brand_id, product_id, consolidated, position FROM input
    ON CONFLICT (brand_id, product_id, consolidated) DO UPDATE
       SET position = excluded.position
     WHERE s.position <> excluded.position
    RETURNING s.brand_id
)
SELECT brand_id::text AS key FROM removals
UNION
SELECT brand_id::text FROM upserts;

-- name: put_brand_stores
-- Replaces where these brands are found. The unlisted stores of silent brands stay: the file was
-- fetched without stores and says nothing about them.
WITH input AS (
    SELECT *
      FROM unnest(:brand_ids::uuid[], :store_ids::uuid[], :positions::integer[], :listed::boolean[])
           AS i (brand_id, store_id, position, listed)
), removals AS (
    DELETE FROM brand_stores s
     WHERE s.brand_id = ANY(:brands::uuid[])
       AND (s.listed OR s.brand_id <> ALL(:silent_brands::uuid[]))
       AND NOT EXISTS (SELECT FROM input i
                        WHERE i.brand_id = s.brand_id AND i.store_id = s.store_id)
    RETURNING s.brand_id
), upserts AS (
    INSERT INTO brand_stores AS s (brand_id, store_id, position, listed)
    SELECT brand_id, store_id, position, listed FROM input
    ON CONFLICT (brand_id, store_id) DO UPDATE
       SET position = excluded.position, listed = excluded.listed
     WHERE s.position <> excluded.position OR s.listed <> excluded.listed
    RETURNING s.brand_id
)
SELECT brand_id::text AS key FROM removals
UNION
SELECT brand_id::text FROM upserts;

-- name: show_stores!
-- Where stores are shown follows from all of the above, and is kept beside them.
UPDATE stores s
   SET shown = v.shown, on_app = v.on_app, on_imessage = v.on_imessage
  FROM showing v
 WHERE v.id = s.id
   AND (s.shown, s.on_app, s.on_imessage) <> (v.shown, v.on_app, v.on_imessage);

-- name: put_segments
WITH existing AS (
    SELECT id FROM segments WHERE id = ANY(:ids::uuid[])
), upserts AS (
    INSERT INTO segments (id, brand_id, name)
    SELECT id, brand_id, name
      FROM unnest(:ids::uuid[], :brand_ids::uuid[], :names::text[]) AS input (id, brand_id, name)
    ON CONFLICT (id) DO UPDATE
       SET brand_id = excluded.brand_id, name = excluded.name
     WHERE (segments.brand_id, segments.name) <> (excluded.brand_id, excluded.name)
    RETURNING id
)
SELECT upserts.id::text AS key, existing.id IS NULL AS created
  FROM upserts
  LEFT JOIN existing ON existing.id = upserts.id;

-- name: put_product_segments
-- Replaces which products have these segments; answers with the segments for which that is a change.
WITH input AS (
    SELECT *
      FROM unnest(:segment_ids::uuid[], :product_ids::uuid[], :positions::integer[])
           AS i (segment_id, product_id, position)
), removals AS (
    DELETE FROM product_segments s
     WHERE s.segment_id = ANY(:segments::uuid[])
       AND NOT EXISTS (SELECT FROM input i
                        WHERE i.segment_id = s.segment_id AND i.product_id = s.product_id)
    RETURNING s.segment_id
), upserts AS (
    INSERT INTO product_segments AS s (product_id, segment_id, position)
    SELECT product_id, segment_id, position FROM input
    ON CONFLICT (product_id, segment_id) DO UPDATE
       SET position = excluded.position
     WHERE s.position <> excluded.position
    RETURNING s.segment_id
)
SELECT segment_id::text AS key FROM removals
UNION
SELECT segment_id::text FROM upserts;

-- name: put_locations
WITH existing AS (
    SELECT id FROM locations WHERE id = ANY(:ids::text[])
), upserts AS (
    INSERT INTO locations (id, brand_id, store_id, name)
    SELECT id, brand_id, store_id, name
      FROM unnest(:ids::text[], :brand_ids::uuid[], :store_ids::uuid[], :names::text[])
           AS input (id, brand_id, store_id, name)
    ON CONFLICT (id) DO UPDATE
       SET brand_id = excluded.brand_id, store_id = excluded.store_id, name = excluded.name
     WHERE (locations.brand_id, locations.store_id, locations.name)
           IS DISTINCT FROM (excluded.brand_id, excluded.store_id, excluded.name)
    RETURNING id
)
SELECT upserts.id AS key, existing.id IS NULL AS created
  FROM upserts
  LEFT JOIN existing ON existing.id = upserts.id;

-- name: put_adjustment_codes
-- Replaces these merchants' adjustment codes for these products.
WITH entry AS (
    SELECT *
      FROM unnest(:entry_brands::uuid[], :entry_products::uuid[]) AS e (brand_id, product_id)
), existing AS (
    SELECT DISTINCT c.brand_id, c.product_id
      FROM adjustment_codes c
      JOIN entry e ON e.brand_id = c.brand_id AND e.product_id = c.product_id
), input AS (
    SELECT *
      FROM unnest(:brand_ids::uuid[], :product_ids::uuid[], :codes::text[], :positions::integer[])
           AS i (brand_id, product_id, code, position)
), removals AS (
    DELETE FROM adjustment_codes c
     USING entry e
     WHERE e.brand_id = c.brand_id AND e.product_id = c.product_id
       AND NOT EXISTS (SELECT FROM input i
                        WHERE i.brand_id = c.brand_id AND i.product_id = c.product_id
                          AND i.code = c.code)
    RETURNING c.brand_id, c.product_id
), upserts AS (
    INSERT INTO adjustment_codes AS c (brand_id, product_id, code, position)
    SELECT brand_id, product_id, code, position FROM input
    ON CONFLICT (brand_id, product_id, code) DO UPDATE
       SET position = excluded.position
     WHERE c.position <> excluded.position
    RETURNING c.brand_id, c.product_id
), changes AS (
    SELECT * FROM removals UNION SELECT * FROM upserts
)
SELECT w.brand_id || '/' || w.product_id AS key, b.brand_id IS NULL AS created
  FROM changes w
  LEFT JOIN existing b ON b.brand_id = w.brand_id AND b.product_id = w.product_id;

-- name: put_choices
-- Replaces the products of these choices. One that is gone keeps its row: hugggs may have become that product. The answer
-- reads the table as it was before.
WITH input AS (
    SELECT *
      FROM unnest(:choice_ids::uuid[], :product_ids::uuid[], :positions::integer[])
           AS i (choice_id, product_id, position)
), removals AS (
    UPDATE choice_products c
       SET position = NULL
     WHERE c.choice_id = ANY(:choices::uuid[]) AND c.position IS NOT NULL
       AND NOT EXISTS (SELECT FROM input i WHERE i.choice_id = c.choice_id AND i.product_id = c.product_id)
    RETURNING c.choice_id
), upserts AS (
    INSERT INTO choice_products AS c (choice_id, product_id, position)
    SELECT choice_id, product_id, position FROM input
    ON CONFLICT (choice_id, product_id) DO UPDATE
       SET position = excluded.position
     WHERE c.position IS DISTINCT FROM excluded.position
    RETURNING c.choice_id
), changes AS (
    SELECT * FROM removals UNION SELECT * FROM upserts
)
SELECT w.choice_id::text AS key,
       NOT EXISTS (SELECT FROM choice_products c WHERE c.choice_id = w.choice_id AND c.position IS NOT NULL) AS created
  FROM changes w;

-- name: touched_choices
-- The products of the choices of which an import names the choice, a product or a product's brand, as they are now.
SELECT c.choice_id::text, c.product_id::text, p.brand_id::text, choice.sale_price AS price, p.sale_price, pays.currency,
       gets.currency AS product_currency, p.active AND b.active IS TRUE AS on_sale,
       EXISTS (SELECT FROM choice_products of_it
                WHERE of_it.choice_id = c.product_id AND of_it.position IS NOT NULL) AS is_choice
  FROM choice_products c
  JOIN products choice ON choice.id = c.choice_id
  JOIN products p ON p.id = c.product_id
  LEFT JOIN brands b ON b.id = p.brand_id
  LEFT JOIN accounts pays ON pays.id = choice.brand_id
  LEFT JOIN accounts gets ON gets.id = p.brand_id
 WHERE c.position IS NOT NULL
   AND c.choice_id IN (SELECT part.choice_id
                         FROM choice_products part
                         JOIN products member ON member.id = part.product_id
                        WHERE part.position IS NOT NULL
                          AND (part.choice_id = ANY(:ids::uuid[]) OR member.id = ANY(:ids::uuid[])
                               OR member.brand_id = ANY(:ids::uuid[])))
 ORDER BY c.choice_id, c.position;

-- name: note_import!
INSERT INTO events (subject_id, kind, at, data)
VALUES (:id, 'catalogue.imported', now(), :counts::text::jsonb);

-- name: one_moment!
-- An export is the catalogue at one instant, even if an import runs meanwhile.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: every_brand
-- All brands with all their products, also those that cannot be bought: an export loses none.
SELECT b.id, b.published, b.integration_id, b.weight, b.position,
       ARRAY(SELECT s.product_id FROM brand_products s
              WHERE s.brand_id = b.id AND NOT s.consolidated ORDER BY s.position) AS products,
       ARRAY(SELECT s.product_id FROM brand_products s
              WHERE s.brand_id = b.id AND s.consolidated ORDER BY s.position) AS consolidated_products,
       ARRAY(SELECT s.store_id FROM brand_stores s
              WHERE s.brand_id = b.id AND s.listed ORDER BY s.position) AS stores,
       ARRAY(SELECT s.store_id FROM brand_stores s
              WHERE s.brand_id = b.id ORDER BY s.position) AS embedded_stores
  FROM brands b
 ORDER BY b.weight DESC, b.position;

-- name: every_product
SELECT id, published
  FROM products
 ORDER BY id;

-- name: every_store
SELECT id, published
  FROM stores
 ORDER BY id;

-- name: every_segment
-- The segments of an export, in an order from which an import derives the same order for each product.
SELECT s.id, s.name, s.brand_id,
       coalesce(array_agg(l.product_id ORDER BY l.product_id) FILTER (WHERE l.product_id IS NOT NULL),
                '{}') AS product_ids
  FROM segments s
  LEFT JOIN product_segments l ON l.segment_id = s.id
 GROUP BY s.id
 ORDER BY min(l.position), s.id;

-- name: every_location
SELECT id, brand_id, store_id, name
  FROM locations
 ORDER BY id;

-- name: every_adjustment_code
SELECT brand_id, product_id, array_agg(code ORDER BY position) AS codes
  FROM adjustment_codes
 GROUP BY brand_id, product_id
 ORDER BY brand_id, product_id;

-- name: every_choice
SELECT choice_id AS product_id, array_agg(product_id ORDER BY position) AS product_ids
  FROM choice_products
 WHERE position IS NOT NULL
 GROUP BY choice_id
 ORDER BY choice_id;

-- name: choice_directory
SELECT c.choice_id AS id, choice.published ->> 'label' AS label, choice.sale_price,
       count(*) AS products, count(o.product_id) AS on_sale
  FROM choice_products c
  JOIN products choice ON choice.id = c.choice_id
  LEFT JOIN choice_offers o ON o.choice_id = c.choice_id AND o.product_id = c.product_id
 WHERE c.position IS NOT NULL
 GROUP BY choice.id, c.choice_id
 ORDER BY label, c.choice_id;

-- name: products_of_choice
SELECT p.id, p.published ->> 'label' AS label, b.name AS brand, p.sale_price,
       EXISTS (SELECT FROM choice_offers o WHERE o.choice_id = c.choice_id AND o.product_id = c.product_id) AS on_sale
  FROM choice_products c
  JOIN products p ON p.id = c.product_id
  LEFT JOIN brands b ON b.id = p.brand_id
 WHERE c.choice_id = :choice_id AND c.position IS NOT NULL
 ORDER BY c.position;

-- name: brand_directory
SELECT id, name, integration_id, active, weight
  FROM brands
 ORDER BY weight DESC, position;

-- name: segment_directory
SELECT s.id, s.name, b.name AS brand, s.brand_id
  FROM segments s
  LEFT JOIN brands b ON b.id = s.brand_id
 WHERE :brand_id::uuid IS NULL OR s.brand_id = :brand_id
 ORDER BY b.name, s.brand_id, s.name, s.id;

-- name: location_directory
SELECT l.id, l.name, b.name AS brand, l.brand_id, l.store_id, l.removed_at
  FROM locations l
  LEFT JOIN brands b ON b.id = l.brand_id
 WHERE :brand_id::uuid IS NULL OR l.brand_id = :brand_id
 ORDER BY b.name, l.brand_id, l.id;

-- name: describe_brand
SELECT b.id, b.name, b.integration_id, i.name AS integration, b.active, b.weight, b.consolidated,
       b.expiry_days, b.time_zone,
       (SELECT count(*) FROM products p WHERE p.brand_id = b.id) AS products,
       (SELECT count(*) FROM segments s WHERE s.brand_id = b.id) AS segments,
       (SELECT count(*) FROM stores s WHERE s.brand_id = b.id) AS stores,
       (SELECT count(*) FROM locations l WHERE l.brand_id = b.id) AS locations
  FROM brands b
  LEFT JOIN integrations i ON i.id = b.integration_id
 WHERE b.id = :id;

-- name: describe_segment
SELECT s.id, s.name, b.name AS brand, s.brand_id,
       ARRAY(SELECT l.product_id FROM product_segments l
              WHERE l.segment_id = s.id ORDER BY l.product_id) AS product_ids
  FROM segments s
  LEFT JOIN brands b ON b.id = s.brand_id
 WHERE s.id = :id;

-- name: describe_location
SELECT l.id, l.name, b.name AS brand, l.brand_id, l.store_id, l.removed_at,
       ARRAY(SELECT o.user_id FROM user_locations o WHERE o.location_id = l.id) AS bound_users
  FROM locations l
  LEFT JOIN brands b ON b.id = l.brand_id
 WHERE l.id = :id;

-- name: set_location_removed
-- The row stays, as redemptions name it, and so does its mark when the catalogue is imported again.
WITH target AS (
    SELECT id FROM locations WHERE id = :id
), changed_locations AS (
    UPDATE locations l
       SET removed_at = CASE WHEN :removed::boolean THEN now() END
      FROM target m
     WHERE l.id = m.id AND (l.removed_at IS NOT NULL) <> :removed::boolean
    RETURNING l.id, l.brand_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT brand_id, CASE WHEN :removed::boolean THEN 'location.removed' ELSE 'location.restored' END, now(),
           jsonb_build_object('location', id)
      FROM changed_locations
)
SELECT EXISTS (SELECT FROM changed_locations) AS changed FROM target;

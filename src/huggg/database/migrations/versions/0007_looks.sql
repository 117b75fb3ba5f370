-- The caller of each valid access token, with all columns that a permission can depend on. A view, so that a
-- statement about another subject can give the caller as well.
CREATE VIEW callers AS
SELECT t.fingerprint AS token, s.client_id, s.user_id, u.kind, u.team_id, u.role, u.brand_id AS staff_of,
       c.shows_hugggs, coalesce(u.every_location, true) AS every_location,
       ARRAY(SELECT l.location_id FROM user_locations l WHERE l.user_id = u.id) AS location_ids
  FROM tokens t
  JOIN sessions s ON s.id = t.session_id
  JOIN clients c ON c.id = s.client_id
  LEFT JOIN users u ON u.id = s.user_id
  LEFT JOIN client_users a ON a.client_id = s.client_id AND a.user_id = s.user_id
 WHERE t.kind = 'access'
   AND t.expires_at > now()
   AND s.revoked_at IS NULL
   AND c.active
   AND (s.user_id IS NULL OR u.active AND c.logs_in_users AND (c.every_user OR a.user_id IS NOT NULL));

-- The merchants that honour a product: its own, and each that lists it; one that does both is here twice. A view beside
-- the function that says the same, because PostgreSQL takes a view apart with the statement that asks, and enters a
-- function once for each row. The function stays for servers that are replaced one by one, after the database.
CREATE VIEW honouring AS
SELECT id AS product_id, brand_id FROM products
 UNION ALL
SELECT product_id, brand_id FROM brand_products;

-- name: market
-- Everything a purchase depends on, in one look.
WITH day AS (
    SELECT p.id, (now() AT TIME ZONE b.time_zone)::date + coalesce(b.expiry_days, 365) AS last_day,
           b.time_zone
      FROM products p
      JOIN brands b ON b.id = p.brand_id
     WHERE p.id = :product_id AND p.active AND b.active
       AND EXISTS (SELECT FROM brand_products s WHERE s.product_id = p.id)
)
SELECT now() AS now,
       w.id AS wallet_id, w.commitment_id, w.available,
       p.id AS product_id, p.sale_price, p.image_url,
       day.last_day AS expiry_date, last_instant(day.last_day, day.time_zone) AS expires_at,
       ARRAY(SELECT u.id FROM users u WHERE u.id = ANY(:user_ids::uuid[])) AS known_ids,
       ARRAY(SELECT (u.phone_number, u.id) FROM users u
              WHERE u.phone_number = ANY(:phone_numbers::text[])) AS known_phones
  FROM (SELECT 1) AS always
  LEFT JOIN accounts w
         ON w.id = :wallet_id AND w.kind = 'wallet' AND w.team_id = :team_id
  LEFT JOIN day ON true
  LEFT JOIN products p ON p.id = day.id;

-- name: buy
-- The purchase, whole: the wallet pays if it still can, and only then is anything made. With an
-- idempotency key the reservation must still be this attempt's, and the answer is kept with the effect.
WITH reserved AS (
    SELECT 1
      FROM idempotency_keys
     WHERE caller = :key_caller AND key = :key AND attempt = :key_attempt AND status IS NULL
       FOR UPDATE
), paid AS (
    UPDATE accounts
       SET available = available - :retail
     WHERE id = :account_id
       AND available >= :retail
       AND (:key::text IS NULL OR EXISTS (SELECT FROM reserved))
    RETURNING id
), bought AS (
    INSERT INTO transactions (id, sender_id, account_id, product_id, quantity, retail, status, title,
                              message, theme_id, delivery_method, created_at, updated_at)
    SELECT :transaction_id, :sender_id, paid.id, :product_id, :quantity, :retail, 'successful', :title,
           :message, :theme_id, :delivery_method, :now, :now
      FROM paid
), newcomers AS (
    INSERT INTO users (id, kind, name, phone_number, active)
    SELECT n.id, 'customer', '', n.phone_number, false
      FROM paid, unnest(:newcomer_ids::uuid[], :newcomer_phones::text[]) AS n (id, phone_number)
     ORDER BY n.phone_number    -- two purchases for the same strangers wait in one direction only
), made AS (
    INSERT INTO hugggs (id, transaction_id, position, sender_id, receiver_id, product_id, commitment_id,
                        value, codes, message_id, theme_id, expiry_date, expires_at,
                        created_at, updated_at, sent_at)
    SELECT h.id, :transaction_id, h.position, :sender_id, h.receiver_id, :product_id, :commitment_id,
           :value, h.codes, h.message_id, :theme_id, :expiry_date, :expires_at, :now, :now, :now
      FROM paid,
           unnest(:huggg_ids::uuid[], :receiver_ids::uuid[], :codes::bytea[], :message_ids::uuid[])
           WITH ORDINALITY AS h (id, receiver_id, codes, message_id, position)
), findable AS (
    INSERT INTO shortcodes (fingerprint, huggg_id)
    SELECT s.fingerprint, s.huggg_id
      FROM paid, unnest(:fingerprints::bytea[], :huggg_ids::uuid[]) AS s (fingerprint, huggg_id)
), committed AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT t.id, t.huggg_id, paid.id, :commitment_id, :value, 'commit', :now
      FROM paid, unnest(:transfer_ids::uuid[], :huggg_ids::uuid[]) AS t (id, huggg_id)
), noted AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT :transaction_id, 'transaction.successful', :now, :sender_id, :client_id,
           jsonb_build_object('quantity', :quantity::int, 'retail', :retail::bigint)
      FROM paid
), answered AS (
    UPDATE idempotency_keys k
       SET status = :key_status::smallint, answer = :key_answer::bytea, effect_id = :effect_id
      FROM paid
     WHERE k.caller = :key_caller AND k.key = :key
)
SELECT id FROM paid;

-- name: transaction
SELECT id, sender_id, account_id, product_id, quantity, retail, status, title, message, theme_id,
       delivery_method, created_at, updated_at, now() AS now
  FROM transactions
 WHERE id = :id AND sender_id = :sender_id;

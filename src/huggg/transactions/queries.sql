-- name: market
-- Everything a purchase depends on, in one look. What was agreed on before is honoured though it is not
-- sold any more. Days that make no sense come back as the nearest that still make none: those far outside
-- of the calendar could not be told to anybody.
WITH days AS (
    SELECT p.id, b.time_zone, clock.today,
           least(coalesce(:send_date::date, clock.today), clock.today + 366)
           + coalesce(b.expiry_days, 365) AS last_day
      FROM products p
      JOIN brands b ON b.id = p.brand_id
     CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE b.time_zone)::date AS today) AS clock
     WHERE p.id = :product_id
       AND (:agreed::boolean OR EXISTS (SELECT FROM offers o WHERE o.product_id = p.id))
), dated AS (
    SELECT *, CASE WHEN :expiry_date::date IS NULL THEN last_day
                   ELSE greatest(today - 1, least(:expiry_date::date, last_day + 1)) END AS expiry_date
      FROM days
)
SELECT now() AS now,
       w.id AS wallet_id, w.commitment_id, w.available,
       k.id AS card_id, k.customer AS card_customer,
       EXISTS (SELECT FROM cards WHERE id = :token) AS token_is_a_card,
       p.id AS product_id, p.sale_price, p.handling_fee, p.image_url, p.brand_id, b.integration_id,
       i.kind AS issuer_kind, i.pool_id AS issuer_pool_id, i.url AS issuer_url,
       i.secret AS issuer_secret, i.scope_id AS issuer_scope_id, i.valid_days AS issuer_valid_days,
       dated.today, dated.last_day, dated.expiry_date,
       last_instant(dated.expiry_date, dated.time_zone) AS expires_at,
       greatest(now(), :send_date::date::timestamp AT TIME ZONE dated.time_zone) AS sent_at,
       ARRAY(SELECT u.id FROM users u WHERE u.id = ANY(:user_ids::uuid[])) AS known_ids,
       ARRAY(SELECT (u.phone_number, u.id) FROM users u
              WHERE u.phone_number = ANY(:phone_numbers::text[])) AS known_phones
  FROM (SELECT 1) AS always
  LEFT JOIN accounts w
         ON w.id = :wallet_id AND w.kind = 'wallet' AND w.team_id = :team_id
  LEFT JOIN cards k
         ON k.id = :card_id AND k.user_id = :buyer_id AND k.processor = :processor
  LEFT JOIN dated ON true
  LEFT JOIN products p ON p.id = dated.id
  LEFT JOIN brands b ON b.id = p.brand_id
  LEFT JOIN issuers i ON i.scope_id = p.brand_id;

-- name: buy
-- The purchase, whole: only if it is paid for is anything made. A wallet pays if it still can; with an
-- idempotency key the reservation must then still be this attempt's. A card has paid before: whoever gets
-- its payment from intended to charged makes the hugggs, and nobody after. The answer is kept with the
-- effect.
WITH reserved AS (
    SELECT 1
      FROM idempotency_keys
     WHERE caller = :key_caller AND key = :key AND attempt = :key_attempt AND status IS NULL
       FOR UPDATE
), held AS (
    SELECT c.brand_id, c.fingerprint
      FROM codes c
      JOIN unnest(:drawn_hugggs::uuid[], :drawn_fingerprints::bytea[]) AS d (huggg_id, fingerprint)
        ON c.brand_id = :brand_id AND c.fingerprint = d.fingerprint AND c.huggg_id = d.huggg_id
     WHERE c.assigned_at IS NULL
       FOR UPDATE OF c
), by_wallet AS (
    UPDATE accounts
       SET available = available - :retail
     WHERE :payment_id::uuid IS NULL
       AND id = :account_id
       AND available >= :retail
       AND (SELECT count(*) FROM held) = cardinality(:drawn_hugggs::uuid[])
       AND (:key::text IS NULL OR EXISTS (SELECT FROM reserved))
    RETURNING id
), by_card AS (
    UPDATE payments
       SET state = 'charged', charge = :charge, settled_at = :now, plan = NULL
     WHERE id = :payment_id
       AND state = 'intended'
       AND (SELECT count(*) FROM held) = cardinality(:drawn_hugggs::uuid[])
    RETURNING id, fee
), paid AS (
    SELECT id FROM by_wallet
     UNION ALL
    SELECT :account_id FROM by_card
), bought AS (
    INSERT INTO transactions (id, sender_id, team_id, account_id, product_id, quantity, retail, status,
                              title, message, theme_id, delivery_method, claim_limit, tags, created_at, updated_at)
    SELECT :transaction_id, :sender_id, :team_id, paid.id, :product_id, :quantity, :retail, 'successful', :title,
           :message, :theme_id, :delivery_method, :claim_limit, :tags::text[], :now, :now
      FROM paid
), newcomers AS (
    INSERT INTO users (id, kind, name, phone_number, active, unknown_recipient)
    SELECT n.id, 'customer', '', n.phone_number, false, true
      FROM paid, unnest(:newcomer_ids::uuid[], :newcomer_phones::text[]) AS n (id, phone_number)
     ORDER BY n.phone_number    -- two purchases for the same strangers wait in one direction only
), made AS (
    INSERT INTO hugggs (id, transaction_id, position, sender_id, receiver_id, product_id, commitment_id,
                        value, codes, message_id, voucher_id, theme_id, expiry_date, expires_at,
                        created_at, updated_at, sent_at)
    SELECT h.id, :transaction_id, h.position, :sender_id, h.receiver_id, :product_id, :commitment_id,
           :value, h.codes, h.message_id, h.voucher_id, :theme_id, :expiry_date, :expires_at, :now, :now,
           :sent_at
      FROM paid,
           unnest(:huggg_ids::uuid[], :receiver_ids::uuid[], :codes::bytea[], :message_ids::uuid[],
                  :voucher_ids::uuid[])
           WITH ORDINALITY AS h (id, receiver_id, codes, message_id, voucher_id, position)
), vouchered AS (
    INSERT INTO vouchers (huggg_id, id, code, expires_at, created_at, updated_at)
    SELECT v.huggg_id, v.id, v.code, v.expires_at, :now, :now
      FROM paid, unnest(:born_hugggs::uuid[], :born_vouchers::uuid[], :born_codes::bytea[],
                        :born_expiries::timestamptz[]) AS v (huggg_id, id, code, expires_at)
), taken AS (
    UPDATE codes c
       SET assigned_at = :now, lease_until = NULL
      FROM paid, held
     WHERE c.brand_id = held.brand_id AND c.fingerprint = held.fingerprint
), minted AS (
    INSERT INTO codes (brand_id, fingerprint, code, valid_until, huggg_id, assigned_at)
    SELECT :brand_id, m.fingerprint, m.code, m.expires_at, m.huggg_id, :now
      FROM paid, unnest(:minted_hugggs::uuid[], :minted_fingerprints::bytea[], :minted_codes::bytea[],
                        :minted_expiries::timestamptz[]) AS m (huggg_id, fingerprint, code, expires_at)
), told AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT v.huggg_id, 'voucher.generated', :now, :sender_id, :client_id,
           jsonb_build_object('voucher_id', v.id, 'origin', 'purchase')
      FROM paid, unnest(:born_hugggs::uuid[], :born_vouchers::uuid[]) AS v (huggg_id, id)
), intended AS (
    INSERT INTO issuances (huggg_id, id, brand_id, created_at, next_at)
    SELECT i.huggg_id, i.id, :brand_id, :now, :now
      FROM paid, unnest(:intended_hugggs::uuid[], :intended_ids::uuid[]) AS i (huggg_id, id)
), findable AS (
    INSERT INTO shortcodes (fingerprint, huggg_id)
    SELECT s.fingerprint, s.huggg_id
      FROM paid, unnest(:fingerprints::bytea[], :huggg_ids::uuid[]) AS s (fingerprint, huggg_id)
), committed AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT t.id, t.huggg_id, paid.id, :commitment_id, :value, 'commit', :now
      FROM paid, unnest(:transfer_ids::uuid[], :huggg_ids::uuid[]) AS t (id, huggg_id)
), on_top AS (
    INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
    SELECT id, '00000000-0000-0000-0000-000000000000', :account_id,
           '00000000-0000-4000-8000-000000000004', fee, 'fee', :now
      FROM by_card
     WHERE fee > 0
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

-- name: fail
-- A purchase by card that came to nothing, whole: the payment is settled, a transaction says so, and so
-- does the answer, if it was asked for under a key.
WITH settled AS (
    UPDATE payments
       SET state = CASE state WHEN 'intended' THEN 'declined' ELSE 'refunded' END,
           refused = :refused::smallint, reason = :reason, settled_at = now(), plan = NULL
     WHERE id = :payment_id AND state = :state
    RETURNING transaction_id, user_id, team_id, client_id, state, reason, settled_at
), made AS (
    INSERT INTO transactions (id, sender_id, team_id, account_id, product_id, quantity, retail, status,
                              title, message, theme_id, delivery_method, claim_limit, tags, created_at,
                              updated_at)
    SELECT s.transaction_id, s.user_id, s.team_id, :account_id, :product_id, :quantity, :retail, 'failed', :title,
           :message, :theme_id, :delivery_method, :claim_limit, :tags::text[], s.settled_at, s.settled_at
      FROM settled s
), noted AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT transaction_id, 'transaction.failed', settled_at, user_id, client_id,
           jsonb_build_object('payment', state, 'reason', reason)
      FROM settled
), answered AS (
    UPDATE idempotency_keys k
       SET status = :key_status::smallint, answer = :key_answer::bytea, effect_id = :effect_id
      FROM settled
     WHERE k.caller = :key_caller AND k.key = :key
)
SELECT transaction_id FROM settled;

-- name: transaction
-- One's own, or one that a role shows.
SELECT id, sender_id, team_id, account_id, product_id, quantity, retail, status, title, message, theme_id,
       delivery_method, claim_limit, tags, created_at, updated_at
  FROM transactions
 WHERE id = :id
   AND (sender_id = :sender_id OR sees_orders_of(team_id, :own_team, :sees_team, :sees_subteams));

-- name: transactions
-- A page of what a user bought, newest first; ids sort by time.
SELECT id, sender_id, team_id, account_id, product_id, quantity, retail, status, title, message, theme_id,
       delivery_method, claim_limit, tags, created_at, updated_at
  FROM transactions
 WHERE sender_id = :sender_id
 ORDER BY id DESC
 LIMIT :size OFFSET :offset;

-- name: count_transactions
SELECT count(*) AS total
  FROM transactions
 WHERE sender_id = :sender_id;

-- name: huggg_ids
-- In the order of the purchase, from the index alone.
SELECT transaction_id AS id, array_agg(id ORDER BY position) AS huggg_ids
  FROM hugggs
 WHERE transaction_id = ANY(:ids::uuid[])
 GROUP BY transaction_id;

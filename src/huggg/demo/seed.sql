-- name: demo_team
SELECT id FROM teams WHERE id = :id;

-- name: demo_people_erased
SELECT id FROM users WHERE id = ANY(:ids::uuid[]) AND erased_at IS NOT NULL ORDER BY id;

-- name: demo_orders
-- The labels of the buyer's oldest orders.
SELECT *
  FROM order_labels
 WHERE sender_id = :buyer_id AND (sealed_labels IS NOT NULL OR title IS NOT NULL)
 ORDER BY transaction_id
 LIMIT :most;

-- name: demo_hugggs
-- The hugggs of samples.
SELECT h.transaction_id, h.id, h.assigned_at, h.expires_at, now() AS now,
       EXISTS (SELECT FROM redemptions r WHERE r.huggg_id = h.id) AS ever_redeemed,
       h.redemption_id IS NOT NULL AS redeemed
  FROM hugggs h
 WHERE h.transaction_id = ANY(:transaction_ids::uuid[]);

-- name: demo_group
SELECT sealed FROM group_links WHERE transaction_id = :transaction_id;

-- name: today
SELECT (now() AT TIME ZONE 'Europe/London')::date AS today;

-- name: grow_old
-- Moves a huggg's whole life into the past: the one thing that no use case can do.
WITH aged_hugggs AS (
    UPDATE hugggs
       SET created_at = created_at - :days * interval '1 day',
           updated_at = updated_at - :days * interval '1 day',
           sent_at = sent_at - :days * interval '1 day',
           expiry_date = expiry_date - :days::int,
           expires_at = last_instant(expiry_date - :days::int, 'Europe/London')
     WHERE id = :huggg_id
    RETURNING id
)
INSERT INTO events (subject_id, kind, at) SELECT id, 'huggg.aged', now() FROM aged_hugggs;

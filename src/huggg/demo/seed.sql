-- name: demo_team
SELECT id FROM teams WHERE id = :id;

-- name: demo_hugggs
-- The buyer's sample hugggs, by the title of their purchase.
SELECT t.title, h.id, h.assigned_at, h.expires_at, now() AS now,
       EXISTS (SELECT FROM redemptions r WHERE r.huggg_id = h.id) AS ever_redeemed,
       h.redemption_id IS NOT NULL AS redeemed
  FROM transactions t
  JOIN hugggs h ON h.transaction_id = t.id
 WHERE t.sender_id = :buyer_id AND t.title = ANY(:titles::text[]);

-- name: demo_group
-- The link of the buyer's purchase for a group, by its title.
SELECT g.transaction_id, g.sealed
  FROM transactions t
  JOIN group_links g ON g.transaction_id = t.id
 WHERE t.sender_id = :buyer_id AND t.title = :title;

-- name: today
SELECT (now() AT TIME ZONE 'Europe/London')::date AS today;

-- name: grow_old
-- Moves a huggg's whole life into the past: the one thing that no use case can do.
WITH aged AS (
    UPDATE hugggs
       SET created_at = created_at - :days * interval '1 day',
           updated_at = updated_at - :days * interval '1 day',
           sent_at = sent_at - :days * interval '1 day',
           expiry_date = expiry_date - :days::int,
           expires_at = last_instant(expiry_date - :days::int, 'Europe/London')
     WHERE id = :huggg_id
    RETURNING id
)
INSERT INTO events (subject_id, kind, at) SELECT id, 'huggg.aged', now() FROM aged;

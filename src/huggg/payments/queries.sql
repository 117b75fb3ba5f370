-- name: cards
-- A page of the cards that a user can pay with, in the order in which they were added.
SELECT id, brand, last4, exp_month, exp_year, processor, customer, added_at
  FROM cards
 WHERE user_id = :user_id AND (:processor::text IS NULL OR processor = :processor)
   AND (added_at, id) > (:after_at::timestamptz, :after_id::text)
 ORDER BY added_at, id
 LIMIT :size OFFSET :offset;

-- name: count_cards
SELECT count(*) AS total
  FROM cards
 WHERE user_id = :user_id AND processor = :processor;

-- name: add_card
-- A card belongs to one user. Adding the same one again updates the processor's description of it.
WITH owner AS (
    SELECT id FROM users WHERE id = user_named(:username, :username_key)
), added AS (
    INSERT INTO cards AS k (id, user_id, processor, customer, brand, last4, exp_month, exp_year, added_at)
    SELECT :id, owner.id, :processor, :customer, :brand, :last4, :exp_month, :exp_year, now()
      FROM owner
    ON CONFLICT (id) DO UPDATE
       SET customer = excluded.customer, brand = excluded.brand, last4 = excluded.last4,
           exp_month = excluded.exp_month, exp_year = excluded.exp_year
     WHERE k.user_id = excluded.user_id AND k.processor = excluded.processor
    RETURNING id, user_id
), noted AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT user_id, 'card.added', now(), jsonb_build_object('card', id) FROM added
)
SELECT EXISTS (SELECT FROM owner) AS known, EXISTS (SELECT FROM added) AS added;

-- name: remove_card
-- Payments under way carry all that they need of the card.
WITH removed AS (
    DELETE FROM cards WHERE id = :id RETURNING id, user_id
), noted AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT user_id, 'card.removed', now(), jsonb_build_object('card', id) FROM removed
)
SELECT id FROM removed;

-- name: user_named
SELECT id FROM users WHERE id = user_named(:username, :username_key);

-- name: intend
-- Commits to one charge before the processor is called. Under an idempotency key only while the reservation
-- is still this attempt's; from here on the key is bound to this payment, and has no other.
WITH bound AS (
    UPDATE idempotency_keys
       SET bound = true
     WHERE caller = :key_caller AND key = :key AND attempt = :key_attempt AND status IS NULL
    RETURNING 1
), intended AS (
    INSERT INTO payments (id, transaction_id, user_id, team_id, client_id, key_caller, key, processor, card, customer,
                          retail, fee, plan, created_at, next_at)
    SELECT :id, :transaction_id, :user_id, :team_id, :client_id, :key_caller, :key, :processor, :card, :customer,
           :retail, :fee, :plan::text::json, now(), now() + :lease::interval
     WHERE :key::text IS NULL OR EXISTS (SELECT FROM bound)
    RETURNING *
), noted AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT transaction_id, 'payment.intended', created_at, user_id, client_id,
           jsonb_build_object('payment', id, 'amount', retail + fee)
      FROM intended
)
SELECT * FROM intended;

-- name: of_key
-- The payment that was intended under a key, if there is one.
SELECT id
  FROM payments
 WHERE key_caller = :key_caller AND key = :key;

-- name: claim
-- The right to settle a payment, for as long as a lease; no row means that somebody is at it, or was, or
-- that another processor has it.
UPDATE payments
   SET attempts = attempts + 1, next_at = now() + :lease::interval, postponed = false
 WHERE id = :id
   AND processor = :processor
   AND settled_at IS NULL AND given_up_at IS NULL
   AND (next_at <= now() OR postponed)
RETURNING *, now() AS now;

-- name: claim_given_up
-- As above, by a person, of one that nobody asks about any more.
UPDATE payments
   SET attempts = attempts + 1, next_at = now() + :lease::interval, postponed = false
 WHERE id = :id
   AND processor = :processor
   AND settled_at IS NULL AND given_up_at IS NOT NULL AND next_at <= now()
RETURNING *, now() AS now;

-- name: postpone!
UPDATE payments
   SET next_at = now() + :wait::interval, postponed = true
 WHERE id = :id AND settled_at IS NULL;

-- name: due
SELECT id
  FROM payments
 WHERE settled_at IS NULL AND given_up_at IS NULL AND next_at <= now() AND processor = :processor
 ORDER BY next_at
 LIMIT :limit;

-- name: make_due!
-- The processor has news: the reconciler need not wait for the payment's next turn. A process that is at it is
-- left alone.
UPDATE payments
   SET next_at = now()
 WHERE id = :id AND settled_at IS NULL AND given_up_at IS NULL AND postponed;

-- name: decide_refund
-- From here on nothing else can become of it: a purchase is only recorded for an intended payment.
WITH decided AS (
    UPDATE payments
       SET state = 'refunding', charge = :charge, refusal = :refusal, refused = :refused::smallint, reason = :reason
     WHERE id = :id AND state = 'intended'
    RETURNING id, transaction_id, user_id, client_id, reason
), noted AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT transaction_id, 'payment.refunding', now(), user_id, client_id,
           jsonb_build_object('payment', id, 'reason', reason)
      FROM decided
)
SELECT id FROM decided;

-- name: give_up
WITH given_up AS (
    UPDATE payments
       SET given_up_at = now(), next_at = now()
     WHERE id = :id AND settled_at IS NULL AND given_up_at IS NULL
    RETURNING id, transaction_id, given_up_at
), noted AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT transaction_id, 'payment.given_up', given_up_at, jsonb_build_object('payment', id)
      FROM given_up
)
SELECT id FROM given_up;

-- name: unsettled
SELECT id, transaction_id, state, retail + fee AS amount, attempts, created_at, given_up_at
  FROM payments
 WHERE settled_at IS NULL
 ORDER BY created_at;

-- name: payment_lag
-- How long the oldest has been due that nobody settled, except those that are left to a person.
SELECT coalesce(extract(epoch FROM now() - min(next_at)), 0)::float8 AS seconds
  FROM payments
 WHERE settled_at IS NULL AND given_up_at IS NULL AND next_at <= now();

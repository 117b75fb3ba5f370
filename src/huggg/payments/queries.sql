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
WITH new_card AS (
    INSERT INTO cards AS k (id, user_id, processor, customer, brand, last4, exp_month, exp_year, added_at)
    VALUES (:id, :user_id, :processor, :customer, :brand, :last4, :exp_month, :exp_year, now())
    ON CONFLICT (id) DO UPDATE
       SET customer = excluded.customer, brand = excluded.brand, last4 = excluded.last4,
           exp_month = excluded.exp_month, exp_year = excluded.exp_year
     WHERE k.user_id = excluded.user_id AND k.processor = excluded.processor
    RETURNING id, user_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT user_id, 'card.added', now(), jsonb_build_object('card', id) FROM new_card
)
SELECT id FROM new_card;

-- name: remove_card
-- Payments under way carry all that they need of the card.
WITH removed_card AS (
    DELETE FROM cards WHERE id = :id RETURNING id, user_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT user_id, 'card.removed', now(), jsonb_build_object('card', id) FROM removed_card
)
SELECT id FROM removed_card;

-- name: intend
-- Commits to one charge before the processor is called, and to settling it: the job is leased to this attempt, and
-- another takes it up once the lease ends. Under an idempotency key only while it is still this attempt's; from here
-- on the key is bound to this payment, and has no other. A buyer who was erased meanwhile buys nothing: the plan would not open.
WITH held_key AS MATERIALIZED (
    SELECT FROM person_keys WHERE person_id = :user_id::uuid FOR KEY SHARE
), bound_keys AS (
    UPDATE idempotency_keys
       SET bound = true
     WHERE caller = :key_caller AND key = :key AND attempt = :key_attempt AND status IS NULL
    RETURNING 1
), new_payment AS (
    INSERT INTO payments (id, transaction_id, user_id, team_id, client_id, key_caller, key, processor, card, customer,
                          retail, fee, sealed_plan, created_at, next_at)
    SELECT :id, :transaction_id, :user_id, :team_id, :client_id, :key_caller, :key, :processor, :card, :customer,
           :retail, :fee, :sealed_plan::bytea, now(), 'infinity'
     WHERE EXISTS (SELECT FROM held_key) AND (:key::text IS NULL OR EXISTS (SELECT FROM bound_keys))
    RETURNING *
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT transaction_id, 'payment.intended', created_at, user_id, client_id,
           jsonb_build_object('payment', id, 'amount', retail + fee)
      FROM new_payment
), new_job AS (
    INSERT INTO jobs (kind, subject_id, customer_id, payload, due_at, attempts, lease_id, lease_until)
    SELECT 'payment.settle', id, coalesce(team_id, user_id), jsonb_build_object('processor', processor),
           created_at, 1, :lease_id, created_at + :lease::interval
      FROM new_payment
)
SELECT i.*, k.key AS buyer_key
  FROM new_payment i
  LEFT JOIN person_keys k ON k.person_id = i.user_id;

-- name: of_key
-- The payment that was intended under a key, if there is one.
SELECT id
  FROM payments
 WHERE key_caller = :key_caller AND key = :key;

-- name: lease_payment
-- The right to settle a payment, for as long as a lease of its job; no row means that it is settled, that another
-- attempt is under way, or that another processor has it. One that was given up is left to an operator.
WITH open_payment AS (
    SELECT id, coalesce(team_id, user_id) AS customer_id, processor
      FROM payments
     WHERE id = :id
       AND processor = :processor
       AND settled_at IS NULL
       AND (given_up_at IS NULL OR :by_operator::boolean)
       AND (next_at = 'infinity' OR next_at <= now() OR postponed)      -- else an older server is at it
), job_lease AS (
    INSERT INTO jobs AS j (kind, subject_id, customer_id, payload, due_at, attempts, lease_id, lease_until)
    SELECT 'payment.settle', id, customer_id, jsonb_build_object('processor', processor),
           now(), 1, :lease_id, now() + :lease::interval
      FROM open_payment
    ON CONFLICT (kind, subject_id) DO UPDATE
       SET attempts = j.attempts + 1, lease_id = excluded.lease_id, lease_until = excluded.lease_until, dead_at = NULL
     WHERE (j.lease_until IS NULL OR j.lease_until <= now())
       AND (j.dead_at IS NULL OR :by_operator)
    RETURNING kind, subject_id, customer_id, payload, attempts, lease_id
)
SELECT * FROM job_lease;

-- name: unsettled_payment
SELECT p.*, k.key AS buyer_key, now() AS now
  FROM payments p
  LEFT JOIN person_keys k ON k.person_id = p.user_id
 WHERE p.id = :id AND p.settled_at IS NULL;

-- name: adopt_payments!
-- Gives the payments of older servers their jobs, due when an older server would have let another take them up.
WITH older AS (
    SELECT id, next_at
      FROM payments
     WHERE settled_at IS NULL AND given_up_at IS NULL AND next_at < 'infinity'
), adopted_payments AS (
    UPDATE payments p
       SET next_at = 'infinity'
      FROM older o
     WHERE p.id = o.id
    RETURNING p.id, coalesce(p.team_id, p.user_id) AS customer_id, p.processor, o.next_at AS due_at
)
INSERT INTO jobs (kind, subject_id, customer_id, payload, due_at)
SELECT 'payment.settle', id, customer_id, jsonb_build_object('processor', processor), due_at
  FROM adopted_payments
ON CONFLICT (kind, subject_id) DO NOTHING;

-- name: decide_refund
-- Turns a payment to *refunding*. No purchase can be recorded for it any more, because that needs an intended payment.
WITH decided_payment AS (
    UPDATE payments
       SET state = 'refunding', charge = :charge, refusal = :refusal, reason = :reason
     WHERE id = :id AND state = 'intended'
    RETURNING id, transaction_id, user_id, client_id, reason
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT transaction_id, 'payment.refunding', now(), user_id, client_id,
           jsonb_build_object('payment', id, 'reason', reason)
      FROM decided_payment
)
SELECT id FROM decided_payment;

-- name: unsettled_refund
-- A part of a charge that is to go back, with the charge that it is a part of.
SELECT r.id, r.amount, r.created_at, y.id AS payment_id, y.charge, now() AS now
  FROM refunds r
  JOIN payments y ON y.id = r.payment_id
 WHERE r.id = :id AND r.settled_at IS NULL;

-- name: settle_refund
WITH settled_refund AS (
    UPDATE refunds
       SET settled_at = now()
     WHERE id = :id AND settled_at IS NULL
    RETURNING id, payment_id, amount, settled_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT y.transaction_id, 'refund.made', s.settled_at,
           jsonb_build_object('refund', s.id, 'payment', s.payment_id, 'amount', s.amount)
      FROM settled_refund s
      JOIN payments y ON y.id = s.payment_id
)
SELECT id FROM settled_refund;

-- name: give_up
WITH given_up_payment AS (
    UPDATE payments
       SET given_up_at = now()
     WHERE id = :id AND settled_at IS NULL AND given_up_at IS NULL
    RETURNING id, transaction_id, given_up_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT transaction_id, 'payment.given_up', given_up_at, jsonb_build_object('payment', id)
      FROM given_up_payment
)
SELECT id FROM given_up_payment;

-- name: unsettled
SELECT p.id, p.transaction_id, p.state, p.retail + p.fee AS amount, coalesce(j.attempts, 0) AS attempts, p.created_at,
       p.given_up_at
  FROM payments p
  LEFT JOIN jobs j ON j.kind = 'payment.settle' AND j.subject_id = p.id
 WHERE p.settled_at IS NULL
 ORDER BY p.created_at;

-- Cards, payments by card, and the further options of a purchase.

-- The fee of a card buyer on top of the retail price, in pence; a product without one costs no fee.
ALTER TABLE products ADD COLUMN handling_fee bigint NOT NULL CHECK (handling_fee >= 0)
    GENERATED ALWAYS AS (CASE json_typeof(published -> 'handling_fee')
                         WHEN 'number'
                         THEN greatest(0, least(100000000, trunc((published ->> 'handling_fee')::numeric)))::bigint
                         ELSE 0 END) STORED;

-- A recipient of whom only the number is known that a huggg was sent to.
ALTER TABLE users ADD COLUMN unknown_recipient boolean NOT NULL DEFAULT false;

ALTER TABLE transactions
    ADD COLUMN claim_limit integer CHECK (claim_limit BETWEEN 1 AND quantity),  -- the most hugggs that one person may claim
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}';    -- the caller's words for it; the first API took some

-- Money -----------------------------------------------------------------------------------------

ALTER TABLE accounts DROP CONSTRAINT accounts_kind_check;
ALTER TABLE accounts ADD CONSTRAINT accounts_kind_check
    CHECK (kind IN ('funding', 'wallet', 'commitment', 'merchant', 'fees'));

-- Money of cards comes from the first, waits in the second for its hugggs to be spent, and the fee that is paid
-- on top of their value arrives in the third.
INSERT INTO accounts (id, kind, name)
VALUES ('00000000-0000-4000-8000-000000000002', 'funding', 'Paid by card'),
       ('00000000-0000-4000-8000-000000000003', 'commitment', 'Paid by card'),
       ('00000000-0000-4000-8000-000000000004', 'fees', 'Handling fees');

-- A fee is about a purchase; its transfer carries the payment's id, so that there can be only one.
ALTER TABLE transfers DROP CONSTRAINT transfers_kind_check, DROP CONSTRAINT transfers_check1;
ALTER TABLE transfers
    ADD CONSTRAINT transfers_kind_check CHECK (kind IN ('fund', 'commit', 'post', 'unpost', 'void', 'fee')),
    ADD CONSTRAINT transfers_about_a_huggg
        CHECK ((kind IN ('fund', 'fee')) = (huggg_id = '00000000-0000-0000-0000-000000000000'));

-- Cards -----------------------------------------------------------------------------------------

-- A card as its processor knows it. Its number never comes here; a reference opens nothing without the
-- processor's key.
CREATE TABLE cards (
    id          text PRIMARY KEY,      -- the processor's reference, published as it is
    user_id     uuid NOT NULL REFERENCES users,
    processor   text NOT NULL,
    customer    text,                  -- the processor's customer that owns it
    brand       text NOT NULL,
    last4       text NOT NULL CHECK (last4 ~ '^[0-9]{4}$'),
    exp_month   smallint NOT NULL CHECK (exp_month BETWEEN 1 AND 12),
    exp_year    smallint NOT NULL CHECK (exp_year BETWEEN 2000 AND 9999),
    added_at    timestamptz NOT NULL
);
CREATE INDEX cards_by_user ON cards (user_id, added_at, id);               -- GET /cards

-- A purchase by card, committed before the processor is called. The id is the key of every call
-- about it, so that asking again can never mean a second charge.
--
-- intended: the outcome of the charge is unknown. refunding: charged, and to be given back.
-- charged, declined, refunded: settled.
CREATE TABLE payments (
    id              uuid PRIMARY KEY,
    transaction_id  uuid NOT NULL UNIQUE,        -- the purchase it becomes, successful or failed
    user_id         uuid NOT NULL,
    client_id       text NOT NULL,
    key_caller      text,                        -- the owner of the idempotency key it was asked for under …
    key             text,                        -- … if under one: that key never means another payment
    processor       text NOT NULL,
    card            text NOT NULL,               -- the processor's reference, of a card or of a one-off token
    customer        text,
    retail          bigint NOT NULL CHECK (retail > 0),        -- pence: the value of the hugggs …
    fee             bigint NOT NULL CHECK (fee >= 0),          -- … and the fee on top
    state           text NOT NULL DEFAULT 'intended'
                    CHECK (state IN ('intended', 'refunding', 'charged', 'declined', 'refunded')),
    plan            json,                        -- all that finishing it needs; gone once it is settled
    charge          text,                        -- the processor's name for the charge
    refused         smallint,                    -- the status that answers a failed purchase …
    reason          text,                        -- … and why
    created_at      timestamptz NOT NULL,
    attempts        integer NOT NULL DEFAULT 1,
    next_at         timestamptz NOT NULL,        -- when it is due, or when the lease on it ends
    postponed       boolean NOT NULL DEFAULT false,            -- no attempt is under way
    given_up_at     timestamptz,                 -- too old for a look-up by its key: left to an operator
    settled_at      timestamptz,
    UNIQUE (key_caller, key),
    CHECK ((key IS NULL) = (key_caller IS NULL)),
    CHECK ((settled_at IS NULL) = (state IN ('intended', 'refunding'))),
    CHECK ((settled_at IS NULL) = (plan IS NOT NULL)),
    CHECK (state = 'intended' OR state = 'declined' OR charge IS NOT NULL),
    CONSTRAINT only_what_failed_has_a_reason  -- so a charge that is to be refunded cannot become hugggs either
        CHECK ((state IN ('refunding', 'declined', 'refunded')) = (refused IS NOT NULL AND reason IS NOT NULL))
);
CREATE INDEX payments_due ON payments (next_at) WHERE settled_at IS NULL AND given_up_at IS NULL;  -- the reconciler

-- `bound` is a key under which an outside service was called: no attempt frees the key or keeps a refusal under
-- it, because only the outcome of that call can be its answer.
ALTER TABLE idempotency_keys ADD COLUMN bound boolean NOT NULL DEFAULT false;

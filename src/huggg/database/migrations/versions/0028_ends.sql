-- The end of a huggg that is not redeemed, and the way of its value. A worker notes the expiry after the last instant;
-- `returns_at` is the moment from which the value is due to its buyer, null where it stays; `returned_at` is when it went.
-- A huggg of a scheduled purchase awaits its sending, which a worker notes once.
ALTER TABLE hugggs
    ADD COLUMN IF NOT EXISTS awaits_sending boolean,
    ADD COLUMN IF NOT EXISTS expired_at timestamptz,
    ADD COLUMN IF NOT EXISTS returns_at timestamptz,
    ADD COLUMN IF NOT EXISTS returned_at timestamptz;
CREATE INDEX IF NOT EXISTS hugggs_to_expire ON hugggs (expires_at, id)
 WHERE redemption_id IS NULL AND cancelled_at IS NULL AND expired_at IS NULL;                                   -- expired
CREATE INDEX IF NOT EXISTS hugggs_to_return ON hugggs (returns_at, id)
 WHERE returns_at IS NOT NULL AND returned_at IS NULL;                                                       -- returnable
CREATE INDEX IF NOT EXISTS hugggs_to_send ON hugggs (sent_at, id) WHERE awaits_sending;                            -- send

-- Whether the value of a huggg that ends returns to its buyer, and how many days later; null for every team or brand.
-- Of several policies that match, the most precise one holds, and a team's before a brand's.
CREATE TABLE refund_policies (
    team_id     uuid REFERENCES teams (id),
    brand_id    uuid REFERENCES brands (id),
    after_days  integer CHECK (after_days BETWEEN 0 AND 3650),       -- null: never
    UNIQUE NULLS NOT DISTINCT (team_id, brand_id)
);

-- Parts of a card's charge that go back to the card. The id is the key of the call to the processor.
CREATE TABLE refunds (
    id          uuid PRIMARY KEY,
    payment_id  uuid NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    created_at  timestamptz NOT NULL,
    settled_at  timestamptz
);
CREATE INDEX refunds_by_payment ON refunds (payment_id);                                                           -- doctor

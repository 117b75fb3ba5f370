-- Holds: a till keeps a huggg to itself for some minutes, and confirms or reverses. The hold that stands is on the huggg's
-- own row, so that each change of the huggg checks it under the lock that it takes anyway.
ALTER TABLE hugggs ADD COLUMN hold_id uuid,
                   ADD COLUMN held_until timestamptz;
ALTER TABLE hugggs
    ADD CONSTRAINT a_hold_has_an_end CHECK ((hold_id IS NULL) = (held_until IS NULL)) NOT VALID,
    -- A server of an older release knows no holds; this keeps it from spending a held huggg.
    ADD CONSTRAINT nothing_is_spent_while_held
        CHECK (redemption_id IS NULL OR held_until IS NULL OR held_until <= updated_at) NOT VALID;

CREATE TABLE holds (
    huggg_id    uuid NOT NULL,
    id          uuid NOT NULL,
    brand_id    uuid NOT NULL,
    location_id text NOT NULL,
    user_id     uuid,
    client_id   text NOT NULL,
    reference   text,                       -- the till's own
    created_at  timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,       -- it lapses
    reversed_at timestamptz,                -- the till gave it up; a confirmed hold is that of a redemption
    PRIMARY KEY (huggg_id, id),
    CHECK (ends_at > created_at)
);

-- The facts about the sale that a till may send with a redemption, and the hold that the redemption confirmed.
ALTER TABLE redemptions ADD COLUMN IF NOT EXISTS hold_id uuid,
                        ADD COLUMN IF NOT EXISTS sale_reference text,
                        ADD COLUMN IF NOT EXISTS receipt_number text,
                        ADD COLUMN staff text,
                        ADD COLUMN rung_up bigint;          -- pence
ALTER TABLE redemptions ADD CONSTRAINT no_sale_is_below_nothing CHECK (rung_up >= 0) NOT VALID;
CREATE UNIQUE INDEX IF NOT EXISTS one_redemption_a_hold ON redemptions (huggg_id, hold_id)
 WHERE hold_id IS NOT NULL;                                                                 -- confirm: gather, record
CREATE INDEX IF NOT EXISTS redemptions_by_brand ON redemptions (brand_id, created_at, id);   -- a merchant's list
CREATE INDEX IF NOT EXISTS redemptions_by_reference ON redemptions (brand_id, lower(sale_reference))
 WHERE sale_reference IS NOT NULL;                                                          -- the same, searched
CREATE INDEX IF NOT EXISTS redemptions_by_receipt ON redemptions (brand_id, lower(receipt_number))
 WHERE receipt_number IS NOT NULL;                                                          -- likewise

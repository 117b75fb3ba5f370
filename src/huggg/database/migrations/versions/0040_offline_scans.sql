-- Scans that devices accepted without the server. Each is a redemption under its own id, or a conflict, which has a reason
-- and waits to be settled.
CREATE TABLE offline_scans (
    huggg_id    uuid NOT NULL,
    id          uuid NOT NULL,
    brand_id    uuid NOT NULL,
    location_id text NOT NULL,
    device_id   uuid NOT NULL,                 -- or the user of an ePOS
    user_id     uuid,
    client_id   text NOT NULL,
    value       bigint NOT NULL,
    sale        jsonb NOT NULL,
    scanned_at  timestamptz NOT NULL,          -- by the device's clock
    arrived_at  timestamptz NOT NULL,
    reason      text,
    losses      text NOT NULL CHECK (losses IN ('merchant', 'platform')),
    settlement  text CHECK (settlement IN ('redeemed', 'merchant', 'platform')),
    settled_at  timestamptz,
    settled_by  text,
    note        text,
    PRIMARY KEY (huggg_id, id),
    CONSTRAINT a_settlement_is_of_a_conflict_and_has_a_note
        CHECK ((settlement IS NULL) = (settled_at IS NULL) AND (settlement IS NULL) = (note IS NULL)
               AND (settlement IS NULL OR reason IS NOT NULL))
);
CREATE INDEX offline_scans_by_id ON offline_scans (id);                               -- settling
CREATE INDEX offline_scans_by_device ON offline_scans (device_id, arrived_at);        -- the allowance of a device
CREATE INDEX offline_conflicts ON offline_scans (brand_id, arrived_at) WHERE reason IS NOT NULL AND settled_at IS NULL;

-- The number of scans of a device that were taken in, so that two scans that arrive together are judged in turn.
CREATE TABLE offline_turns (
    device_id uuid PRIMARY KEY,
    scans     bigint NOT NULL
);

-- The platform's account for losses that it bears: it pays the merchant of a conflict.
INSERT INTO accounts (id, kind, name)
VALUES ('00000000-0000-4000-8000-000000000005', 'funding', 'Losses offline');

-- Not validated: a row that kept the narrower check keeps this, and looking at each of very many would keep all
-- redemptions waiting.
ALTER TABLE transfers
    DROP CONSTRAINT transfers_kind_check,
    ADD CONSTRAINT transfers_kind_check
        CHECK (kind IN ('fund', 'commit', 'post', 'unpost', 'void', 'fee', 'correct', 'settle')) NOT VALID;

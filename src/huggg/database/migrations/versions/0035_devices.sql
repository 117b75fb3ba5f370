-- Devices: browsers in which staff use the till page. A manager invites one at a location; the browser that enters the
-- pairing code becomes it. The code is kept as a fingerprint, until it is spent or the device is revoked.
CREATE TABLE devices (
    id               uuid PRIMARY KEY,
    brand_id         uuid NOT NULL REFERENCES brands (id),
    location_id      text NOT NULL REFERENCES locations (id),
    name             text NOT NULL,
    code_fingerprint bytea,
    code_ends_at     timestamptz NOT NULL,
    invited_at       timestamptz NOT NULL,
    paired_at        timestamptz,
    seen_at          timestamptz,               -- within a minute
    revoked_at       timestamptz,
    CONSTRAINT a_paired_device_was_seen CHECK ((paired_at IS NULL) = (seen_at IS NULL)),
    CONSTRAINT a_pairing_code_is_spent_once
        CHECK (code_fingerprint IS NULL OR paired_at IS NULL AND revoked_at IS NULL)
);
CREATE UNIQUE INDEX devices_by_code ON devices (code_fingerprint);      -- pairing
CREATE INDEX devices_by_brand ON devices (brand_id, id);                -- a manager's list

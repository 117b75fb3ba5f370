-- The pass of a huggg for one kind of wallet. After a move the new link has a pass of its own: `sequence` counts the moves
-- before it.
CREATE TABLE passes (
    id             uuid PRIMARY KEY,
    huggg_id       uuid NOT NULL,
    customer_id    uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('apple', 'google')),
    sequence       integer NOT NULL,
    language       text NOT NULL,
    token          bytea NOT NULL,
    changed_at     timestamptz NOT NULL,
    change_number  bigint NOT NULL DEFAULT 0,
    UNIQUE (huggg_id, kind, sequence)
);

-- Numbers the changes of passes in the order in which phones may hear of them.
CREATE SEQUENCE pass_changes;

-- The phones that want news of a pass.
CREATE TABLE pass_devices (
    pass_id     uuid NOT NULL,
    device_id   text NOT NULL,
    push_token  text NOT NULL,
    PRIMARY KEY (pass_id, device_id)
);

-- Serves `changed_passes`: the passes on one phone.
CREATE INDEX pass_devices_of_device ON pass_devices (device_id);

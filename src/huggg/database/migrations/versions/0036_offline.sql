-- The allowance of each device of a brand without the server; a brand without a row has no offline scans.
CREATE TABLE offline_rules (
    brand_id uuid PRIMARY KEY,
    scans    integer NOT NULL,
    value    bigint NOT NULL,
    hours    integer NOT NULL,
    losses   text NOT NULL CHECK (losses IN ('merchant', 'platform')),
    CONSTRAINT an_offline_rule_allows_something CHECK (scans > 0 AND value > 0 AND hours > 0)
);

-- The offline codes that holders were shown: a till without a network may be asked to accept one until it ends.
CREATE TABLE offline_codes (
    huggg_id uuid NOT NULL,
    sequence smallint NOT NULL,
    ends_at  timestamptz NOT NULL,
    PRIMARY KEY (huggg_id, sequence)
);

-- Serves `revoked`, and the chore that forgets codes whose end has come.
CREATE INDEX offline_codes_by_end ON offline_codes (ends_at);

-- Where voucher codes come from: issuers, pools of pre-loaded codes, and requests to outside services.

-- A program that shows hugggs to the holders of their links: a brand's app, our own page.
ALTER TABLE clients ADD COLUMN shows_hugggs boolean NOT NULL DEFAULT false;

INSERT INTO integrations (id, name) VALUES (7, 'On-demand e-gift card');

-- The issuer of a brand's codes, or of one segment's; the segment's own wins. Where there is no row, the
-- integration's default holds.
CREATE TABLE issuers (
    scope_id    uuid PRIMARY KEY,      -- a brand's id, or a segment's
    brand_id    uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('pool', 'minted', 'http')),
    pool_id     uuid,                  -- pool: the segment whose codes are drawn when none is asked for
    url         text,                  -- http: the address of the issuing service …
    secret      bytea,                 -- … and, sealed, the key that signs the requests
    valid_days  integer CHECK (valid_days > 0),   -- minted: null, as long as the huggg
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'http') = (url IS NOT NULL)),
    CHECK ((kind = 'http') = (secret IS NOT NULL)),
    CHECK (kind = 'pool' OR pool_id IS NULL)
);

-- A segment's store of codes.
CREATE TABLE pools (
    segment_id    uuid PRIMARY KEY,
    brand_id      uuid NOT NULL,
    low_water     integer NOT NULL DEFAULT 100 CHECK (low_water >= 0),
    low_noted_at  timestamptz          -- said already; cleared when codes come in
);

-- One imported file.
CREATE TABLE batches (
    id          uuid PRIMARY KEY,
    segment_id  uuid NOT NULL REFERENCES pools,
    size        bigint NOT NULL CHECK (size > 0),  -- codes taken in
    created_at  timestamptz NOT NULL
);
CREATE INDEX batches_by_segment ON batches (segment_id, created_at);       -- huggg codes status

-- Every code we know of that is not a huggg's own: waiting in a pool, or issued for one huggg. It is
-- found by its fingerprint and belongs to one huggg for ever once assigned.
--
-- free: no huggg. reserved: a huggg and a lease. assigned: a huggg and no lease. withdrawn: no huggg.
CREATE TABLE codes (
    brand_id      uuid NOT NULL,
    fingerprint   bytea NOT NULL,
    segment_id    uuid,
    batch_id      uuid,                -- null: issued, never in a pool
    code          bytea NOT NULL,      -- sealed to brand and fingerprint
    valid_until   timestamptz NOT NULL DEFAULT 'infinity',
    huggg_id      uuid,
    lease_until   timestamptz,         -- reserved: until when the drawer may still assign it
    assigned_at   timestamptz,
    withdrawn_at  timestamptz,
    PRIMARY KEY (brand_id, fingerprint),
    CHECK (num_nonnulls(lease_until, assigned_at, withdrawn_at) <= 1),
    CHECK ((huggg_id IS NULL) = (lease_until IS NULL AND assigned_at IS NULL))
);
-- Drawing: the codes of a segment without a final owner, soonest to expire first. No third column:
-- an import adds a million equal keys, which cost next to nothing.
CREATE INDEX codes_to_draw ON codes (segment_id, valid_until) WHERE assigned_at IS NULL AND withdrawn_at IS NULL;
-- A huggg gets one code, however many draw for it at once.
CREATE UNIQUE INDEX one_code_a_huggg ON codes (brand_id, huggg_id) WHERE huggg_id IS NOT NULL;

-- Reservations whose drawer died: the sweeper frees them.
CREATE INDEX codes_reserved ON codes (lease_until) WHERE lease_until IS NOT NULL;

-- Requests to an issuing service, committed before the service is called. The id is the key of every call
-- about this huggg, so that asking again can never mean a second code.
CREATE TABLE issuances (
    huggg_id      uuid PRIMARY KEY,
    id            uuid NOT NULL,
    brand_id      uuid NOT NULL,
    segment_id    uuid,
    created_at    timestamptz NOT NULL,
    attempts      integer NOT NULL DEFAULT 0,
    next_at       timestamptz NOT NULL,  -- when it is due, or when the lease on it ends
    postponed     boolean NOT NULL DEFAULT false,   -- no attempt is under way
    settled_at    timestamptz,
    refused       text                   -- the service said no, and why; asked again now and then
);
CREATE INDEX issuances_due ON issuances (next_at) WHERE settled_at IS NULL;      -- the reconciler

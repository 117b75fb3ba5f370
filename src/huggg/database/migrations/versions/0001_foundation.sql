-- The foundation: callers, the catalogue, accounts of money, and the huggg from purchase to
-- redemption.
--
-- Two kinds of table live here. The small ones (people, catalogue, accounts) use foreign keys. The
-- big ones (hugggs, redemptions, transfers, events) carry the huggg's id in every key and no foreign
-- key at all, so that they can one day be spread over machines by it; `huggg doctor` asks the
-- questions that a foreign key would have answered.

-- People and programs ---------------------------------------------------------------------------

CREATE TABLE teams (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('customer', 'merchant', 'operator')),
    name            text NOT NULL,
    username        text UNIQUE,
    password_hash   text,
    phone_number    text UNIQUE,      -- E.164; a recipient may be known by nothing else
    team_id         uuid REFERENCES teams,
    brand_id        uuid,             -- the merchant a till user acts for
    every_location  boolean NOT NULL DEFAULT true,
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((username IS NULL) = (password_hash IS NULL)),
    CHECK ((kind = 'merchant') = (brand_id IS NOT NULL))
);

CREATE TABLE clients (
    id                  text PRIMARY KEY,
    name                text NOT NULL,
    secret_fingerprint  bytea NOT NULL,
    logs_in_users       boolean NOT NULL DEFAULT true,
    every_user          boolean NOT NULL DEFAULT true,   -- false: only those in client_users
    active              boolean NOT NULL DEFAULT true,
    created_at          timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE client_users (
    client_id  text REFERENCES clients,
    user_id    uuid REFERENCES users,
    PRIMARY KEY (client_id, user_id)
);

-- One login, by a client alone or by a client for a user. Revoking it ends all of its tokens.
CREATE TABLE sessions (
    id          uuid PRIMARY KEY,
    client_id   text NOT NULL REFERENCES clients,
    user_id     uuid REFERENCES users,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,   -- no refresh outlives it
    revoked_at  timestamptz
);

CREATE TABLE tokens (
    fingerprint  bytea PRIMARY KEY,
    session_id   uuid NOT NULL REFERENCES sessions,
    kind         text NOT NULL CHECK (kind IN ('access', 'refresh')),
    expires_at   timestamptz NOT NULL,
    spent_at     timestamptz,           -- refresh only: when it was exchanged …
    successor    bytea,                 -- … and, sealed, the tokens it bought: a lost answer may be asked for again
    CHECK ((spent_at IS NULL) = (successor IS NULL)),
    CHECK (kind = 'refresh' OR spent_at IS NULL)
);

-- The catalogue: brands, products and stores ----------------------------------------------------
--
-- Brands, products and stores are kept as the published document they came in, because clients get
-- it back key for key; the columns that rules and queries need are generated from it, so there is
-- one truth and no copy to keep in step.

CREATE TABLE integrations (
    id    integer PRIMARY KEY,
    name  text NOT NULL
);
INSERT INTO integrations (id, name) VALUES
    (1, 'EagleEye code'), (2, 'Store PIN'), (3, 'EagleEye QR'),
    (4, 'Voucher pool'), (5, 'ePOS QR'), (6, 'ePOS barcode');

CREATE TABLE brands (
    published       json NOT NULL,
    id              uuid GENERATED ALWAYS AS ((published ->> 'id')::uuid) STORED PRIMARY KEY,
    name            text NOT NULL GENERATED ALWAYS AS (published ->> 'name') STORED,
    weight          integer NOT NULL GENERATED ALWAYS AS ((published ->> 'weight')::integer) STORED,
    consolidated    boolean NOT NULL GENERATED ALWAYS AS ((published ->> 'consolidated')::integer = 1) STORED,
    active          boolean NOT NULL GENERATED ALWAYS AS (published ->> 'deleted_at' IS NULL) STORED,
    expiry_days     integer GENERATED ALWAYS AS ((published ->> 'expiry')::integer) STORED,
    integration_id  integer GENERATED ALWAYS AS ((published ->> 'integration_id')::integer) STORED,
    time_zone       text NOT NULL DEFAULT 'Europe/London',   -- in which its last days end
    position        bigint NOT NULL                          -- breaks ties of weight, as imported
);
CREATE INDEX brands_in_order ON brands (weight DESC, position) WHERE active;   -- GET /brands

CREATE TABLE products (
    published   json NOT NULL,
    id          uuid GENERATED ALWAYS AS ((published ->> 'id')::uuid) STORED PRIMARY KEY,
    brand_id    uuid NOT NULL GENERATED ALWAYS AS ((published ->> 'brand_id')::uuid) STORED,
    sale_price  bigint NOT NULL CHECK (sale_price >= 0)
                GENERATED ALWAYS AS ((published ->> 'sale_price')::bigint) STORED,    -- pence
    active      boolean NOT NULL GENERATED ALWAYS AS ((published ->> 'active')::integer = 1) STORED,
    on_app      boolean GENERATED ALWAYS AS ((published ->> 'on_app')::integer = 1) STORED,
    on_imessage boolean GENERATED ALWAYS AS ((published ->> 'on_imessage')::integer = 1) STORED,
    image_url   text GENERATED ALWAYS AS (published ->> 'image_url') STORED
);

CREATE TABLE stores (
    published  json NOT NULL,
    id         uuid GENERATED ALWAYS AS ((published ->> 'id')::uuid) STORED PRIMARY KEY,
    brand_id   uuid NOT NULL GENERATED ALWAYS AS ((published ->> 'brand_id')::uuid) STORED
);

-- The products of a brand: its own, and the consolidated ones it honours.
CREATE TABLE brand_products (
    brand_id      uuid NOT NULL REFERENCES brands,
    product_id    uuid NOT NULL REFERENCES products,
    consolidated  boolean NOT NULL,
    position      integer NOT NULL,
    PRIMARY KEY (brand_id, product_id, consolidated)
);
CREATE INDEX brand_products_by_product ON brand_products (product_id);     -- the brands that honour a product

-- The stores of a brand. A consolidated brand's stores are embedded even where its published list
-- is blank; `listed` tells the two apart.
CREATE TABLE brand_stores (
    brand_id  uuid NOT NULL REFERENCES brands,
    store_id  uuid NOT NULL REFERENCES stores,
    position  integer NOT NULL,
    listed    boolean NOT NULL,
    PRIMARY KEY (brand_id, store_id)
);

-- Where a redemption happens, by the id that was handed to the merchant ('bristol17').
CREATE TABLE locations (
    id        text PRIMARY KEY,
    brand_id  uuid NOT NULL REFERENCES brands,
    store_id  uuid REFERENCES stores,
    name      text NOT NULL
);

ALTER TABLE users ADD FOREIGN KEY (brand_id) REFERENCES brands;

CREATE TABLE user_locations (
    user_id      uuid REFERENCES users,
    location_id  text REFERENCES locations,
    PRIMARY KEY (user_id, location_id)
);

CREATE TABLE segments (
    id        uuid PRIMARY KEY,
    brand_id  uuid NOT NULL REFERENCES brands,
    name      text NOT NULL
);

CREATE TABLE product_segments (
    product_id  uuid REFERENCES products,
    segment_id  uuid REFERENCES segments,
    position    integer NOT NULL,
    PRIMARY KEY (product_id, segment_id)
);

-- The codes of products at a merchant's till; a huggg is spent against exactly one of them.
CREATE TABLE adjustment_codes (
    brand_id    uuid NOT NULL REFERENCES brands,
    product_id  uuid NOT NULL REFERENCES products,
    code        text NOT NULL,
    position    integer NOT NULL,
    PRIMARY KEY (brand_id, product_id, code)
);

-- Money -----------------------------------------------------------------------------------------

-- A merchant's account carries the brand's id. Only wallets keep `available`, so that a purchase
-- can be refused by a CHECK; every other balance is the sum of its transfers.
CREATE TABLE accounts (
    id             uuid PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('funding', 'wallet', 'commitment', 'merchant')),
    name           text NOT NULL,
    currency       char(3) NOT NULL DEFAULT 'GBP',
    team_id        uuid REFERENCES teams,
    commitment_id  uuid REFERENCES accounts,          -- a wallet's: where the value of its live hugggs waits
    available      bigint NOT NULL DEFAULT 0,         -- pence
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT wallet_not_overspent CHECK (kind <> 'wallet' OR available >= 0),
    CHECK ((kind = 'wallet') = (team_id IS NOT NULL AND commitment_id IS NOT NULL))
);

-- The world outside: payments in come from here.
INSERT INTO accounts (id, kind, name)
VALUES ('00000000-0000-4000-8000-000000000001', 'funding', 'Paid in');

-- One row is both sides. Nothing here is ever updated or deleted; a correction is a new row.
CREATE TABLE transfers (
    id              uuid NOT NULL,
    huggg_id        uuid NOT NULL,      -- nil for money that is not about one huggg
    debit_account   uuid NOT NULL,      -- value leaves here …
    credit_account  uuid NOT NULL,      -- … and arrives here
    amount          bigint NOT NULL CHECK (amount > 0),    -- pence
    kind            text NOT NULL CHECK (kind IN ('fund', 'commit', 'post', 'unpost', 'void')),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (huggg_id, id),
    CHECK (debit_account <> credit_account),
    CHECK ((kind = 'fund') = (huggg_id = '00000000-0000-0000-0000-000000000000'))
);

-- The huggg -------------------------------------------------------------------------------------

CREATE TABLE transactions (
    id               uuid PRIMARY KEY,
    sender_id        uuid NOT NULL,
    account_id       uuid NOT NULL,     -- the paying wallet
    product_id       uuid NOT NULL,
    quantity         integer NOT NULL CHECK (quantity > 0),
    retail           bigint NOT NULL CHECK (retail > 0),      -- pence, all hugggs together
    status           text NOT NULL CHECK (status IN ('successful', 'failed')),
    title            text,
    message          text,              -- said once, shown with each huggg
    theme_id         text NOT NULL,
    delivery_method  text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
-- A sender's list is counted by adding up quantities here, never by counting hugggs.
CREATE INDEX transactions_by_sender ON transactions (sender_id, id) INCLUDE (quantity)
 WHERE status = 'successful';

CREATE TABLE hugggs (
    id              uuid PRIMARY KEY,
    transaction_id  uuid NOT NULL,
    position        integer NOT NULL,   -- its place in the transaction, from 1
    sender_id       uuid NOT NULL,
    receiver_id     uuid,
    product_id      uuid NOT NULL,
    commitment_id   uuid NOT NULL,      -- the account that holds its value until it is redeemed
    value           bigint NOT NULL CHECK (value > 0),        -- pence
    codes           bytea NOT NULL,     -- sealed: shortcode and redeem code
    message_id      uuid,
    theme_id        text NOT NULL,
    type            text NOT NULL DEFAULT '',
    expiry_date     date NOT NULL,      -- valid through this day …
    expires_at      timestamptz NOT NULL,                     -- … which ends here; see last_instant()
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    sent_at         timestamptz NOT NULL,
    assigned_at     timestamptz,        -- claimed by its receiver
    assigned_client text,
    viewed_at       timestamptz,
    viewed_client   text,
    cancelled_at    timestamptz,
    voucher_id      uuid,
    redemption_id   uuid                -- the live redemption; null while unspent
);
CREATE UNIQUE INDEX hugggs_by_transaction ON hugggs (transaction_id, position, id);   -- pages of a transaction
CREATE INDEX hugggs_by_sender ON hugggs (sender_id, id);                              -- GET /hugggs/sent

-- Where a share link leads. The code itself is nowhere in clear: this is its keyed fingerprint.
CREATE TABLE shortcodes (
    fingerprint  bytea PRIMARY KEY,
    huggg_id     uuid NOT NULL
);

CREATE TABLE redemptions (
    huggg_id     uuid NOT NULL,
    id           uuid NOT NULL,
    brand_id     uuid NOT NULL,         -- the merchant that honoured it
    location_id  text NOT NULL,
    user_id      uuid,
    client_id    text NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    reversed_at  timestamptz,           -- taken back
    PRIMARY KEY (huggg_id, id)
);
-- The rule that a huggg is redeemed once, said a second time where no code can forget it.
CREATE UNIQUE INDEX one_live_redemption ON redemptions (huggg_id) WHERE reversed_at IS NULL;

-- The code that a huggg turned into. Vouchers of one huggg lie where it lies.
CREATE TABLE vouchers (
    huggg_id    uuid NOT NULL,
    id          uuid NOT NULL,
    segment_id  uuid,
    code        bytea NOT NULL,         -- sealed
    expires_at  timestamptz,            -- of the code; mostly later than the huggg's last day
    created_at  timestamptz,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (huggg_id, id)
);

-- By which keys codes here were sealed: a fingerprint of nothing under each, to tell other keys by.
CREATE TABLE key_checks (
    number       integer PRIMARY KEY,
    fingerprint  bytea NOT NULL
);

-- Events, and kept answers ----------------------------------------------------------------------

-- Audit trail, source of webhooks and trigger of notifications at once; append only.
CREATE TABLE events (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    subject_id  uuid NOT NULL,          -- the huggg, transaction, account or user it is about
    kind        text NOT NULL,
    at          timestamptz NOT NULL,
    user_id     uuid,                   -- the author …
    client_id   text,                   -- … through which program; neither: an operator's command
    data        jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (subject_id, id)
);

CREATE TABLE idempotency_keys (
    caller       text NOT NULL,
    key          text NOT NULL,
    request      bytea NOT NULL,        -- fingerprint of route and body: the same key must mean the same request
    attempt      uuid NOT NULL,         -- the attempt that works on it …
    lease_until  timestamptz NOT NULL,  -- … and until when others wait
    status       smallint,              -- null until answered
    answer       bytea,                 -- sealed: it may carry links
    effect_id    uuid,                  -- the transaction or redemption it brought about
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key),
    CHECK ((status IS NULL) = (answer IS NULL))
);

-- The brands that redeem a product: its own, even where today's lists lack it, as sold hugggs must be
-- honoured; and every brand that lists it.
CREATE FUNCTION honoured_by(product_id uuid) RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT p.brand_id FROM products p WHERE p.id = honoured_by.product_id
                 UNION
                 SELECT s.brand_id FROM brand_products s WHERE s.product_id = honoured_by.product_id);

-- The one place that says when a day ends: the first instant of the next one, where the brand is.
-- Where that midnight happens twice or never, PostgreSQL decides, for purchase and for doctor alike.
CREATE FUNCTION last_instant(last_day date, time_zone text) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (last_day + 1)::timestamp AT TIME ZONE time_zone;

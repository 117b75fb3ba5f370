-- What `huggg migrate` makes of an empty database. Written by `make schema`, checked by a test.


CREATE FUNCTION public.count_purchases() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO sender_totals AS s (sender_id, account_id, purchases, hugggs)
    SELECT sender_id, account_id, count(*), coalesce(sum(quantity) FILTER (WHERE status = 'successful'), 0)
      FROM bought
     GROUP BY sender_id, account_id
     ORDER BY sender_id, account_id
    ON CONFLICT (sender_id, account_id) DO UPDATE
       SET purchases = s.purchases + excluded.purchases, hugggs = s.hugggs + excluded.hugggs;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.degrees_e7(degrees text, most integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (degrees ~ '^ *[-+]?([0-9]{1,3}(\.[0-9]{0,20})?|\.[0-9]{1,20}) *$'::text) THEN CASE WHEN (abs((degrees)::numeric) <= (most)::numeric) THEN (round(((degrees)::numeric * (10000000)::numeric)))::integer ELSE NULL::integer END ELSE NULL::integer END;

CREATE FUNCTION public.event_base() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (0)::bigint;

CREATE FUNCTION public.forget_received_totals() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('received_totals', 0));
    DELETE FROM received_totals WHERE receiver_id IN (OLD.receiver_id, NEW.receiver_id);
    RETURN NULL;
END
$$;

CREATE TABLE public.brand_products (
    brand_id uuid NOT NULL,
    product_id uuid NOT NULL,
    consolidated boolean NOT NULL,
    "position" integer NOT NULL
);

CREATE TABLE public.products (
    published json NOT NULL,
    id uuid GENERATED ALWAYS AS (((published ->> 'id'::text))::uuid) STORED NOT NULL,
    brand_id uuid GENERATED ALWAYS AS (((published ->> 'brand_id'::text))::uuid) STORED NOT NULL,
    sale_price bigint GENERATED ALWAYS AS (((published ->> 'sale_price'::text))::bigint) STORED NOT NULL,
    active boolean GENERATED ALWAYS AS ((((published ->> 'active'::text))::integer = 1)) STORED NOT NULL,
    on_app boolean GENERATED ALWAYS AS ((((published ->> 'on_app'::text))::integer = 1)) STORED,
    on_imessage boolean GENERATED ALWAYS AS ((((published ->> 'on_imessage'::text))::integer = 1)) STORED,
    image_url text GENERATED ALWAYS AS ((published ->> 'image_url'::text)) STORED,
    handling_fee bigint GENERATED ALWAYS AS (
CASE json_typeof((published -> 'handling_fee'::text))
    WHEN 'number'::text THEN (GREATEST((0)::numeric, LEAST((100000000)::numeric, trunc(((published ->> 'handling_fee'::text))::numeric))))::bigint
    ELSE (0)::bigint
END) STORED NOT NULL,
    CONSTRAINT products_handling_fee_check CHECK ((handling_fee >= 0)),
    CONSTRAINT products_sale_price_check CHECK ((sale_price >= 0))
);

CREATE FUNCTION public.honoured_by(product_id uuid) RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT p.brand_id FROM public.products p WHERE (p.id = honoured_by.product_id) UNION SELECT s.brand_id FROM public.brand_products s WHERE (s.product_id = honoured_by.product_id));

CREATE FUNCTION public.last_instant(last_day date, time_zone text) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (((last_day + 1))::timestamp without time zone AT TIME ZONE time_zone);

CREATE TABLE public.teams (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    parent_id uuid,
    code_viewers text DEFAULT 'holders'::text NOT NULL,
    legacy_sms boolean DEFAULT false NOT NULL,
    language text,
    keep_days integer,
    keep_days_since timestamp with time zone,
    CONSTRAINT a_retention_has_a_beginning CHECK (((keep_days IS NULL) = (keep_days_since IS NULL))),
    CONSTRAINT teams_check CHECK ((parent_id <> id)),
    CONSTRAINT teams_code_viewers_check CHECK ((code_viewers = ANY (ARRAY['holders'::text, 'claimer'::text]))),
    CONSTRAINT teams_keep_days_check CHECK (((keep_days >= 0) AND (keep_days <= 3650)))
);

CREATE FUNCTION public.sees_orders_of(team uuid, own_team uuid, sees_team boolean, sees_subteams boolean) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE(((sees_team AND (team = own_team)) OR (sees_subteams AND (EXISTS (SELECT FROM public.teams s WHERE ((s.id = sees_orders_of.team) AND (s.parent_id = sees_orders_of.own_team)))))), false);

CREATE TABLE public.users (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    username text,
    password_hash text,
    phone_number text,
    team_id uuid,
    brand_id uuid,
    every_location boolean DEFAULT true NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    unknown_recipient boolean DEFAULT false NOT NULL,
    role text DEFAULT 'participant'::text NOT NULL,
    username_key text,
    personal bytea,
    username_fingerprint bytea,
    email_fingerprint bytea,
    phone_fingerprint bytea,
    erased_at timestamp with time zone,
    exact_username boolean DEFAULT false NOT NULL,
    staff_role text DEFAULT 'manager'::text NOT NULL,
    pin_hash text,
    CONSTRAINT users_check1 CHECK (((kind = 'merchant'::text) = (brand_id IS NOT NULL))),
    CONSTRAINT users_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'merchant'::text, 'operator'::text]))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'viewer'::text, 'subteam_admin'::text, 'participant'::text])))
);

CREATE FUNCTION public.user_called(fingerprints bytea[], as_typed text, folded text) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT users.id FROM public.users WHERE ((users.username_fingerprint = ANY (user_called.fingerprints)) OR (users.username = user_called.as_typed) OR (users.username_key = user_called.folded)) ORDER BY ((users.username = user_called.as_typed) IS TRUE) DESC, (array_position(user_called.fingerprints, users.username_fingerprint)) LIMIT 1);

CREATE FUNCTION public.user_named(written text, folded text) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT users.id FROM public.users WHERE ((users.username = user_named.written) OR (users.username_key = user_named.folded)) ORDER BY (users.username = user_named.written) DESC LIMIT 1);

CREATE TABLE public.accounts (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    currency character(3) DEFAULT 'GBP'::bpchar NOT NULL,
    team_id uuid,
    commitment_id uuid,
    available bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    alarm_below bigint,
    alarmed_at timestamp with time zone,
    CONSTRAINT accounts_alarm_below_check CHECK ((alarm_below > 0)),
    CONSTRAINT accounts_check CHECK (((kind = 'wallet'::text) = ((team_id IS NOT NULL) AND (commitment_id IS NOT NULL)))),
    CONSTRAINT accounts_kind_check CHECK ((kind = ANY (ARRAY['funding'::text, 'wallet'::text, 'commitment'::text, 'merchant'::text, 'fees'::text]))),
    CONSTRAINT wallet_not_overspent CHECK (((kind <> 'wallet'::text) OR (available >= 0)))
);

CREATE TABLE public.deliveries (
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    slot text DEFAULT ''::text NOT NULL,
    id uuid NOT NULL,
    transaction_id uuid,
    batch_id uuid NOT NULL,
    channel text NOT NULL,
    person_id uuid,
    sealed bytea,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    address_fingerprint bytea,
    state text DEFAULT 'queued'::text NOT NULL,
    reason text,
    provider_id text,
    remind_at timestamp with time zone,
    queued_at timestamp with time zone NOT NULL,
    begun_at timestamp with time zone,
    sent_at timestamp with time zone,
    delivered_at timestamp with time zone,
    bounced_at timestamp with time zone,
    failed_at timestamp with time zone,
    suppressed_at timestamp with time zone,
    CONSTRAINT deliveries_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text]))),
    CONSTRAINT deliveries_kind_check CHECK ((kind = ANY (ARRAY['gift'::text, 'reminder'::text, 'receipt'::text, 'alarm'::text, 'confirmation'::text]))),
    CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'delivered'::text, 'bounced'::text, 'failed'::text, 'suppressed'::text])))
);

CREATE TABLE public.person_keys (
    person_id uuid NOT NULL,
    key bytea NOT NULL
);

CREATE VIEW public.addressed_deliveries AS
 SELECT d.subject_id,
    d.kind,
    d.slot,
    d.id,
    d.transaction_id,
    d.batch_id,
    d.channel,
    d.person_id,
    d.sealed,
    d.facts,
    d.address_fingerprint,
    d.state,
    d.reason,
    d.provider_id,
    d.remind_at,
    d.queued_at,
    d.begun_at,
    d.sent_at,
    d.delivered_at,
    d.bounced_at,
    d.failed_at,
    d.suppressed_at,
    u.personal,
    u.name,
    u.username,
    u.phone_number,
    k.key AS person_key
   FROM ((public.deliveries d
     LEFT JOIN public.users u ON ((u.id = d.person_id)))
     LEFT JOIN public.person_keys k ON ((k.person_id = d.person_id)));

CREATE TABLE public.adjustment_codes (
    brand_id uuid NOT NULL,
    product_id uuid NOT NULL,
    code text NOT NULL,
    "position" integer NOT NULL
);

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.api_keys (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone
);

CREATE TABLE public.batches (
    id uuid NOT NULL,
    segment_id uuid NOT NULL,
    size bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT batches_size_check CHECK ((size > 0))
);

CREATE TABLE public.brand_pictures (
    brand_id uuid NOT NULL,
    logo text,
    cover text
);

CREATE TABLE public.brand_stores (
    brand_id uuid NOT NULL,
    store_id uuid NOT NULL,
    "position" integer NOT NULL,
    listed boolean NOT NULL
);

CREATE TABLE public.brands (
    published json NOT NULL,
    id uuid GENERATED ALWAYS AS (((published ->> 'id'::text))::uuid) STORED NOT NULL,
    name text GENERATED ALWAYS AS ((published ->> 'name'::text)) STORED NOT NULL,
    weight integer GENERATED ALWAYS AS (((published ->> 'weight'::text))::integer) STORED NOT NULL,
    consolidated boolean GENERATED ALWAYS AS ((((published ->> 'consolidated'::text))::integer = 1)) STORED NOT NULL,
    active boolean GENERATED ALWAYS AS (((published ->> 'deleted_at'::text) IS NULL)) STORED NOT NULL,
    expiry_days integer GENERATED ALWAYS AS (((published ->> 'expiry'::text))::integer) STORED,
    integration_id integer GENERATED ALWAYS AS (((published ->> 'integration_id'::text))::integer) STORED,
    time_zone text DEFAULT 'Europe/London'::text NOT NULL,
    "position" bigint NOT NULL
);

CREATE UNLOGGED TABLE public.buckets (
    key bytea NOT NULL,
    full_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.client_users (
    client_id text NOT NULL,
    user_id uuid NOT NULL
);

CREATE TABLE public.clients (
    id text NOT NULL,
    name text NOT NULL,
    secret_fingerprint bytea NOT NULL,
    logs_in_users boolean DEFAULT true NOT NULL,
    every_user boolean DEFAULT true NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    shows_hugggs boolean DEFAULT false NOT NULL,
    previous_fingerprint bytea,
    previous_until timestamp with time zone,
    CONSTRAINT clients_check CHECK (((previous_fingerprint IS NULL) = (previous_until IS NULL)))
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    client_id text NOT NULL,
    user_id uuid,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);

CREATE TABLE public.tokens (
    fingerprint bytea NOT NULL,
    session_id uuid NOT NULL,
    kind text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    spent_at timestamp with time zone,
    successor bytea,
    CONSTRAINT tokens_check CHECK (((spent_at IS NULL) = (successor IS NULL))),
    CONSTRAINT tokens_check1 CHECK (((kind = 'refresh'::text) OR (spent_at IS NULL))),
    CONSTRAINT tokens_kind_check CHECK ((kind = ANY (ARRAY['access'::text, 'refresh'::text])))
);

CREATE TABLE public.user_locations (
    user_id uuid NOT NULL,
    location_id text NOT NULL
);

CREATE VIEW public.callers AS
 SELECT t.fingerprint AS token,
    s.client_id,
    s.user_id,
    u.kind,
    u.team_id,
    u.role,
    u.brand_id AS staff_of,
    c.shows_hugggs,
    COALESCE(u.every_location, true) AS every_location,
        CASE
            WHEN (u.every_location IS NOT FALSE) THEN '{}'::text[]
            ELSE ARRAY( SELECT l.location_id
               FROM public.user_locations l
              WHERE (l.user_id = u.id))
        END AS location_ids
   FROM (((public.tokens t
     JOIN public.sessions s ON ((s.id = t.session_id)))
     JOIN public.clients c ON ((c.id = s.client_id)))
     LEFT JOIN public.users u ON ((u.id = s.user_id)))
  WHERE ((t.kind = 'access'::text) AND (t.expires_at > now()) AND (s.revoked_at IS NULL) AND c.active AND ((s.user_id IS NULL) OR (u.active AND c.logs_in_users AND (c.every_user OR (EXISTS ( SELECT
           FROM public.client_users a
          WHERE ((a.client_id = s.client_id) AND (a.user_id = s.user_id))))))));

CREATE TABLE public.cards (
    id text NOT NULL,
    user_id uuid NOT NULL,
    processor text NOT NULL,
    customer text,
    brand text NOT NULL,
    last4 text NOT NULL,
    exp_month smallint NOT NULL,
    exp_year smallint NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT cards_exp_month_check CHECK (((exp_month >= 1) AND (exp_month <= 12))),
    CONSTRAINT cards_exp_year_check CHECK (((exp_year >= 2000) AND (exp_year <= 9999))),
    CONSTRAINT cards_last4_check CHECK ((last4 ~ '^[0-9]{4}$'::text))
);

CREATE TABLE public.choice_products (
    choice_id uuid NOT NULL,
    product_id uuid NOT NULL,
    "position" integer,
    CONSTRAINT choice_products_check CHECK ((choice_id <> product_id))
);

CREATE VIEW public.choice_offers AS
 SELECT c.choice_id,
    c.product_id,
    c."position"
   FROM (((((public.choice_products c
     JOIN public.products choice ON ((choice.id = c.choice_id)))
     JOIN public.products p ON (((p.id = c.product_id) AND p.active)))
     JOIN public.brands b ON (((b.id = p.brand_id) AND b.active)))
     JOIN public.accounts pays ON ((pays.id = choice.brand_id)))
     JOIN public.accounts gets ON (((gets.id = p.brand_id) AND (gets.currency = pays.currency))))
  WHERE (c."position" IS NOT NULL);

CREATE TABLE public.claimer_browsers (
    huggg_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    admitted_at timestamp with time zone NOT NULL
);

CREATE TABLE public.code_symbols (
    brand_id uuid NOT NULL,
    symbology text NOT NULL,
    CONSTRAINT code_symbols_symbology_check CHECK ((symbology = ANY (ARRAY['qr'::text, 'code128'::text, 'ean13'::text, 'pdf417'::text, 'aztec'::text, 'datamatrix'::text])))
);

CREATE TABLE public.codes (
    brand_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    segment_id uuid,
    batch_id uuid,
    code bytea NOT NULL,
    valid_until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone NOT NULL,
    huggg_id uuid,
    lease_until timestamp with time zone,
    assigned_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    replaced_at timestamp with time zone,
    CONSTRAINT codes_check CHECK ((num_nonnulls(lease_until, assigned_at, withdrawn_at) <= 1)),
    CONSTRAINT codes_check1 CHECK (((huggg_id IS NULL) = ((lease_until IS NULL) AND (assigned_at IS NULL))))
);

CREATE TABLE public.contacts (
    fingerprint bytea NOT NULL,
    language text,
    unwanted text[] DEFAULT '{}'::text[] NOT NULL,
    dead_at timestamp with time zone,
    dead_reason text,
    updated_at timestamp with time zone NOT NULL
);

CREATE TABLE public.cursors (
    consumer text NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    event_id bigint DEFAULT 0 NOT NULL,
    moved_at timestamp with time zone
);

CREATE TABLE public.devices (
    id uuid NOT NULL,
    brand_id uuid NOT NULL,
    location_id text NOT NULL,
    name text NOT NULL,
    code_fingerprint bytea,
    code_ends_at timestamp with time zone NOT NULL,
    invited_at timestamp with time zone NOT NULL,
    paired_at timestamp with time zone,
    seen_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT a_paired_device_was_seen CHECK (((paired_at IS NULL) = (seen_at IS NULL))),
    CONSTRAINT a_pairing_code_is_spent_once CHECK (((code_fingerprint IS NULL) OR ((paired_at IS NULL) AND (revoked_at IS NULL))))
);

CREATE TABLE public.events (
    id bigint NOT NULL,
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    user_id uuid,
    client_id text,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    "position" bigint DEFAULT (((pg_current_xact_id())::text)::bigint + public.event_base())
);

ALTER TABLE public.events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.hugggs (
    id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    "position" integer NOT NULL,
    sender_id uuid NOT NULL,
    receiver_id uuid,
    product_id uuid NOT NULL,
    commitment_id uuid NOT NULL,
    value bigint NOT NULL,
    codes bytea NOT NULL,
    message_id uuid,
    theme_id text NOT NULL,
    type text DEFAULT ''::text NOT NULL,
    expiry_date date NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    assigned_at timestamp with time zone,
    assigned_client text,
    viewed_at timestamp with time zone,
    viewed_client text,
    cancelled_at timestamp with time zone,
    voucher_id uuid,
    redemption_id uuid,
    claimer bytea,
    claim_number integer,
    hold_id uuid,
    held_until timestamp with time zone,
    awaits_sending boolean,
    expired_at timestamp with time zone,
    returns_at timestamp with time zone,
    returned_at timestamp with time zone,
    reminders text,
    next_expiry_date date,
    next_expires_at timestamp with time zone,
    choice_id uuid,
    CONSTRAINT hugggs_value_check CHECK ((value > 0))
);

CREATE VIEW public.gift_versions AS
 SELECT id AS huggg_id,
    hashtextextended((ROW(redemption_id, cancelled_at, assigned_at, voucher_id, expires_at, sent_at, product_id))::text, (0)::bigint) AS version
   FROM public.hugggs;

CREATE TABLE public.group_links (
    transaction_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    sealed bytea NOT NULL
);

CREATE TABLE public.holds (
    huggg_id uuid NOT NULL,
    id uuid NOT NULL,
    brand_id uuid NOT NULL,
    location_id text NOT NULL,
    user_id uuid,
    client_id text NOT NULL,
    reference text,
    created_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    reversed_at timestamp with time zone,
    CONSTRAINT holds_check CHECK ((ends_at > created_at))
);

CREATE VIEW public.honouring AS
 SELECT products.id AS product_id,
    products.brand_id
   FROM public.products
UNION ALL
 SELECT brand_products.product_id,
    brand_products.brand_id
   FROM public.brand_products;

CREATE TABLE public.redemptions (
    huggg_id uuid NOT NULL,
    id uuid NOT NULL,
    brand_id uuid NOT NULL,
    location_id text NOT NULL,
    user_id uuid,
    client_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    reversed_at timestamp with time zone,
    hold_id uuid,
    sale_reference text,
    receipt_number text,
    staff text,
    rung_up bigint
);

CREATE VIEW public.huggg_ends AS
 SELECT h.id AS huggg_id,
    h.transaction_id,
    h."position",
    h.receiver_id,
    COALESCE(r.created_at, h.cancelled_at, h.expires_at) AS ended_at
   FROM (public.hugggs h
     LEFT JOIN public.redemptions r ON (((r.huggg_id = h.id) AND (r.id = h.redemption_id))));

CREATE TABLE public.own_messages (
    huggg_id uuid NOT NULL,
    person_id uuid,
    message bytea,
    sealed_message bytea
);

CREATE TABLE public.transactions (
    id uuid NOT NULL,
    sender_id uuid NOT NULL,
    account_id uuid NOT NULL,
    product_id uuid NOT NULL,
    quantity integer NOT NULL,
    retail bigint NOT NULL,
    status text NOT NULL,
    title text,
    message text,
    theme_id text NOT NULL,
    delivery_method text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    claim_limit integer,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    team_id uuid,
    words text[] DEFAULT '{}'::text[] COLLATE pg_catalog."C",
    word_fingerprints bigint[],
    word_key integer,
    reason_code text,
    sealed_message bytea,
    message_receiver_id uuid,
    forgotten_at timestamp with time zone,
    sealed_labels bytea,
    CONSTRAINT transactions_check CHECK (((claim_limit >= 1) AND (claim_limit <= quantity))),
    CONSTRAINT transactions_quantity_check CHECK ((quantity > 0)),
    CONSTRAINT transactions_retail_check CHECK ((retail > 0)),
    CONSTRAINT transactions_status_check CHECK ((status = ANY (ARRAY['successful'::text, 'failed'::text])))
);

CREATE VIEW public.purchase_messages AS
 SELECT t.id AS transaction_id,
    t.sender_id,
    t.message,
    t.sealed_message,
    t.message_receiver_id,
    sender.key AS sender_key,
    receiver.key AS message_receiver_key
   FROM ((public.transactions t
     LEFT JOIN public.person_keys sender ON ((sender.person_id = t.sender_id)))
     LEFT JOIN public.person_keys receiver ON ((receiver.person_id = t.message_receiver_id)));

CREATE VIEW public.huggg_messages AS
 SELECT h.id AS huggg_id,
    p.transaction_id,
    p.sender_id,
    p.message,
    p.sealed_message,
    p.message_receiver_id,
    p.sender_key,
    p.message_receiver_key,
    m.message AS older_own_message,
    m.sealed_message AS own_message,
    m.person_id AS own_receiver_id,
    receiver.key AS own_receiver_key
   FROM (((public.hugggs h
     JOIN public.purchase_messages p ON ((p.transaction_id = h.transaction_id)))
     LEFT JOIN public.own_messages m ON ((m.huggg_id = h.id)))
     LEFT JOIN public.person_keys receiver ON ((receiver.person_id = m.person_id)));

CREATE TABLE public.idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    request bytea NOT NULL,
    attempt uuid NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    status smallint,
    answer bytea,
    effect_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    bound boolean DEFAULT false NOT NULL,
    CONSTRAINT idempotency_keys_check CHECK (((status IS NULL) = (answer IS NULL)))
);

CREATE TABLE public.integrations (
    id integer NOT NULL,
    name text NOT NULL
);

CREATE TABLE public.issuances (
    huggg_id uuid NOT NULL,
    id uuid NOT NULL,
    brand_id uuid NOT NULL,
    segment_id uuid,
    created_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone NOT NULL,
    postponed boolean DEFAULT false NOT NULL,
    settled_at timestamp with time zone,
    refused text
);

CREATE TABLE public.issuers (
    scope_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    kind text NOT NULL,
    pool_id uuid,
    url text,
    secret bytea,
    valid_days integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT issuers_check CHECK (((kind = 'http'::text) = (url IS NOT NULL))),
    CONSTRAINT issuers_check1 CHECK (((kind = 'http'::text) = (secret IS NOT NULL))),
    CONSTRAINT issuers_check2 CHECK (((kind = 'pool'::text) OR (pool_id IS NULL))),
    CONSTRAINT issuers_kind_check CHECK ((kind = ANY (ARRAY['pool'::text, 'minted'::text, 'http'::text]))),
    CONSTRAINT issuers_valid_days_check CHECK ((valid_days > 0))
);

CREATE TABLE public.jobs (
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    lease_id uuid,
    lease_until timestamp with time zone,
    failure text,
    dead_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    hastened_to timestamp with time zone,
    CONSTRAINT a_lease_has_an_end CHECK (((lease_id IS NULL) = (lease_until IS NULL))),
    CONSTRAINT no_dead_letter_is_leased CHECK (((dead_at IS NULL) OR (lease_id IS NULL)))
);

CREATE TABLE public.key_checks (
    number integer NOT NULL,
    fingerprint bytea NOT NULL,
    in_use_since timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.payments (
    id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    user_id uuid NOT NULL,
    client_id text NOT NULL,
    key_caller text,
    key text,
    processor text NOT NULL,
    card text NOT NULL,
    customer text,
    retail bigint NOT NULL,
    fee bigint NOT NULL,
    state text DEFAULT 'intended'::text NOT NULL,
    plan json,
    charge text,
    refused smallint,
    reason text,
    created_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    next_at timestamp with time zone NOT NULL,
    postponed boolean DEFAULT false NOT NULL,
    given_up_at timestamp with time zone,
    settled_at timestamp with time zone,
    team_id uuid,
    refusal text,
    sealed_plan bytea,
    CONSTRAINT payments_check CHECK (((key IS NULL) = (key_caller IS NULL))),
    CONSTRAINT payments_check1 CHECK (((settled_at IS NULL) = (state = ANY (ARRAY['intended'::text, 'refunding'::text])))),
    CONSTRAINT payments_check3 CHECK (((state = 'intended'::text) OR (state = 'declined'::text) OR (charge IS NOT NULL))),
    CONSTRAINT payments_fee_check CHECK ((fee >= 0)),
    CONSTRAINT payments_retail_check CHECK ((retail > 0)),
    CONSTRAINT payments_state_check CHECK ((state = ANY (ARRAY['intended'::text, 'refunding'::text, 'charged'::text, 'declined'::text, 'refunded'::text])))
);

CREATE VIEW public.left_in_clear AS
 SELECT 'messages'::text AS move,
    'transactions'::text AS found_in,
    transactions.id
   FROM public.transactions
  WHERE ((transactions.message IS NOT NULL) AND (transactions.sealed_message IS NULL))
UNION ALL
 SELECT 'messages'::text AS move,
    'transactions'::text AS found_in,
    transactions.id
   FROM public.transactions
  WHERE ((transactions.message IS NOT NULL) AND (transactions.sealed_message IS NOT NULL))
UNION ALL
 SELECT 'messages'::text AS move,
    'transactions'::text AS found_in,
    transactions.id
   FROM public.transactions
  WHERE ((transactions.title IS NOT NULL) OR (transactions.reason_code IS NOT NULL) OR (transactions.tags <> '{}'::text[]))
UNION ALL
 SELECT 'messages'::text AS move,
    'payments'::text AS found_in,
    payments.id
   FROM public.payments
  WHERE (payments.plan IS NOT NULL)
UNION ALL
 SELECT 'people'::text AS move,
    'users'::text AS found_in,
    users.id
   FROM public.users
  WHERE ((users.personal IS NULL) OR (users.username IS NOT NULL) OR (users.phone_number IS NOT NULL) OR (users.name <> ''::text));

CREATE TABLE public.location_pins (
    location_id text NOT NULL,
    pin bytea NOT NULL,
    set_at timestamp with time zone NOT NULL
);

CREATE TABLE public.locations (
    id text NOT NULL,
    brand_id uuid NOT NULL,
    store_id uuid,
    name text NOT NULL,
    removed_at timestamp with time zone
);

CREATE VIEW public.lookup_callers AS
 SELECT token AS caller_token,
    client_id AS caller_client_id,
    user_id AS caller_user_id,
    kind AS caller_kind,
    team_id AS caller_team_id,
    role AS caller_role,
    staff_of AS caller_brand_id,
    shows_hugggs AS caller_shows_hugggs,
    every_location AS caller_every_location,
    location_ids AS caller_location_ids
   FROM public.callers;

CREATE TABLE public.moved_links (
    fingerprint bytea NOT NULL,
    huggg_id uuid NOT NULL,
    moved_at timestamp with time zone NOT NULL
);

CREATE TABLE public.moves (
    name text NOT NULL,
    done_at timestamp with time zone NOT NULL
);

CREATE VIEW public.offers AS
 SELECT sold.brand_id,
    sold.product_id,
    COALESCE(p.on_app, false) AS on_app,
    COALESCE(p.on_imessage, false) AS on_imessage
   FROM (((public.brand_products sold
     JOIN public.brands seller ON (((seller.id = sold.brand_id) AND seller.active)))
     JOIN public.products p ON (((p.id = sold.product_id) AND p.active)))
     JOIN public.brands owner ON (((owner.id = p.brand_id) AND owner.active)));

CREATE TABLE public.offline_codes (
    huggg_id uuid NOT NULL,
    sequence smallint NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    product_id uuid
);

CREATE TABLE public.offline_rules (
    brand_id uuid NOT NULL,
    scans integer NOT NULL,
    value bigint NOT NULL,
    hours integer NOT NULL,
    losses text NOT NULL,
    CONSTRAINT an_offline_rule_allows_something CHECK (((scans > 0) AND (value > 0) AND (hours > 0))),
    CONSTRAINT offline_rules_losses_check CHECK ((losses = ANY (ARRAY['merchant'::text, 'platform'::text])))
);

CREATE TABLE public.offline_scans (
    huggg_id uuid NOT NULL,
    id uuid NOT NULL,
    brand_id uuid NOT NULL,
    location_id text NOT NULL,
    device_id uuid NOT NULL,
    user_id uuid,
    client_id text NOT NULL,
    value bigint NOT NULL,
    sale jsonb NOT NULL,
    scanned_at timestamp with time zone NOT NULL,
    arrived_at timestamp with time zone NOT NULL,
    reason text,
    losses text NOT NULL,
    settlement text,
    settled_at timestamp with time zone,
    settled_by text,
    note text,
    sequence bigint,
    CONSTRAINT a_settlement_is_of_a_conflict_and_has_a_note CHECK ((((settlement IS NULL) = (settled_at IS NULL)) AND ((settlement IS NULL) = (note IS NULL)) AND ((settlement IS NULL) OR (reason IS NOT NULL)))),
    CONSTRAINT offline_scans_losses_check CHECK ((losses = ANY (ARRAY['merchant'::text, 'platform'::text]))),
    CONSTRAINT offline_scans_settlement_check CHECK ((settlement = ANY (ARRAY['redeemed'::text, 'merchant'::text, 'platform'::text])))
);

CREATE TABLE public.offline_turns (
    device_id uuid NOT NULL,
    scans bigint NOT NULL
);

CREATE VIEW public.order_labels AS
 SELECT t.id AS transaction_id,
    t.sender_id,
    t.sealed_labels,
    t.title,
    t.tags,
    t.reason_code,
    k.key AS sender_key
   FROM (public.transactions t
     LEFT JOIN public.person_keys k ON ((k.person_id = t.sender_id)));

CREATE SEQUENCE public.pass_changes
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.pass_devices (
    pass_id uuid NOT NULL,
    device_id text NOT NULL,
    push_token text NOT NULL
);

CREATE TABLE public.passes (
    id uuid NOT NULL,
    huggg_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    kind text NOT NULL,
    sequence integer NOT NULL,
    language text NOT NULL,
    token bytea NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    change_number bigint DEFAULT 0 NOT NULL,
    CONSTRAINT passes_kind_check CHECK ((kind = ANY (ARRAY['apple'::text, 'google'::text])))
);

CREATE VIEW public.people AS
 SELECT u.id,
    u.name,
    u.username,
    u.phone_number,
    u.personal,
    k.key AS person_key
   FROM (public.users u
     LEFT JOIN public.person_keys k ON ((k.person_id = u.id)));

CREATE TABLE public.pictures (
    name text NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT pictures_body_check CHECK (((octet_length(body) >= 1) AND (octet_length(body) <= 65536)))
);

CREATE TABLE public.pools (
    segment_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    low_water integer DEFAULT 100 NOT NULL,
    low_noted_at timestamp with time zone,
    short_codes text DEFAULT 'refused'::text NOT NULL,
    ended_codes text DEFAULT 'shown'::text NOT NULL,
    CONSTRAINT pools_ended_codes_check CHECK ((ended_codes = ANY (ARRAY['shown'::text, 'replaced'::text]))),
    CONSTRAINT pools_low_water_check CHECK ((low_water >= 0)),
    CONSTRAINT pools_short_codes_check CHECK ((short_codes = ANY (ARRAY['refused'::text, 'given'::text])))
);

CREATE UNLOGGED TABLE public.processes (
    id uuid NOT NULL,
    name text NOT NULL,
    keys text[] NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    opens_pool_seals boolean DEFAULT false NOT NULL,
    notes_shown_codes boolean DEFAULT false NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.product_segments (
    product_id uuid NOT NULL,
    segment_id uuid NOT NULL,
    "position" integer NOT NULL
);

CREATE TABLE public.received_totals (
    receiver_id uuid NOT NULL,
    before_id uuid NOT NULL,
    hugggs bigint NOT NULL
);

CREATE TABLE public.refund_policies (
    team_id uuid,
    brand_id uuid,
    after_days integer,
    even_shown boolean DEFAULT false NOT NULL,
    CONSTRAINT refund_policies_after_days_check CHECK (((after_days >= 0) AND (after_days <= 3650)))
);

CREATE TABLE public.refunds (
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    amount bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT refunds_amount_check CHECK ((amount > 0))
);

CREATE TABLE public.segments (
    id uuid NOT NULL,
    brand_id uuid NOT NULL,
    name text NOT NULL
);

CREATE TABLE public.sender_totals (
    sender_id uuid NOT NULL,
    account_id uuid NOT NULL,
    purchases bigint NOT NULL,
    hugggs bigint NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.shortcodes (
    fingerprint bytea NOT NULL,
    huggg_id uuid NOT NULL,
    redeem_fingerprint bytea
);

CREATE TABLE public.stores (
    published json NOT NULL,
    id uuid GENERATED ALWAYS AS (((published ->> 'id'::text))::uuid) STORED NOT NULL,
    brand_id uuid GENERATED ALWAYS AS (((published ->> 'brand_id'::text))::uuid) STORED NOT NULL,
    visible boolean GENERATED ALWAYS AS ((COALESCE((published ->> 'visible'::text), '1'::text) <> ALL (ARRAY['0'::text, 'false'::text]))) STORED NOT NULL,
    latitude_e7 integer GENERATED ALWAYS AS (public.degrees_e7((published ->> 'latitude'::text), 90)) STORED,
    longitude_e7 integer GENERATED ALWAYS AS (public.degrees_e7((published ->> 'longitude'::text), 180)) STORED,
    shown boolean DEFAULT false NOT NULL,
    on_app boolean DEFAULT false NOT NULL,
    on_imessage boolean DEFAULT false NOT NULL
);

CREATE VIEW public.showing AS
 WITH seller AS (
         SELECT b.id,
            COALESCE(bool_or(o.on_app), false) AS on_app,
            COALESCE(bool_or(o.on_imessage), false) AS on_imessage
           FROM (public.brands b
             LEFT JOIN public.offers o ON ((o.brand_id = b.id)))
          WHERE b.active
          GROUP BY b.id
        ), found AS (
         SELECT l.store_id,
            bool_or(seller.on_app) AS on_app,
            bool_or(seller.on_imessage) AS on_imessage
           FROM (public.brand_stores l
             JOIN seller ON ((seller.id = l.brand_id)))
          GROUP BY l.store_id
        )
 SELECT s.id,
    place.shown,
    (place.shown AND found.on_app) AS on_app,
    (place.shown AND found.on_imessage) AS on_imessage
   FROM (((public.stores s
     LEFT JOIN public.brands own ON ((own.id = s.brand_id)))
     LEFT JOIN found ON ((found.store_id = s.id)))
     CROSS JOIN LATERAL ( SELECT (s.visible AND (own.active IS NOT FALSE) AND (found.store_id IS NOT NULL)) AS shown) place);

CREATE TABLE public.vouchers (
    huggg_id uuid NOT NULL,
    id uuid NOT NULL,
    segment_id uuid,
    code bytea NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    replaced_at timestamp with time zone,
    unshown boolean
);

CREATE VIEW public.shown_hugggs AS
 SELECT h.id,
    h.transaction_id,
    h."position",
    h.sender_id,
    h.receiver_id,
    h.product_id,
    h.message_id,
    h.voucher_id,
    h.redemption_id,
    h.theme_id,
    h.type,
    h.expiry_date,
    h.expires_at,
    h.created_at,
    h.updated_at,
    h.sent_at,
    h.assigned_at,
    h.assigned_client,
    h.viewed_at,
    h.viewed_client,
    h.cancelled_at,
    h.codes,
    p.image_url,
    v.code AS voucher_code,
    h.reminders,
    h.choice_id,
    v.unshown AS code_unshown
   FROM ((public.hugggs h
     LEFT JOIN public.products p ON ((p.id = h.product_id)))
     LEFT JOIN public.vouchers v ON (((v.huggg_id = h.id) AND (v.id = h.voucher_id))));

CREATE TABLE public.thanks (
    huggg_id uuid NOT NULL,
    text bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sealed bytea,
    person_id uuid
);

CREATE TABLE public.themes (
    team_id uuid NOT NULL,
    id text NOT NULL,
    label text NOT NULL,
    ground text NOT NULL,
    ink text NOT NULL,
    accent text NOT NULL,
    night_accent text NOT NULL,
    logo text,
    cover text
);

CREATE TABLE public.transfers (
    id uuid NOT NULL,
    huggg_id uuid NOT NULL,
    debit_account uuid NOT NULL,
    credit_account uuid NOT NULL,
    amount bigint NOT NULL,
    kind text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT transfers_amount_check CHECK ((amount > 0)),
    CONSTRAINT transfers_check CHECK ((debit_account <> credit_account))
);

CREATE TABLE public.wallet_entries (
    id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    kind text NOT NULL,
    reference text,
    reason text,
    made_by text,
    CONSTRAINT a_correction_has_a_reason CHECK (((kind <> 'correct'::text) OR (reason IS NOT NULL))),
    CONSTRAINT wallet_entries_kind_check CHECK ((kind = ANY (ARRAY['fund'::text, 'correct'::text])))
);

ALTER TABLE public.hugggs
    ADD CONSTRAINT a_hold_has_an_end CHECK (((hold_id IS NULL) = (held_until IS NULL))) NOT VALID;

ALTER TABLE public.users
    ADD CONSTRAINT a_password_has_a_username CHECK (((password_hash IS NULL) OR (username IS NOT NULL) OR (username_fingerprint IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.adjustment_codes
    ADD CONSTRAINT adjustment_codes_pkey PRIMARY KEY (brand_id, product_id, code);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE public.payments
    ADD CONSTRAINT an_open_payment_has_a_plan CHECK (((settled_at IS NULL) = (num_nonnulls(plan, sealed_plan) > 0))) NOT VALID;

ALTER TABLE public.own_messages
    ADD CONSTRAINT an_own_message_has_a_text CHECK (((message IS NOT NULL) OR (sealed_message IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_fingerprint_key UNIQUE (fingerprint);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_user_id_key UNIQUE (user_id);

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.brand_pictures
    ADD CONSTRAINT brand_pictures_pkey PRIMARY KEY (brand_id);

ALTER TABLE ONLY public.brand_products
    ADD CONSTRAINT brand_products_pkey PRIMARY KEY (brand_id, product_id, consolidated);

ALTER TABLE ONLY public.brand_stores
    ADD CONSTRAINT brand_stores_pkey PRIMARY KEY (brand_id, store_id);

ALTER TABLE ONLY public.brands
    ADD CONSTRAINT brands_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.buckets
    ADD CONSTRAINT buckets_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT cards_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.choice_products
    ADD CONSTRAINT choice_products_pkey PRIMARY KEY (choice_id, product_id);

ALTER TABLE ONLY public.claimer_browsers
    ADD CONSTRAINT claimer_browsers_pkey PRIMARY KEY (huggg_id, fingerprint);

ALTER TABLE ONLY public.client_users
    ADD CONSTRAINT client_users_pkey PRIMARY KEY (client_id, user_id);

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.code_symbols
    ADD CONSTRAINT code_symbols_pkey PRIMARY KEY (brand_id);

ALTER TABLE public.codes
    ADD CONSTRAINT codes_check2 CHECK (((replaced_at IS NULL) OR (assigned_at IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY public.codes
    ADD CONSTRAINT codes_pkey PRIMARY KEY (brand_id, fingerprint);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (fingerprint);

ALTER TABLE ONLY public.cursors
    ADD CONSTRAINT cursors_pkey PRIMARY KEY (consumer);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (subject_id, kind, slot);

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (subject_id, id);

ALTER TABLE ONLY public.group_links
    ADD CONSTRAINT group_links_fingerprint_key UNIQUE (fingerprint);

ALTER TABLE ONLY public.group_links
    ADD CONSTRAINT group_links_pkey PRIMARY KEY (transaction_id);

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (huggg_id, id);

ALTER TABLE ONLY public.hugggs
    ADD CONSTRAINT hugggs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key);

ALTER TABLE ONLY public.integrations
    ADD CONSTRAINT integrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.issuances
    ADD CONSTRAINT issuances_pkey PRIMARY KEY (huggg_id);

ALTER TABLE ONLY public.issuers
    ADD CONSTRAINT issuers_pkey PRIMARY KEY (scope_id);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (kind, subject_id);

ALTER TABLE ONLY public.key_checks
    ADD CONSTRAINT key_checks_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.location_pins
    ADD CONSTRAINT location_pins_pkey PRIMARY KEY (location_id);

ALTER TABLE ONLY public.locations
    ADD CONSTRAINT locations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.moved_links
    ADD CONSTRAINT moved_links_pkey PRIMARY KEY (fingerprint);

ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_pkey PRIMARY KEY (name);

ALTER TABLE public.redemptions
    ADD CONSTRAINT no_sale_is_below_nothing CHECK ((rung_up >= 0)) NOT VALID;

ALTER TABLE public.hugggs
    ADD CONSTRAINT no_use_before_the_pick CHECK (((choice_id IS DISTINCT FROM product_id) OR (num_nonnulls(voucher_id, redemption_id, hold_id) = 0))) NOT VALID;

ALTER TABLE public.hugggs
    ADD CONSTRAINT nothing_is_spent_while_held CHECK (((redemption_id IS NULL) OR (held_until IS NULL) OR (held_until <= updated_at))) NOT VALID;

ALTER TABLE ONLY public.offline_codes
    ADD CONSTRAINT offline_codes_pkey PRIMARY KEY (huggg_id, sequence);

ALTER TABLE ONLY public.offline_rules
    ADD CONSTRAINT offline_rules_pkey PRIMARY KEY (brand_id);

ALTER TABLE ONLY public.offline_scans
    ADD CONSTRAINT offline_scans_pkey PRIMARY KEY (huggg_id, id);

ALTER TABLE ONLY public.offline_turns
    ADD CONSTRAINT offline_turns_pkey PRIMARY KEY (device_id);

ALTER TABLE public.users
    ADD CONSTRAINT only_staff_has_a_pin CHECK (((pin_hash IS NULL) OR (kind = 'merchant'::text))) NOT VALID;

ALTER TABLE public.payments
    ADD CONSTRAINT only_what_failed_has_a_reason CHECK (((state = ANY (ARRAY['refunding'::text, 'declined'::text, 'refunded'::text])) = ((refusal IS NOT NULL) AND (reason IS NOT NULL)))) NOT VALID;

ALTER TABLE ONLY public.own_messages
    ADD CONSTRAINT own_messages_pkey PRIMARY KEY (huggg_id);

ALTER TABLE ONLY public.pass_devices
    ADD CONSTRAINT pass_devices_pkey PRIMARY KEY (pass_id, device_id);

ALTER TABLE ONLY public.passes
    ADD CONSTRAINT passes_huggg_id_kind_sequence_key UNIQUE (huggg_id, kind, sequence);

ALTER TABLE ONLY public.passes
    ADD CONSTRAINT passes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_key_caller_key_key UNIQUE (key_caller, key);

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_transaction_id_key UNIQUE (transaction_id);

ALTER TABLE ONLY public.person_keys
    ADD CONSTRAINT person_keys_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.pictures
    ADD CONSTRAINT pictures_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.pools
    ADD CONSTRAINT pools_pkey PRIMARY KEY (segment_id);

ALTER TABLE ONLY public.processes
    ADD CONSTRAINT processes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.product_segments
    ADD CONSTRAINT product_segments_pkey PRIMARY KEY (product_id, segment_id);

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.received_totals
    ADD CONSTRAINT received_totals_pkey PRIMARY KEY (receiver_id);

ALTER TABLE ONLY public.redemptions
    ADD CONSTRAINT redemptions_pkey PRIMARY KEY (huggg_id, id);

ALTER TABLE ONLY public.refund_policies
    ADD CONSTRAINT refund_policies_team_id_brand_id_key UNIQUE NULLS NOT DISTINCT (team_id, brand_id);

ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.segments
    ADD CONSTRAINT segments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sender_totals
    ADD CONSTRAINT sender_totals_pkey PRIMARY KEY (sender_id, account_id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.shortcodes
    ADD CONSTRAINT shortcodes_pkey PRIMARY KEY (fingerprint);

ALTER TABLE ONLY public.stores
    ADD CONSTRAINT stores_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.thanks
    ADD CONSTRAINT thanks_pkey PRIMARY KEY (huggg_id);

ALTER TABLE ONLY public.themes
    ADD CONSTRAINT themes_pkey PRIMARY KEY (team_id, id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (fingerprint);

ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_pkey PRIMARY KEY (id);

ALTER TABLE public.transfers
    ADD CONSTRAINT transfers_kind_check CHECK ((kind = ANY (
CASE
    WHEN (huggg_id = '00000000-0000-0000-0000-000000000000'::uuid) THEN '{fund,fee,correct}'::text[]
    ELSE '{commit,post,unpost,void,settle}'::text[]
END))) NOT VALID;

ALTER TABLE ONLY public.transfers
    ADD CONSTRAINT transfers_pkey PRIMARY KEY (huggg_id, id);

ALTER TABLE ONLY public.user_locations
    ADD CONSTRAINT user_locations_pkey PRIMARY KEY (user_id, location_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_phone_number_key UNIQUE (phone_number);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE public.users
    ADD CONSTRAINT users_staff_role_check CHECK ((staff_role = ANY (ARRAY['staff'::text, 'supervisor'::text, 'manager'::text]))) NOT VALID;

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_username_key UNIQUE (username);

ALTER TABLE ONLY public.vouchers
    ADD CONSTRAINT vouchers_pkey PRIMARY KEY (huggg_id, id);

ALTER TABLE ONLY public.wallet_entries
    ADD CONSTRAINT wallet_entries_pkey PRIMARY KEY (id);

CREATE INDEX accounts_by_team ON public.accounts USING btree (team_id, created_at, id) WHERE (team_id IS NOT NULL);

CREATE INDEX batches_by_segment ON public.batches USING btree (segment_id, created_at);

CREATE INDEX brand_products_by_product ON public.brand_products USING btree (product_id);

CREATE INDEX brands_in_order ON public.brands USING btree (weight DESC, "position") WHERE active;

CREATE INDEX cards_by_user ON public.cards USING btree (user_id, added_at, id);

CREATE INDEX choice_products_by_product ON public.choice_products USING btree (product_id);

CREATE INDEX codes_reserved ON public.codes USING btree (lease_until) WHERE (lease_until IS NOT NULL);

CREATE INDEX codes_to_draw ON public.codes USING btree (segment_id, valid_until) WHERE ((assigned_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX confirmations_by_age ON public.deliveries USING btree (queued_at) WHERE (kind = 'confirmation'::text);

CREATE INDEX deliveries_by_id ON public.deliveries USING btree (id);

CREATE INDEX deliveries_by_transaction ON public.deliveries USING btree (transaction_id, id);

CREATE INDEX deliveries_to_hand_over ON public.deliveries USING btree (batch_id) WHERE (state = 'queued'::text);

CREATE INDEX deliveries_to_remind ON public.deliveries USING btree (remind_at) WHERE (remind_at IS NOT NULL);

CREATE INDEX devices_by_brand ON public.devices USING btree (brand_id, id);

CREATE UNIQUE INDEX devices_by_code ON public.devices USING btree (code_fingerprint);

CREATE INDEX events_in_commit_order ON public.events USING btree ("position", id) WHERE ("position" IS NOT NULL);

CREATE INDEX hugggs_by_expiry ON public.hugggs USING btree (sender_id, expiry_date, id);

CREATE INDEX hugggs_by_sender ON public.hugggs USING btree (sender_id, id);

CREATE UNIQUE INDEX hugggs_by_transaction ON public.hugggs USING btree (transaction_id, "position", id);

CREATE INDEX hugggs_cancelled_by_update ON public.hugggs USING btree (sender_id, updated_at, id) WHERE ((redemption_id IS NULL) AND (cancelled_at IS NOT NULL));

CREATE INDEX hugggs_open_by_update ON public.hugggs USING btree (sender_id, updated_at, id, expires_at) WHERE ((redemption_id IS NULL) AND (cancelled_at IS NULL));

CREATE INDEX hugggs_received ON public.hugggs USING btree (receiver_id, id) INCLUDE (sent_at) WHERE (receiver_id IS NOT NULL);

CREATE INDEX hugggs_redeemed_by_update ON public.hugggs USING btree (sender_id, updated_at, id) WHERE (redemption_id IS NOT NULL);

CREATE INDEX hugggs_to_expire ON public.hugggs USING btree (expires_at, id) WHERE ((redemption_id IS NULL) AND (cancelled_at IS NULL) AND (expired_at IS NULL));

CREATE INDEX hugggs_to_return ON public.hugggs USING btree (returns_at, id) WHERE ((returns_at IS NOT NULL) AND (returned_at IS NULL));

CREATE INDEX hugggs_to_send ON public.hugggs USING btree (sent_at, id) WHERE awaits_sending;

CREATE INDEX hugggs_with_next_last_day ON public.hugggs USING btree (transaction_id, cancelled_at, expired_at, "position") WHERE (next_expires_at IS NOT NULL);

CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys USING btree (created_at);

CREATE INDEX issuances_due ON public.issuances USING btree (next_at) WHERE (settled_at IS NULL);

CREATE INDEX jobs_by_customer ON public.jobs USING btree (customer_id, due_at) WHERE (dead_at IS NULL);

CREATE INDEX labels_to_seal ON public.transactions USING btree (id) WHERE ((title IS NOT NULL) OR (reason_code IS NOT NULL) OR (tags <> '{}'::text[]));

CREATE INDEX messages_to_clear ON public.transactions USING btree (id) WHERE ((message IS NOT NULL) AND (sealed_message IS NOT NULL));

CREATE INDEX messages_to_seal ON public.transactions USING btree (id) WHERE ((message IS NOT NULL) AND (sealed_message IS NULL));

CREATE UNIQUE INDEX money_moves_once_under_a_reference ON public.wallet_entries USING btree (wallet_id, kind, lower(reference));

CREATE INDEX moved_links_of_huggg ON public.moved_links USING btree (huggg_id);

CREATE INDEX offline_codes_by_end ON public.offline_codes USING btree (ends_at);

CREATE INDEX offline_codes_by_product ON public.offline_codes USING btree (product_id, ends_at);

CREATE INDEX offline_conflicts ON public.offline_scans USING btree (brand_id, arrived_at) WHERE ((reason IS NOT NULL) AND (settled_at IS NULL));

CREATE INDEX offline_scans_by_device ON public.offline_scans USING btree (device_id, arrived_at);

CREATE INDEX offline_scans_by_id ON public.offline_scans USING btree (id);

CREATE UNIQUE INDEX one_claim_of_each_number ON public.hugggs USING btree (transaction_id, claimer, claim_number) WHERE (claimer IS NOT NULL);

CREATE UNIQUE INDEX one_live_redemption ON public.redemptions USING btree (huggg_id) WHERE (reversed_at IS NULL);

CREATE UNIQUE INDEX one_redemption_a_hold ON public.redemptions USING btree (huggg_id, hold_id) WHERE (hold_id IS NOT NULL);

CREATE UNIQUE INDEX one_standing_code_a_huggg ON public.codes USING btree (brand_id, huggg_id) WHERE ((huggg_id IS NOT NULL) AND (replaced_at IS NULL));

CREATE INDEX pass_devices_of_device ON public.pass_devices USING btree (device_id);

CREATE INDEX payments_due ON public.payments USING btree (next_at) WHERE ((settled_at IS NULL) AND (given_up_at IS NULL));

CREATE INDEX plans_to_seal ON public.payments USING btree (id) WHERE (plan IS NOT NULL);

CREATE INDEX products_by_price ON public.products USING btree (sale_price, id) WHERE active;

CREATE INDEX redemptions_by_brand ON public.redemptions USING btree (brand_id, created_at, id);

CREATE INDEX redemptions_by_receipt ON public.redemptions USING btree (brand_id, lower(receipt_number)) WHERE (receipt_number IS NOT NULL);

CREATE INDEX redemptions_by_reference ON public.redemptions USING btree (brand_id, lower(sale_reference)) WHERE (sale_reference IS NOT NULL);

CREATE INDEX refunds_by_payment ON public.refunds USING btree (payment_id);

CREATE INDEX reminders_that_wait ON public.deliveries USING btree (address_fingerprint) WHERE ((state = 'queued'::text) AND (kind = 'reminder'::text));

CREATE INDEX sessions_by_client ON public.sessions USING btree (client_id) WHERE (revoked_at IS NULL);

CREATE INDEX sessions_by_end ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_by_user ON public.sessions USING btree (user_id) WHERE (revoked_at IS NULL);

CREATE INDEX shortcodes_by_hashed_redeem_code ON public.shortcodes USING hash (redeem_fingerprint);

CREATE INDEX shortcodes_without_redeem_code ON public.shortcodes USING btree (fingerprint) WHERE (redeem_fingerprint IS NULL);

CREATE INDEX staff_by_brand ON public.users USING btree (brand_id) WHERE (brand_id IS NOT NULL);

CREATE INDEX stores_on_map ON public.stores USING btree (latitude_e7, longitude_e7) INCLUDE (on_app, on_imessage) WHERE (on_app OR on_imessage);

CREATE INDEX stores_shown ON public.stores USING btree (id) WHERE shown;

CREATE INDEX teams_by_parent ON public.teams USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX tokens_by_session ON public.tokens USING btree (session_id);

CREATE INDEX transactions_by_product ON public.transactions USING btree (sender_id, product_id, id);

CREATE INDEX transactions_by_sender ON public.transactions USING btree (sender_id, id) INCLUDE (quantity, status);

CREATE INDEX transactions_by_word_fingerprint ON public.transactions USING gin (word_fingerprints) WHERE (word_fingerprints IS NOT NULL);

CREATE INDEX transactions_to_forget ON public.transactions USING btree (team_id, id) WHERE ((team_id IS NOT NULL) AND (forgotten_at IS NULL));

CREATE INDEX transactions_without_word_fingerprints ON public.transactions USING btree (sender_id, id) WHERE ((word_key IS NULL) AND (message IS NOT NULL) AND (status = 'successful'::text));

CREATE INDEX transactions_without_words ON public.transactions USING btree (sender_id, id) WHERE ((words IS NULL) AND (message IS NOT NULL) AND (status = 'successful'::text));

CREATE UNIQUE INDEX users_by_email ON public.users USING btree (email_fingerprint);

CREATE UNIQUE INDEX users_by_phone ON public.users USING btree (phone_fingerprint);

CREATE UNIQUE INDEX users_by_username_fingerprint ON public.users USING btree (username_fingerprint);

CREATE UNIQUE INDEX users_by_username_key ON public.users USING btree (username_key);

CREATE INDEX users_in_clear ON public.users USING btree (created_at, id) WHERE ((personal IS NULL) OR (username IS NOT NULL) OR (phone_number IS NOT NULL) OR (name <> ''::text));

CREATE INDEX users_without_username_key ON public.users USING btree (created_at, id) WHERE ((username IS NOT NULL) AND (username_key IS NULL));

CREATE TRIGGER count_purchases AFTER INSERT ON public.transactions REFERENCING NEW TABLE AS bought FOR EACH STATEMENT EXECUTE FUNCTION public.count_purchases();

CREATE TRIGGER forget_received_totals AFTER UPDATE OF receiver_id, sent_at ON public.hugggs FOR EACH ROW WHEN (((old.receiver_id IS DISTINCT FROM new.receiver_id) OR ((old.sent_at <= now()) AND (old.sent_at <> new.sent_at)))) EXECUTE FUNCTION public.forget_received_totals();

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_commitment_id_fkey FOREIGN KEY (commitment_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.adjustment_codes
    ADD CONSTRAINT adjustment_codes_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.adjustment_codes
    ADD CONSTRAINT adjustment_codes_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products(id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_segment_id_fkey FOREIGN KEY (segment_id) REFERENCES public.pools(segment_id);

ALTER TABLE ONLY public.brand_pictures
    ADD CONSTRAINT brand_pictures_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.brand_pictures
    ADD CONSTRAINT brand_pictures_cover_fkey FOREIGN KEY (cover) REFERENCES public.pictures(name);

ALTER TABLE ONLY public.brand_pictures
    ADD CONSTRAINT brand_pictures_logo_fkey FOREIGN KEY (logo) REFERENCES public.pictures(name);

ALTER TABLE ONLY public.brand_products
    ADD CONSTRAINT brand_products_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.brand_products
    ADD CONSTRAINT brand_products_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products(id);

ALTER TABLE ONLY public.brand_stores
    ADD CONSTRAINT brand_stores_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.brand_stores
    ADD CONSTRAINT brand_stores_store_id_fkey FOREIGN KEY (store_id) REFERENCES public.stores(id);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT cards_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.choice_products
    ADD CONSTRAINT choice_products_choice_id_fkey FOREIGN KEY (choice_id) REFERENCES public.products(id);

ALTER TABLE ONLY public.choice_products
    ADD CONSTRAINT choice_products_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products(id);

ALTER TABLE ONLY public.client_users
    ADD CONSTRAINT client_users_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id);

ALTER TABLE ONLY public.client_users
    ADD CONSTRAINT client_users_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_location_id_fkey FOREIGN KEY (location_id) REFERENCES public.locations(id);

ALTER TABLE ONLY public.location_pins
    ADD CONSTRAINT location_pins_location_id_fkey FOREIGN KEY (location_id) REFERENCES public.locations(id);

ALTER TABLE ONLY public.locations
    ADD CONSTRAINT locations_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.locations
    ADD CONSTRAINT locations_store_id_fkey FOREIGN KEY (store_id) REFERENCES public.stores(id);

ALTER TABLE ONLY public.product_segments
    ADD CONSTRAINT product_segments_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products(id);

ALTER TABLE ONLY public.product_segments
    ADD CONSTRAINT product_segments_segment_id_fkey FOREIGN KEY (segment_id) REFERENCES public.segments(id);

ALTER TABLE ONLY public.refund_policies
    ADD CONSTRAINT refund_policies_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.refund_policies
    ADD CONSTRAINT refund_policies_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.segments
    ADD CONSTRAINT segments_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.themes
    ADD CONSTRAINT themes_cover_fkey FOREIGN KEY (cover) REFERENCES public.pictures(name);

ALTER TABLE ONLY public.themes
    ADD CONSTRAINT themes_logo_fkey FOREIGN KEY (logo) REFERENCES public.pictures(name);

ALTER TABLE ONLY public.themes
    ADD CONSTRAINT themes_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id);

ALTER TABLE ONLY public.user_locations
    ADD CONSTRAINT user_locations_location_id_fkey FOREIGN KEY (location_id) REFERENCES public.locations(id);

ALTER TABLE ONLY public.user_locations
    ADD CONSTRAINT user_locations_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.wallet_entries
    ADD CONSTRAINT wallet_entries_wallet_id_fkey FOREIGN KEY (wallet_id) REFERENCES public.accounts(id);

-- Deliveries: a row for each message to a person. The primary key keeps a message from being sent twice: a
-- subject has one message of a kind in a slot. A delivery is made by the statement that makes the change, and handed over by
-- the job of its batch.
CREATE TABLE deliveries (
    subject_id      uuid NOT NULL,              -- a huggg; of receipts a transaction, of alarms a wallet, a segment
    kind            text NOT NULL CHECK (kind IN ('gift', 'reminder', 'receipt', 'alarm', 'confirmation')),
    slot            text NOT NULL DEFAULT '',
    id              uuid NOT NULL,
    transaction_id  uuid,
    batch_id        uuid NOT NULL,              -- the subject of the job that hands it over, with others
    channel         text NOT NULL CHECK (channel IN ('email', 'sms')),
    person_id       uuid,                       -- the user that gets it; null for an address that is no user's
    sealed          bytea,                      -- address, name, language, where they are not simply the user's own
    facts           jsonb NOT NULL DEFAULT '{}',
    address_fingerprint bytea,                  -- of a reminder that waits, so that its reader can stop it
    state           text NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'sent', 'delivered', 'bounced', 'failed', 'suppressed')),
    reason          text,                       -- why it did not arrive
    provider_id     text,
    remind_at       timestamptz,                -- of a gift that was sent: when a reminder may be due
    queued_at       timestamptz NOT NULL,
    begun_at        timestamptz,                -- its channel may have it, and no answer is recorded
    sent_at         timestamptz,
    delivered_at    timestamptz,
    bounced_at      timestamptz,
    failed_at       timestamptz,
    suppressed_at   timestamptz,
    PRIMARY KEY (subject_id, kind, slot)
);
CREATE INDEX deliveries_by_id ON deliveries (id);                                               -- reports, unsubscribing
CREATE INDEX deliveries_to_hand_over ON deliveries (batch_id) WHERE state = 'queued';           -- handing over
CREATE INDEX deliveries_by_transaction ON deliveries (transaction_id, id);                      -- lists
CREATE INDEX deliveries_to_remind ON deliveries (remind_at) WHERE remind_at IS NOT NULL;        -- reminding
CREATE INDEX reminders_that_wait ON deliveries (address_fingerprint)
    WHERE state = 'queued' AND kind = 'reminder';                                               -- unsubscribing

-- A delivery beside the user that it is for, whose own data have the address unless the delivery has another.
CREATE VIEW addressed_deliveries AS
SELECT d.*, u.personal, u.name, u.username, u.phone_number, k.key AS person_key
  FROM deliveries d
  LEFT JOIN users u ON u.id = d.person_id
  LEFT JOIN person_keys k ON k.person_id = d.person_id;

-- Readers' wishes about messages to an address or number, and addresses that take no mail.
CREATE TABLE contacts (
    fingerprint     bytea PRIMARY KEY,
    language        text,
    unwanted        text[] NOT NULL DEFAULT '{}',   -- kinds of deliveries
    dead_at         timestamptz,
    dead_reason     text,
    updated_at      timestamptz NOT NULL
);

ALTER TABLE teams ADD COLUMN legacy_sms boolean NOT NULL DEFAULT false;     -- reminders in the slots of statuses 6 to 10
ALTER TABLE teams ADD COLUMN language text;                                 -- of its receivers, unless they choose
ALTER TABLE accounts ADD COLUMN alarm_below bigint CHECK (alarm_below > 0); -- pence
ALTER TABLE accounts ADD COLUMN alarmed_at timestamptz;                     -- it is below its level, and the team knows
ALTER TABLE hugggs ADD COLUMN reminders text;                               -- the slots in which its receiver was reminded

CREATE OR REPLACE VIEW shown_hugggs AS
SELECT h.id, h.transaction_id, h.position, h.sender_id, h.receiver_id, h.product_id, h.message_id, h.voucher_id,
       h.redemption_id, h.theme_id, h.type, h.expiry_date, h.expires_at, h.created_at, h.updated_at, h.sent_at,
       h.assigned_at, h.assigned_client, h.viewed_at, h.viewed_client, h.cancelled_at, h.codes,
       p.image_url, v.code AS voucher_code, h.reminders
  FROM hugggs h
  LEFT JOIN products p ON p.id = h.product_id
  LEFT JOIN vouchers v ON v.huggg_id = h.id AND v.id = h.voucher_id;

-- The message of one huggg, in place of its purchase's; sealed, under its receiver's key if the receiver is known.
CREATE TABLE own_messages (
    huggg_id    uuid PRIMARY KEY,
    person_id   uuid,
    message     bytea NOT NULL
);

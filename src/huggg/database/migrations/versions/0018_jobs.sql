-- The queue of work that is due. A job is enqueued by the statement that makes the change, and leased by the worker, or
-- the request, that does it; one that is done is deleted. Payments and issuances keep their columns `next_at`,
-- `postponed` and, of payments, `attempts` for older servers only, until a later release drops them; `next_at` is 'infinity' where
-- a job has taken over.
CREATE TABLE jobs (
    kind         text NOT NULL,
    subject_id   uuid NOT NULL,             -- one job of a kind about a subject
    customer_id  uuid NOT NULL,             -- the team, user or brand that it is done for: they are served in turn
    payload      jsonb NOT NULL DEFAULT '{}',
    due_at       timestamptz NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    lease_id     uuid,                      -- the attempt that is under way …
    lease_until  timestamptz,               -- … and until when no other begins
    failure      text,                      -- why the last attempt did not do it
    dead_at      timestamptz,               -- a dead letter: only an operator has it tried again
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, subject_id),
    CONSTRAINT a_lease_has_an_end CHECK ((lease_id IS NULL) = (lease_until IS NULL)),
    CONSTRAINT no_dead_letter_is_leased CHECK (dead_at IS NULL OR lease_id IS NULL)
);
CREATE INDEX jobs_by_customer ON jobs (customer_id, due_at) WHERE dead_at IS NULL;        -- leasing

-- Access: roles in a team, programs that act for a team, and indexes for the lists of a user's own.

-- A subteam has a pot of its own; teams are two levels deep, no more.
ALTER TABLE teams ADD COLUMN parent_id uuid REFERENCES teams CHECK (parent_id <> id);
CREATE INDEX teams_by_parent ON teams (parent_id) WHERE parent_id IS NOT NULL;     -- the subteams of a team

ALTER TABLE users ADD COLUMN role text NOT NULL DEFAULT 'participant'
    CHECK (role IN ('admin', 'viewer', 'subteam_admin', 'participant'));

-- A key acts as a user of its own, who is a member of the team and cannot log in.
CREATE TABLE api_keys (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL UNIQUE REFERENCES users,
    fingerprint   bytea NOT NULL UNIQUE,          -- of the key itself, which is shown once
    scopes        text[] NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz,                    -- to the minute
    revoked_at    timestamptz
);

-- Orders belong to the team that its buyer was in, wherever they go afterwards.
ALTER TABLE transactions ADD COLUMN team_id uuid;
UPDATE transactions t SET team_id = a.team_id FROM accounts a WHERE a.id = t.account_id;

ALTER TABLE payments ADD COLUMN team_id uuid;

-- GET /transactions shows failed ones too; counting a sender's hugggs leaves them out.
DROP INDEX transactions_by_sender;
CREATE INDEX transactions_by_sender ON transactions (sender_id, id) INCLUDE (quantity, status);

CREATE INDEX accounts_by_team ON accounts (team_id, created_at, id) WHERE team_id IS NOT NULL;   -- wallets of a team

-- POST /search: in order of update and of last day, and by the words of a message.
CREATE INDEX hugggs_by_update ON hugggs (sender_id, updated_at, id);
CREATE INDEX hugggs_by_expiry ON hugggs (sender_id, expiry_date, id);
CREATE INDEX transactions_by_message ON transactions USING gin (to_tsvector('simple', message));

CREATE INDEX hugggs_by_receiver ON hugggs (receiver_id, id) WHERE receiver_id IS NOT NULL;   -- GET /hugggs/received

-- Whether a member of `own_team` sees the orders of `team`. The one place that knows the rights of roles to see orders.
CREATE FUNCTION sees_orders_of(team uuid, own_team uuid, sees_team boolean, sees_subteams boolean) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(sees_team AND team = own_team
                    OR sees_subteams AND EXISTS (SELECT FROM teams s WHERE s.id = team AND s.parent_id = own_team),
                    false);

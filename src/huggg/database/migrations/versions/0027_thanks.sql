-- The thank-you for a huggg: one, sealed as codes are.
CREATE TABLE thanks (
    huggg_id   uuid PRIMARY KEY,
    text       bytea NOT NULL,
    created_at timestamptz NOT NULL
);

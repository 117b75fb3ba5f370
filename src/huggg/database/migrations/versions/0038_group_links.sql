-- The links of purchases for groups. The code of a link is found by its fingerprint, and sealed together with the link's secret.
CREATE TABLE group_links (
    transaction_id  uuid PRIMARY KEY,
    fingerprint     bytea NOT NULL UNIQUE,
    sealed          bytea NOT NULL
);

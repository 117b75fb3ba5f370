-- The label of an order, as its buyer keeps books.
ALTER TABLE transactions ADD COLUMN reason_code text;

-- Links that moved: a huggg that was given to another receiver has a new shortcode, and the old one finds nothing but this.
CREATE TABLE moved_links (
    fingerprint  bytea PRIMARY KEY,
    huggg_id     uuid NOT NULL,
    moved_at     timestamptz NOT NULL
);

CREATE INDEX moved_links_of_huggg ON moved_links (huggg_id);

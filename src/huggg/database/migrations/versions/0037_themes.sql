-- Pictures, each drawn anew from an operator's file and named by a hash of its content.
CREATE TABLE pictures (
    name  text PRIMARY KEY,
    body  bytea NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 65536)
);

-- The looks of gift pages, by the team that sends and the id that its purchases name.
CREATE TABLE themes (
    team_id       uuid NOT NULL REFERENCES teams (id),
    id            text NOT NULL,
    label         text NOT NULL,
    ground        text NOT NULL,
    ink           text NOT NULL,
    accent        text NOT NULL,
    night_accent  text NOT NULL,
    logo          text REFERENCES pictures (name),
    cover         text REFERENCES pictures (name),
    PRIMARY KEY (team_id, id)
);

CREATE TABLE brand_pictures (
    brand_id  uuid PRIMARY KEY REFERENCES brands (id),
    logo      text REFERENCES pictures (name),
    cover     text REFERENCES pictures (name)
);

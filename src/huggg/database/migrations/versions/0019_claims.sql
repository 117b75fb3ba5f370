-- Claims. `claimer` tells the people who claim hugggs of one purchase apart: the user's id, or the fingerprint of the secret
-- that a browser holds. Where the purchase has a limit, each claim of a person takes one of the numbers up to it, and
-- the index lets two concurrent claims not take the same. Without a limit there is no number.
ALTER TABLE hugggs
    ADD COLUMN IF NOT EXISTS claimer bytea,
    ADD COLUMN IF NOT EXISTS claim_number integer;
CREATE UNIQUE INDEX IF NOT EXISTS one_claim_of_each_number ON hugggs (transaction_id, claimer, claim_number)
 WHERE claimer IS NOT NULL;                                                                           -- claimable, claim

-- The team's wish: every holder of the link sees the code, or once the huggg is claimed only its claimer.
ALTER TABLE teams
    ADD COLUMN code_viewers text NOT NULL DEFAULT 'holders' CHECK (code_viewers IN ('holders', 'claimer'));

-- The browsers of a claimer, by the fingerprint of the secret that each holds: the browser that claimed, and those that
-- confirmed the address that the huggg was sent to.
CREATE TABLE claimer_browsers (
    huggg_id     uuid NOT NULL,
    fingerprint  bytea NOT NULL,
    admitted_at  timestamptz NOT NULL,
    PRIMARY KEY (huggg_id, fingerprint)
);

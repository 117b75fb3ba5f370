-- By which redeem code a huggg is found, beside its shortcode: a redemption writes nothing here, so this costs
-- the tills no index. Codes of six symbols repeat, so the index is not unique. Null until a server of this
-- release has looked at the huggg: it moves those of before while it runs, and those that older servers go on
-- to sell. Empty where the huggg's codes do not open.
ALTER TABLE shortcodes ADD COLUMN IF NOT EXISTS redeem_fingerprint bytea;

CREATE INDEX IF NOT EXISTS shortcodes_by_redeem_code ON shortcodes (redeem_fingerprint)     -- a till's typed code
 WHERE redeem_fingerprint IS NOT NULL;
CREATE INDEX IF NOT EXISTS shortcodes_without_redeem_code ON shortcodes (fingerprint)       -- moving them
 WHERE redeem_fingerprint IS NULL;

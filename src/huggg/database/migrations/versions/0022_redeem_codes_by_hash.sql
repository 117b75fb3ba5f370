-- A till's typed code. Fingerprints are random and are looked up by equality alone. A hash index keeps four bytes
-- of each and holds no nulls, so a purchase of 100,000 enters its fingerprints sooner than into a B-tree of whole ones.
CREATE INDEX IF NOT EXISTS shortcodes_by_hashed_redeem_code ON shortcodes USING hash (redeem_fingerprint);
DROP INDEX shortcodes_by_redeem_code;

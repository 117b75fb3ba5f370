-- The policy of a pool where no code of it is good as long as the huggg, and for a code that ended before its huggg.
ALTER TABLE pools
    ADD COLUMN short_codes text NOT NULL DEFAULT 'refused' CHECK (short_codes IN ('refused', 'given')),
    ADD COLUMN ended_codes text NOT NULL DEFAULT 'shown' CHECK (ended_codes IN ('shown', 'replaced'));

-- Code and voucher that gave way to others. They stay with their huggg for ever.
ALTER TABLE vouchers ADD COLUMN replaced_at timestamptz;
ALTER TABLE codes ADD COLUMN IF NOT EXISTS replaced_at timestamptz;
-- Not validated: no code of before was replaced, and looking at each of very many would keep all draws waiting.
ALTER TABLE codes ADD CHECK (replaced_at IS NULL OR assigned_at IS NOT NULL) NOT VALID;

-- A huggg has one code that stands, however many draw for it at once. The new index is there before the old one,
-- which knows of no replaced codes, is gone.
CREATE UNIQUE INDEX IF NOT EXISTS one_standing_code_a_huggg ON codes (brand_id, huggg_id)
 WHERE huggg_id IS NOT NULL AND replaced_at IS NULL;
DROP INDEX one_code_a_huggg;

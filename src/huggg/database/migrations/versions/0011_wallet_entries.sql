-- The notes of operators on the money that they move by hand.

-- An entry belongs to the transfer of the same id, which says how much and when. Top-ups of before have
-- none, and those of a program say nothing but that they are.
CREATE TABLE wallet_entries (
    id          uuid PRIMARY KEY,
    wallet_id   uuid NOT NULL REFERENCES accounts,
    kind        text NOT NULL CHECK (kind IN ('fund', 'correct')),
    reference   text,                  -- its name outside, such as on a bank's statement
    reason      text,
    made_by     text,
    CONSTRAINT a_correction_has_a_reason CHECK (kind <> 'correct' OR reason IS NOT NULL)
);
CREATE UNIQUE INDEX money_moves_once_under_a_reference ON wallet_entries (wallet_id, kind, lower(reference));

-- Not validated: a row that kept the narrower checks keeps these, and looking at each of very many would
-- keep all redemptions waiting.
ALTER TABLE transfers
    DROP CONSTRAINT transfers_kind_check,
    DROP CONSTRAINT transfers_about_a_huggg,
    ADD CONSTRAINT transfers_kind_check
        CHECK (kind IN ('fund', 'commit', 'post', 'unpost', 'void', 'fee', 'correct')) NOT VALID,
    ADD CONSTRAINT transfers_about_a_huggg
        CHECK ((kind IN ('fund', 'fee', 'correct')) = (huggg_id = '00000000-0000-0000-0000-000000000000'))
        NOT VALID;

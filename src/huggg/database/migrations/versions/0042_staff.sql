-- The role of a merchant's user at the till page, and the PIN by which they sign in on a paired device. Users of older
-- releases could do all that the page had, and so can users that an older server creates while it still runs.
ALTER TABLE users ADD COLUMN staff_role text NOT NULL DEFAULT 'manager',
                  ADD COLUMN pin_hash text;
ALTER TABLE users
    ADD CONSTRAINT users_staff_role_check CHECK (staff_role IN ('staff', 'supervisor', 'manager')) NOT VALID,
    ADD CONSTRAINT only_staff_has_a_pin CHECK (pin_hash IS NULL OR kind = 'merchant') NOT VALID;
CREATE INDEX IF NOT EXISTS staff_by_brand ON users (brand_id) WHERE brand_id IS NOT NULL;         -- a manager's list, a device's sign-in

-- Whether a process opens a voucher's code in the seal of its pool. Servers of the releases before do not say so. While
-- one of them runs, each drawn code gets the seal of its voucher.
ALTER TABLE processes ADD COLUMN opens_pool_seals boolean NOT NULL DEFAULT false;

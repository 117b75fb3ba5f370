-- A code of a pool or of a brand's own service is spent at the merchant's till without a word to this server. Once an answer had it,
-- the value of its huggg stays, unless a policy trusts the buyers.
ALTER TABLE refund_policies ADD COLUMN even_shown boolean NOT NULL DEFAULT false;

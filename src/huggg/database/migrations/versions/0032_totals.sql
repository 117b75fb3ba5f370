-- The numbers of a sender's purchases, failed ones too, and of their hugggs. Each account that paid has a row: purchases from
-- one wallet wait for each other anyway, and purchases from two wallets of one sender do not.
CREATE TABLE sender_totals (
    sender_id   uuid NOT NULL,
    account_id  uuid NOT NULL,
    purchases   bigint NOT NULL,
    hugggs      bigint NOT NULL,
    PRIMARY KEY (sender_id, account_id)
) WITH (fillfactor = 50);   -- its rows are changed in place

-- A trigger, because servers of the release before go on to sell, and their purchases count, too. Rows are locked in the order
-- of their keys, after all wallets.
CREATE FUNCTION count_purchases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sender_totals AS s (sender_id, account_id, purchases, hugggs)
    SELECT sender_id, account_id, count(*), coalesce(sum(quantity) FILTER (WHERE status = 'successful'), 0)
      FROM bought
     GROUP BY sender_id, account_id
     ORDER BY sender_id, account_id
    ON CONFLICT (sender_id, account_id) DO UPDATE
       SET purchases = s.purchases + excluded.purchases, hugggs = s.hugggs + excluded.hugggs;
    RETURN NULL;
END
$$;

-- Buyers wait while the purchases of before are counted, a third of a second for a million. Readers do not.
CREATE TRIGGER count_purchases AFTER INSERT ON transactions
    REFERENCING NEW TABLE AS bought FOR EACH STATEMENT EXECUTE FUNCTION count_purchases();
INSERT INTO sender_totals (sender_id, account_id, purchases, hugggs)
SELECT sender_id, account_id, count(*), coalesce(sum(quantity) FILTER (WHERE status = 'successful'), 0)
  FROM transactions
 GROUP BY sender_id, account_id;

-- The hugggs that a person received are counted on the index alone, with the day of sending of each.
CREATE INDEX IF NOT EXISTS hugggs_received ON hugggs (receiver_id, id) INCLUDE (sent_at)           -- received, count_received
 WHERE receiver_id IS NOT NULL;
DROP INDEX hugggs_by_receiver;

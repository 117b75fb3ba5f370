-- name: huggg
-- One huggg, by id or by a fingerprint of its shortcode, and the caller. Set-based: see Lookup and
-- Database.each_sharing.
SELECT items.n, now() AS now, h.*, lookup_callers.*
  FROM unnest(:huggg_id::uuid[], :fingerprint::bytea[], :shared_token::bytea[])
       WITH ORDINALITY AS items (id, fingerprint, token, n)
  LEFT JOIN shortcodes c ON c.fingerprint = items.fingerprint
  LEFT JOIN shown_hugggs h ON h.id = coalesce(items.id, c.huggg_id)
  LEFT JOIN lookup_callers ON caller_token = items.token;

-- name: hugggs
-- Hugggs by id, as others embed them.
SELECT h.*, now() AS now
  FROM shown_hugggs h
 WHERE h.id = ANY(:ids::uuid[]);

-- name: order_seen
SELECT 1 AS is_seen
  FROM transactions
 WHERE id = :transaction_id
   AND sees_orders_of(team_id, :own_team, :sees_team, :sees_subteams);

-- name: of_transaction
-- A page of a transaction, found by position: the last page costs as much as the first. The bounds are wider
-- than any position, because callers may ask for page one billion.
SELECT h.*, now() AS now
  FROM shown_hugggs h
 WHERE h.transaction_id = :transaction_id
   AND h.position BETWEEN :first::bigint AND :last::bigint
 ORDER BY h.position;

-- name: sent
-- A page of everything a user bought, newest first; ids sort by time. The page is picked on the index alone, from its
-- nearer end and before any row is read, and a walk goes on below the id where it stands.
SELECT h.*, now() AS now
  FROM ((SELECT id FROM hugggs
          WHERE sender_id = :sender_id AND id < :before AND NOT :from_end::boolean
          ORDER BY id DESC
          LIMIT :size OFFSET :offset)
         UNION ALL
        (SELECT id FROM hugggs
          WHERE sender_id = :sender_id AND :from_end
          ORDER BY id
          LIMIT :size OFFSET :offset)) AS page
  JOIN shown_hugggs h ON h.id = page.id
 ORDER BY h.id DESC;

-- name: received
-- A page of the hugggs that a user received, newest first, once their day has come; picked on the index, as
-- above.
SELECT h.*, now() AS now
  FROM ((SELECT id FROM hugggs
          WHERE receiver_id = :receiver_id AND sent_at <= now() AND id < :before AND NOT :from_end::boolean
          ORDER BY id DESC
          LIMIT :size OFFSET :offset)
         UNION ALL
        (SELECT id FROM hugggs
          WHERE receiver_id = :receiver_id AND sent_at <= now() AND :from_end
          ORDER BY id
          LIMIT :size OFFSET :offset)) AS page
  JOIN shown_hugggs h ON h.id = page.id
 ORDER BY h.id DESC;

-- name: count_received
-- The number that was kept of a long list's earlier part, and a scan of the later entries, of which the index tells all.
SELECT coalesce(earlier.hugggs, 0) + later.hugggs AS total, later.hugggs AS scanned, now() AS now
  FROM (SELECT :receiver_id::uuid AS receiver_id) AS items
  LEFT JOIN received_totals earlier ON earlier.receiver_id = items.receiver_id
 CROSS JOIN LATERAL (SELECT count(*) AS hugggs
                       FROM hugggs h
                      WHERE h.receiver_id = items.receiver_id AND h.sent_at <= now()
                        AND h.id >= coalesce(earlier.before_id, '00000000-0000-0000-0000-000000000000')) AS later;

-- name: no_receiver_changes
-- Whether no huggg is on its way to another receiver; if so, none is until the end of the transaction. See the trigger
-- `forget_received_totals`.
SELECT pg_try_advisory_xact_lock(hashtextextended('received_totals', 0)) AS holds;

-- name: keep_received_total
-- Counts a receiver's list before this id, or before the first huggg whose day has not come.
INSERT INTO received_totals AS k (receiver_id, before_id, hugggs)
SELECT :receiver_id, bound.id,
       (SELECT count(*) FROM hugggs h WHERE h.receiver_id = :receiver_id AND h.id < bound.id)
  FROM (SELECT coalesce((SELECT h.id
                           FROM hugggs h
                          WHERE h.receiver_id = :receiver_id AND h.id < :before_id AND h.sent_at > now()
                          ORDER BY h.id
                          LIMIT 1), :before_id::uuid)) AS bound (id)
ON CONFLICT (receiver_id) DO UPDATE SET before_id = excluded.before_id, hugggs = excluded.hugggs;

-- name: count_sent
-- Kept by the trigger `count_purchases`: adding up a buyer's purchases at each page would be a scan.
SELECT coalesce(sum(hugggs), 0)::bigint AS total
  FROM sender_totals
 WHERE sender_id = :sender_id;

-- name: sender
SELECT u.id, p.name, p.username, p.phone_number, p.personal, p.person_key, u.kind, u.active, u.unknown_recipient
  FROM users u
  JOIN people p ON p.id = u.id
 WHERE u.id = :id;

-- name: messages
-- The text is kept once per purchase and shown as one message per huggg, unless the huggg has one of its own. Set-based:
-- see Database.by_key.
SELECT items.n, h.message_id AS id, h.created_at, w.*
  FROM unnest(:huggg_id::uuid[]) WITH ORDINALITY AS items (huggg_id, n)
  JOIN hugggs h ON h.id = items.huggg_id
  JOIN huggg_messages w ON w.huggg_id = h.id;

-- name: claims_left
-- The limit of a huggg's purchase for one person, the first number up to it that no claim of this person has, the last
-- day that the huggg of a group has once it is claimed, and whether this person has claimed it.
SELECT t.claim_limit, h.claimer IS NOT DISTINCT FROM :claimer AS is_claimer,
       CASE WHEN t.delivery_method = 'group' THEN h.next_expiry_date END AS next_expiry_date,
       CASE WHEN t.delivery_method = 'group' THEN h.next_expires_at END AS next_expires_at,
       (SELECT place
          FROM generate_series(1, t.claim_limit) AS place
         WHERE NOT EXISTS (SELECT FROM hugggs o
                            WHERE o.transaction_id = t.id AND o.claimer = :claimer AND o.claim_number = place)
         ORDER BY place
         LIMIT 1) AS claim_number
  FROM hugggs h
  JOIN transactions t ON t.id = h.transaction_id
 WHERE h.id = :huggg_id;

-- name: claim
-- Gives a huggg to its claimer if it is sent, live, unclaimed, no other receiver's, and of the link that the decision read: a move
-- seals other codes. The index `one_claim_of_each_number` lets no two claims of a person have the same number. The claiming
-- browser holds a secret.
WITH claimed_huggg AS (
    UPDATE hugggs
       SET receiver_id = coalesce(:receiver_id, receiver_id), assigned_at = :now, assigned_client = :client_id,
           viewed_at = coalesce(viewed_at, :now), viewed_client = coalesce(viewed_client, :client_id),
           claimer = :claimer, claim_number = :claim_number, updated_at = :now,
           expiry_date = CASE WHEN :begins_next_day::boolean THEN coalesce(next_expiry_date, expiry_date) ELSE expiry_date END,
           expires_at = CASE WHEN :begins_next_day THEN coalesce(next_expires_at, expires_at) ELSE expires_at END,
           next_expiry_date = CASE WHEN NOT :begins_next_day THEN next_expiry_date END,
           next_expires_at = CASE WHEN NOT :begins_next_day THEN next_expires_at END
     WHERE id = :huggg_id
       AND codes = :link
       AND assigned_at IS NULL
       AND (receiver_id IS NULL OR receiver_id = :receiver_id OR :receiver_id::uuid IS NULL)
       AND redemption_id IS NULL AND cancelled_at IS NULL AND expired_at IS NULL
       AND sent_at <= :now AND expires_at > :now
    RETURNING id
), new_browser AS (
    INSERT INTO claimer_browsers (huggg_id, fingerprint, admitted_at)
    SELECT id, :browser::bytea, :now FROM claimed_huggg WHERE :browser IS NOT NULL
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id)
    SELECT id, 'huggg.claimed', :now, :receiver_id, :client_id FROM claimed_huggg
)
SELECT id FROM claimed_huggg;

-- name: offered_product
-- A product that a huggg's choice offers, and the last day to redeem it, which ends where its brand is.
SELECT p.id, p.image_url, last.day AS expiry_date, last_instant(last.day, b.time_zone) AS expires_at
  FROM hugggs h
  JOIN choice_offers o ON o.choice_id = h.choice_id
  JOIN products p ON p.id = o.product_id
  JOIN brands b ON b.id = p.brand_id
 CROSS JOIN LATERAL (SELECT coalesce(h.next_expiry_date, h.expiry_date) AS day) AS last
 WHERE h.id = :huggg_id AND o.product_id = :product_id;

-- name: pick
-- Turns a choice into the product that its receiver picked, once, if it is sent, live and as it was when the pick was
-- decided: a huggg that moved since has another receiver, and none is redeemed before its pick. Its last day to redeem
-- takes the place of that to pick, so its reminders are planned anew.
WITH picked_huggg AS (
    UPDATE hugggs h
       SET product_id = :product_id, expiry_date = :expiry_date, expires_at = :expires_at,
           next_expiry_date = NULL, next_expires_at = NULL, updated_at = :now
     WHERE h.id = :huggg_id
       AND h.choice_id = h.product_id
       AND h.updated_at = :seen_at
       AND h.cancelled_at IS NULL AND h.expired_at IS NULL
       AND h.sent_at <= :now AND h.expires_at > :now
    RETURNING h.id, h.product_id, h.choice_id
), changed_deliveries AS (
    UPDATE deliveries d
       SET remind_at = :now
      FROM picked_huggg p
     WHERE d.subject_id = p.id AND d.kind = 'gift' AND d.state IN ('sent', 'delivered')
       AND NOT EXISTS (SELECT FROM deliveries later
                        WHERE later.subject_id = d.subject_id AND later.kind = 'gift' AND later.id > d.id)
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'huggg.picked', :now, :user_id, :client_id,
           jsonb_build_object('product_id', product_id, 'choice_id', choice_id)
      FROM picked_huggg
)
SELECT id FROM picked_huggg;

-- name: view
-- Notes the first time that a person opened the gift page of a huggg that is sent and live, and of the page's link: a move seals
-- other codes.
WITH viewed_hugggs AS (
    UPDATE hugggs
       SET viewed_at = :now, viewed_client = :client_id, updated_at = :now
     WHERE id = :huggg_id
       AND codes = :link
       AND viewed_at IS NULL
       AND redemption_id IS NULL AND cancelled_at IS NULL AND expired_at IS NULL
       AND sent_at <= :now AND expires_at > :now
    RETURNING id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, client_id)
    SELECT id, 'huggg.viewed', :now, :client_id FROM viewed_hugggs
)
SELECT id FROM viewed_hugggs;

-- name: code_viewers
-- The team's wish about the code of a huggg, and whether the browser with this secret is one of its claimer's.
SELECT coalesce(g.code_viewers, 'holders') AS code_viewers, h.assigned_at IS NOT NULL AS is_claimed,
       EXISTS (SELECT FROM claimer_browsers b
                WHERE b.huggg_id = h.id AND b.fingerprint = :browser::bytea) AS is_claimers_browser
  FROM hugggs h
  JOIN transactions t ON t.id = h.transaction_id
  LEFT JOIN teams g ON g.id = t.team_id
 WHERE h.id = :huggg_id;

-- name: admit_browser
-- Adds a browser of the claimer, after its holder confirmed the address that the huggg was sent to. If the data about the
-- people of the purchase were erased before, they are to be erased again.
WITH new_browser AS (
    INSERT INTO claimer_browsers (huggg_id, fingerprint, admitted_at)
    SELECT id, :browser, now()
      FROM hugggs
     WHERE id = :huggg_id AND assigned_at IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING huggg_id
), remembered_purchases AS (
    UPDATE transactions t
       SET forgotten_at = NULL, updated_at = now()
      FROM new_browser a
      JOIN hugggs h ON h.id = a.huggg_id
     WHERE t.id = h.transaction_id AND t.forgotten_at IS NOT NULL
)
SELECT huggg_id FROM new_browser;

-- name: search
-- The hugggs that a user bought. The two functions do not exist: `ways.py` replaces them by branches and an order, which
-- parameters cannot express without spoiling the plan. The page is picked before any code is read.
SELECT h.*, now() AS now
  FROM (SELECT huggg_id, place
          FROM matching_hugggs() AS matching
         ORDER BY requested_order()
         LIMIT :size::bigint OFFSET :offset::bigint) AS page
  JOIN shown_hugggs h ON h.id = page.huggg_id
 ORDER BY requested_order();

-- name: choices_of_search
-- The choices that are among some products or products of some brands, or that stood for one of them at any time.
SELECT DISTINCT c.choice_id
  FROM choice_products c
  JOIN products p ON p.id IN (c.choice_id, c.product_id)
 WHERE p.id = ANY(:product_ids::uuid[]) OR p.brand_id = ANY(:brand_ids::uuid[]);

-- name: purchases_of_search
-- The purchases that a search asks for; `words_condition` and `other_conditions` do not exist, as above. Words come first, by
-- their own index: a sender's purchases are many, and those with a rare word are few.
WITH purchases_with_words AS MATERIALIZED (
    SELECT t.id, t.sender_id, t.product_id, t.quantity FROM transactions t WHERE words_condition()
)
SELECT id, quantity
  FROM purchases_with_words t
 WHERE t.sender_id = :sender_id AND other_conditions()
 LIMIT :most;

-- name: without_words
-- Messages of an older release, whose words have no fingerprints yet. The index
-- `transactions_without_word_fingerprints` holds no others, so the query costs nothing once they are moved.
SELECT id, sender_id, message
  FROM transactions
 WHERE word_key IS NULL AND message IS NOT NULL AND status = 'successful'
   AND (:sender_id::uuid IS NULL OR sender_id = :sender_id)
 ORDER BY sender_id, id
 LIMIT :most;

-- name: keep_words
-- Gives messages the fingerprints of their words, each under the key that `news` names, and removes the words that an
-- older release kept in clear. Rows are locked in the order of their ids, because two servers may do this at once.
WITH input AS (
    SELECT t.id, i.new, i.fingerprints
      FROM unnest(:ids::uuid[], :olds::int[], :news::int[], :fingerprints::text[]) AS i (id, old, new, fingerprints)
      JOIN transactions t ON t.id = i.id
     WHERE t.word_key IS NOT DISTINCT FROM i.old
     ORDER BY t.id
       FOR UPDATE OF t
)
UPDATE transactions t
   SET word_fingerprints = string_to_array(input.fingerprints, ' ')::bigint[], word_key = input.new, words = '{}'
  FROM input
 WHERE t.id = input.id
RETURNING t.id;

-- name: typed
-- The codes of the hugggs that a redeem code means at a brand's till: those that the brand honours and that can still be
-- spent, and those that were spent at that brand and may be taken back. Two rows are enough to show that the
-- code means none.
SELECT h.id, h.codes
  FROM shortcodes c
  JOIN hugggs h ON h.id = c.huggg_id
 WHERE c.redeem_fingerprint = ANY(:fingerprints::bytea[])
   AND h.sent_at <= now() AND (h.expires_at > now() OR h.held_until > now()) AND h.cancelled_at IS NULL
   AND CASE WHEN h.redemption_id IS NULL
            THEN EXISTS (SELECT FROM honouring o
                          WHERE o.product_id = h.product_id AND o.brand_id = :brand_id::uuid)
            ELSE EXISTS (SELECT FROM redemptions r
                          WHERE r.huggg_id = h.id AND r.id = h.redemption_id AND r.brand_id = :brand_id::uuid)
       END
 LIMIT 2;

-- name: without_redeem_codes
-- Hugggs of an older release, which are not found by their redeem codes yet. The index
-- `shortcodes_without_redeem_code` holds no others, so asking costs nothing once they are moved.
SELECT c.fingerprint, c.huggg_id, h.codes
  FROM shortcodes c
  JOIN hugggs h ON h.id = c.huggg_id
 WHERE c.redeem_fingerprint IS NULL
 ORDER BY c.fingerprint
 LIMIT :most;

-- name: keep_redeem_codes
-- Rows are locked in the order of their fingerprints, because two servers may do this at once. A rotation of
-- keys may replace a row meanwhile; the new row has its redeem code already.
WITH input AS (
    SELECT c.fingerprint, i.redeem_fingerprint
      FROM unnest(:fingerprints::bytea[], :redeem_fingerprints::bytea[]) AS i (fingerprint, redeem_fingerprint)
      JOIN shortcodes c ON c.fingerprint = i.fingerprint
     WHERE c.redeem_fingerprint IS NULL
     ORDER BY c.fingerprint
       FOR UPDATE OF c
)
UPDATE shortcodes c
   SET redeem_fingerprint = input.redeem_fingerprint
  FROM input
 WHERE c.fingerprint = input.fingerprint
RETURNING c.huggg_id;

-- name: thank
-- Keeps the first thank-you for a huggg that is sent, and notes it; a second one adds nothing, nor does one under the key of a
-- person who was erased since, or one by a link from before a move: a move seals other codes. It changes the huggg, so a move that
-- was decided before is decided again, and finds the thank-you that it has to remove. If the data about the people of the
-- purchase were erased before, they are to be erased again.
WITH held_keys AS MATERIALIZED (
    SELECT person_id FROM person_keys WHERE person_id = ANY(:people_ids::uuid[]) ORDER BY person_id FOR KEY SHARE
), thanked_huggg AS (
    UPDATE hugggs h
       SET updated_at = :now
     WHERE h.id = :huggg_id AND h.codes = :link AND h.sent_at <= :now
       AND NOT EXISTS (SELECT FROM thanks x WHERE x.huggg_id = h.id)
       AND (SELECT count(*) FROM held_keys) = cardinality(:people_ids)
    RETURNING h.id, h.transaction_id
), new_thanks AS (
    INSERT INTO thanks (huggg_id, text, sealed, person_id, created_at)
    SELECT id, :for_older_servers, :sealed, :person_id, :now FROM thanked_huggg
    ON CONFLICT (huggg_id) DO NOTHING
    RETURNING huggg_id
), remembered_purchases AS (
    UPDATE transactions t
       SET forgotten_at = NULL, updated_at = :now
      FROM thanked_huggg h
     WHERE t.id = h.transaction_id AND t.forgotten_at IS NOT NULL
), new_events AS (
    INSERT INTO events (subject_id, kind, at) SELECT huggg_id, 'huggg.thanked', :now FROM new_thanks
)
SELECT huggg_id FROM new_thanks;

-- name: thanks
SELECT x.huggg_id, x.text, x.sealed, x.person_id, x.created_at, h.sender_id, sender.key AS sender_key,
       writer.key AS writer_key
  FROM thanks x
  JOIN hugggs h ON h.id = x.huggg_id
  LEFT JOIN person_keys sender ON sender.person_id = h.sender_id
  LEFT JOIN person_keys writer ON writer.person_id = x.person_id
 WHERE x.huggg_id = :huggg_id;

-- name: moved_link
-- Whether a link that finds no huggg led to one that moved.
SELECT moved_at FROM moved_links WHERE fingerprint = ANY(:fingerprints::bytea[]);

-- name: held
SELECT id FROM hugggs WHERE id = :huggg_id AND held_until > now();

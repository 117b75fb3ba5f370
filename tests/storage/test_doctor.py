"""The doctor: every invariant is broken here on purpose, and each time the right question notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import pytest

from huggg.database.doctor import examine, queries
from huggg.devices.invite import invite_device
from huggg.devices.pair import pair_device
from huggg.hugggs.reference import reference
from huggg.transactions.ends.expire import expire_due
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.issuers.service import IssuingService
from huggg.vouchers.replace import replace_code
from huggg.wallets.correct import correct
from tests.support.buyers import give_voucher
from tests.support.cards import give_card, pay
from tests.support.life import end_yesterday
from tests.support.merchants import add_merchant
from tests.support.sql import scalar, sql
from tests.support.world import World


@dataclass(frozen=True)
class Break:
    """A breach of an invariant, in SQL, behind the back of every constraint."""

    sql: str
    rows: int = 1


NAMED = """
CREATE TEMP TABLE live ON COMMIT DROP AS
SELECT id FROM hugggs WHERE redemption_id IS NOT NULL ORDER BY id LIMIT 1;
CREATE TEMP TABLE unspent ON COMMIT DROP AS
SELECT id FROM hugggs WHERE redemption_id IS NULL ORDER BY id LIMIT 1;
CREATE TEMP TABLE standing ON COMMIT DROP AS
SELECT hold_id FROM hugggs WHERE hold_id IS NOT NULL;
CREATE TEMP TABLE treats ON COMMIT DROP AS
SELECT id FROM accounts WHERE kind = 'wallet' AND name = 'Treats'
"""
"""One live huggg, one unspent huggg, the one hold that stands and one wallet, for the breaks to name."""


def grouped(sql: str) -> Break:
    """Break a purchase that is made one for a group."""
    link = "INSERT INTO group_links SELECT transaction_id, 'x', 'x' FROM hugggs"
    return Break(f"{link} WHERE id = (TABLE unspent); {sql}")


def scanned(huggg: str, scan: str, reason: str, settled: str = "NULL, NULL, NULL, NULL") -> Break:
    """Note a scan of a device two hours ago, in SQL."""
    insert = "INSERT INTO offline_scans SELECT h.id,"
    source = "FROM hugggs h, (SELECT id FROM brands LIMIT 1) AS b WHERE h.id ="
    device = "b.id, 'bristol17', gen_random_uuid(), NULL, 'x', 350, '{}'"
    times = "now() - interval '2 hours', now() - interval '2 hours'"
    return Break(
        f"{insert} {scan}, {device}, {times}, {reason}, 'platform', {settled} {source} (TABLE {huggg})"
    )


BREAKS: dict[str, dict[str, Break]] = {
    "no_huggg_has_two_live_redemptions": {
        "redeemed twice": Break(
            "DROP INDEX one_live_redemption;"
            " INSERT INTO redemptions SELECT huggg_id, gen_random_uuid(), brand_id, location_id,"
            " user_id, client_id, created_at, updated_at FROM redemptions WHERE huggg_id = (TABLE live)"
            " AND reversed_at IS NULL"
        ),
    },
    "a_huggg_is_redeemed_exactly_when_a_redemption_of_it_is_live": {
        "the huggg forgot": Break("UPDATE hugggs SET redemption_id = NULL WHERE id = (TABLE live)"),
        "the redemption is gone": Break(
            "DELETE FROM redemptions WHERE huggg_id = (TABLE live) AND reversed_at IS NULL"
        ),
        "the redemption was taken back": Break(
            "UPDATE redemptions SET reversed_at = now() WHERE huggg_id = (TABLE live)"
        ),
        "the huggg names another": Break(
            "UPDATE hugggs SET redemption_id = gen_random_uuid() WHERE id = (TABLE live)", rows=2
        ),
    },
    "redeem_and_unredeem_alternate": {
        "redeemed after redeemed": Break(
            "INSERT INTO events (subject_id, kind, at)"
            " SELECT id, 'huggg.redeemed', now() FROM hugggs WHERE id = (TABLE live)"
        ),
        "unredeemed before redeemed": Break(
            "INSERT INTO events (subject_id, kind, at)"
            " SELECT id, 'huggg.unredeemed', now() FROM hugggs h WHERE NOT EXISTS"
            " (SELECT FROM redemptions r WHERE r.huggg_id = h.id) ORDER BY id LIMIT 1"
        ),
    },
    "every_redemption_has_its_event_and_its_transfer": {
        "no event of redeeming": Break(
            "DELETE FROM events WHERE kind = 'huggg.redeemed' AND subject_id = (TABLE live)"
        ),
        "no event of taking back": Break("DELETE FROM events WHERE kind = 'huggg.unredeemed'"),
        "no transfer to the merchant": Break(
            "DELETE FROM transfers WHERE kind = 'post' AND huggg_id = (TABLE live)"
        ),
        "no transfer back": Break("DELETE FROM transfers WHERE kind = 'unpost'"),
        "a transfer without a redemption": Break(
            "INSERT INTO transfers SELECT gen_random_uuid(), h.id, h.commitment_id, p.brand_id, h.value,"
            " 'post', now() FROM hugggs h JOIN products p ON p.id = h.product_id"
            " WHERE NOT EXISTS (SELECT FROM redemptions r WHERE r.huggg_id = h.id)"
            " ORDER BY h.id LIMIT 1"
        ),
        "an event without a redemption": Break(
            "INSERT INTO events (subject_id, kind, at) SELECT gen_random_uuid(), 'huggg.redeemed', now()"
        ),
        "paid to the merchant twice": Break(
            "INSERT INTO transfers SELECT gen_random_uuid(), huggg_id, debit_account, credit_account,"
            " amount, kind, now() FROM transfers WHERE kind = 'post' AND huggg_id = (TABLE live)"
        ),
    },
    "every_total_of_a_sender_is_the_sum_of_their_purchases": {
        "a purchase too many": Break("UPDATE sender_totals SET purchases = purchases + 1", rows=2),
        "a huggg too many": Break("UPDATE sender_totals SET hugggs = hugggs + 1", rows=2),
        "forgotten": Break("DELETE FROM sender_totals", rows=2),
    },
    "every_kept_total_of_a_receiver_is_their_number": {
        "a huggg too many": Break(
            "INSERT INTO received_totals VALUES"
            " (gen_random_uuid(), 'ffffffff-ffff-ffff-ffff-ffffffffffff', 1)"
        ),
    },
    "every_purchase_made_all_its_hugggs_and_its_event": {
        "a huggg is missing": Break("DELETE FROM hugggs WHERE id = (TABLE unspent)"),
        "a huggg is worth something else": Break(
            "UPDATE hugggs SET value = value + 1 WHERE id = (TABLE unspent)"
        ),
        "there is no event": Break(
            "DELETE FROM events WHERE kind = 'transaction.successful' AND subject_id ="
            " (SELECT id FROM transactions ORDER BY id LIMIT 1)"
        ),
        "there are two events": Break(
            "INSERT INTO events (subject_id, kind, at) SELECT id, 'transaction.successful', now()"
            " FROM transactions ORDER BY id LIMIT 1"
        ),
        "the total is another": Break(
            "UPDATE transactions SET retail = retail - 1"
            " WHERE id = (SELECT id FROM transactions ORDER BY id LIMIT 1)"
        ),
    },
    "every_huggg_has_its_purchase_its_commitment_and_its_shortcode": {
        "no purchase": Break(
            "UPDATE hugggs SET transaction_id = gen_random_uuid() WHERE id = (TABLE unspent)"
        ),
        "another sender's purchase": Break(
            "UPDATE hugggs SET sender_id = gen_random_uuid() WHERE id = (TABLE unspent)"
        ),
        "no commitment": Break(
            "DELETE FROM transfers WHERE kind = 'commit' AND huggg_id = (TABLE unspent)"
        ),
        "committed twice": Break(
            "INSERT INTO transfers SELECT gen_random_uuid(), huggg_id, debit_account, credit_account,"
            " amount, kind, now() FROM transfers WHERE kind = 'commit' AND huggg_id = (TABLE unspent)"
        ),
        "no shortcode": Break("DELETE FROM shortcodes WHERE huggg_id = (TABLE unspent)"),
        "two shortcodes": Break("INSERT INTO shortcodes VALUES ('x', (TABLE unspent))"),
    },
    "no_wallet_is_overspent_and_each_balance_is_the_sum_of_its_transfers": {
        "overspent": Break(
            "ALTER TABLE accounts DROP CONSTRAINT wallet_not_overspent;"
            " INSERT INTO transfers SELECT gen_random_uuid(), h.id, a.id, a.commitment_id,"
            " a.available + 1, 'commit', now() FROM accounts a, hugggs h"
            " WHERE a.id = (TABLE treats) AND h.id = (TABLE unspent);"
            " UPDATE accounts SET available = -1 WHERE id = (TABLE treats)"
        ),
        "a penny from nowhere": Break(
            "UPDATE accounts SET available = available + 1 WHERE id = (TABLE treats)"
        ),
        "a payment that was lost": Break("DELETE FROM transfers WHERE kind = 'fund'"),
        "a wallet that nothing was ever paid into": Break(
            "UPDATE accounts SET available = 1 WHERE name = 'Hers' AND kind = 'wallet'"
        ),
    },
    "each_commitment_is_the_value_of_its_unspent_hugggs": {
        "a huggg waits elsewhere": Break(
            "UPDATE hugggs SET commitment_id = (SELECT commitment_id FROM accounts WHERE name = 'Hers'"
            " AND kind = 'wallet') WHERE id = (TABLE unspent)",
            rows=2,
        ),
        "given back and not moved": Break(
            "UPDATE hugggs SET returned_at = now() WHERE id = (TABLE unspent)"
        ),
        "given back and not cancelled": Break(
            "INSERT INTO transfers SELECT gen_random_uuid(), h.id, a.commitment_id, a.id, h.value,"
            " 'void', now() FROM accounts a, hugggs h"
            " WHERE a.id = (TABLE treats) AND h.id = (TABLE unspent)"
        ),
    },
    "every_huggg_ends_once_with_its_event_and_its_value_returns_once": {
        "cancelled unnoticed": Break(
            "UPDATE hugggs SET cancelled_at = now() WHERE id = (TABLE unspent)"
        ),
        "expired unnoticed": Break("UPDATE hugggs SET expired_at = now() WHERE id = (TABLE unspent)"),
        "redeemed and cancelled": Break(
            "UPDATE hugggs SET redemption_id = id WHERE cancelled_at IS NOT NULL AND id ="
            " (SELECT id FROM hugggs WHERE cancelled_at IS NOT NULL ORDER BY id LIMIT 1)"
        ),
        "told twice": Break(
            "INSERT INTO events (subject_id, kind, at, data) SELECT subject_id, kind, at, data"
            " FROM events WHERE kind = 'huggg.expired'"
        ),
        "returned without an end": Break(
            "UPDATE hugggs SET returned_at = now() WHERE id = (TABLE unspent)"
        ),
        "not returned": Break("DELETE FROM transfers WHERE kind = 'void'", rows=3),
        "returned elsewhere": Break(
            "UPDATE transfers SET credit_account = debit_account, debit_account = credit_account"
            " WHERE kind = 'void'",
            rows=3,
        ),
    },
    "the_refunds_of_a_card_are_the_returned_value_of_its_hugggs": {
        "too little": Break("UPDATE refunds SET amount = amount - 1"),
        "no refund": Break("DELETE FROM refunds"),
        "no job": Break("DELETE FROM jobs WHERE kind = 'payment.refund'"),
    },
    "every_transfer_is_between_accounts_of_one_currency": {
        "another currency": Break(
            "UPDATE accounts SET currency = 'EUR' WHERE kind = 'funding'",
            rows=6,
        ),
        "from an account that is none": Break(
            "UPDATE transfers SET debit_account = gen_random_uuid()"
            " WHERE kind = 'fund' AND amount = 10000"
        ),
        "to an account that is none": Break(
            "UPDATE transfers SET credit_account = gen_random_uuid()"
            " WHERE kind = 'fund' AND amount = 10000"
        ),
        "between two that are none": Break(
            "UPDATE transfers SET credit_account = gen_random_uuid(), debit_account = gen_random_uuid()"
            " WHERE kind = 'fund' AND amount = 10000"
        ),
    },
    "every_kept_answer_has_its_effect_and_no_effect_two_keys": {
        "no effect": Break("UPDATE idempotency_keys SET effect_id = NULL WHERE key = 'buy'"),
        "an effect that never was": Break(
            "UPDATE idempotency_keys SET effect_id = gen_random_uuid() WHERE key = 'redeem'"
        ),
        "two keys, one effect": Break(
            "INSERT INTO idempotency_keys (caller, key, request, attempt, lease_until, status, answer,"
            " effect_id) SELECT caller, 'other', request, attempt, lease_until, status, answer,"
            " effect_id FROM idempotency_keys WHERE key = 'buy'",
            rows=2,
        ),
    },
    "every_expiry_is_the_end_of_its_last_day": {
        "an hour early": Break(
            "UPDATE hugggs SET expires_at = expires_at - interval '1 hour' WHERE id = (TABLE unspent)"
        ),
        "another day": Break(
            "UPDATE hugggs SET expiry_date = expiry_date - 1 WHERE id = (TABLE unspent)"
        ),
    },
    "every_next_last_day_is_a_day_and_not_before_the_first": {
        "a day without its instant": Break(
            "UPDATE hugggs SET next_expiry_date = expiry_date WHERE id = (TABLE unspent)"
        ),
        "an instant of another day": Break(
            "UPDATE hugggs SET next_expiry_date = expiry_date + 1, next_expires_at = expires_at"
            " WHERE id = (TABLE unspent)"
        ),
        "before the first": Break(
            "UPDATE hugggs SET next_expiry_date = expiry_date - 1,"
            " next_expires_at = last_instant(expiry_date - 1, 'Europe/London')"
            " WHERE id = (TABLE unspent)"
        ),
    },
    "every_purchase_for_a_group_has_its_link_and_no_other_has_one": {
        "no link": Break(
            "UPDATE transactions SET delivery_method = 'group'"
            " WHERE id = (SELECT transaction_id FROM hugggs WHERE id = (TABLE unspent))"
        ),
        "the link of a purchase for one": Break(
            "INSERT INTO group_links SELECT transaction_id, 'x', 'x' FROM hugggs"
            " WHERE id = (TABLE unspent)"
        ),
        "a link of no purchase": Break("INSERT INTO group_links VALUES (gen_random_uuid(), 'x', 'x')"),
    },
    "each_person_has_one_huggg_of_a_group_and_its_next_last_day": {
        "one person has two": grouped(
            "DROP INDEX one_claim_of_each_number; UPDATE hugggs SET assigned_at = now(), claimer = 'x',"
            " transaction_id = (SELECT transaction_id FROM group_links)"
        ),
        "a person who is not known": grouped(
            "UPDATE hugggs SET assigned_at = now(), claimer = NULL WHERE id = (TABLE unspent)"
        ),
        "a person with the first last day": grouped(
            "UPDATE hugggs SET assigned_at = now(), claimer = 'x', next_expiry_date = expiry_date,"
            " next_expires_at = expires_at WHERE id = (TABLE unspent)"
        ),
    },
    "every_choice_is_picked_once_or_waits": {
        "picked without an event": Break(
            "UPDATE hugggs SET choice_id = gen_random_uuid() WHERE id = (TABLE unspent)"
        ),
        "an event without a pick": Break(
            "UPDATE hugggs SET choice_id = product_id WHERE id = (TABLE unspent);"
            "INSERT INTO events (subject_id, kind, at, data) SELECT id, 'huggg.picked', now(),"
            " jsonb_build_object('product_id', product_id) FROM hugggs WHERE id = (TABLE unspent)"
        ),
        "an event of another product": Break(
            "UPDATE hugggs SET choice_id = gen_random_uuid() WHERE id = (TABLE unspent);"
            "INSERT INTO events (subject_id, kind, at, data) SELECT id, 'huggg.picked', now(),"
            " jsonb_build_object('product_id', gen_random_uuid()) FROM hugggs WHERE id = (TABLE unspent)"
        ),
    },
    "no_huggg_was_redeemed_after_its_last_day": {
        "at its very end": Break(
            "UPDATE redemptions r SET created_at = h.expires_at FROM hugggs h"
            " WHERE h.id = r.huggg_id AND h.id = (TABLE live) AND r.reversed_at IS NULL"
        ),
        "held at its very end": Break(
            "UPDATE holds o SET created_at = h.expires_at, ends_at = h.expires_at + interval '1 hour'"
            " FROM hugggs h JOIN redemptions r ON r.huggg_id = h.id"
            " WHERE o.huggg_id = h.id AND o.id = r.hold_id"
        ),
    },
    "every_hold_on_a_huggg_is_one_that_was_placed_and_is_not_over": {
        "none was placed": Break("DELETE FROM holds WHERE id = (TABLE standing)"),
        "it ends at another time": Break(
            "UPDATE hugggs SET held_until = now() WHERE hold_id IS NOT NULL"
        ),
        "it was reversed": Break("UPDATE holds SET reversed_at = now() WHERE id = (TABLE standing)"),
        "it was confirmed": Break(
            "UPDATE redemptions SET hold_id = (TABLE standing), huggg_id ="
            " (SELECT huggg_id FROM holds WHERE id = (TABLE standing)) WHERE hold_id IS NOT NULL"
        ),
        "the huggg is spent": Break(
            "ALTER TABLE hugggs DROP CONSTRAINT nothing_is_spent_while_held;"
            " UPDATE hugggs SET redemption_id = gen_random_uuid() WHERE hold_id IS NOT NULL"
        ),
    },
    "every_redemption_that_confirms_a_hold_is_at_its_till_and_within_its_time": {
        "no such hold": Break("DELETE FROM holds o USING redemptions r WHERE o.id = r.hold_id"),
        "another merchant's": Break(
            "UPDATE redemptions SET brand_id = gen_random_uuid() WHERE hold_id IS NOT NULL"
        ),
        "another till's": Break(
            "UPDATE redemptions SET location_id = 'bath2' WHERE hold_id IS NOT NULL"
        ),
        "before it was placed": Break(
            "UPDATE holds SET created_at = now() + interval '1 minute',"
            " ends_at = now() + interval '1 hour' FROM redemptions r WHERE r.hold_id = holds.id"
        ),
        "when it had lapsed": Break(
            "UPDATE holds SET ends_at = r.created_at FROM redemptions r WHERE r.hold_id = holds.id"
        ),
        "when it was reversed": Break(
            "UPDATE holds SET reversed_at = now() FROM redemptions r WHERE r.hold_id = holds.id"
        ),
    },
    "every_hold_has_its_event": {
        "it was placed in silence": Break(
            "DELETE FROM events WHERE kind = 'huggg.held'"
            " AND data ->> 'hold_id' = (TABLE standing)::text"
        ),
        "it was reversed in silence": Break("DELETE FROM events WHERE kind = 'huggg.released'"),
        "an event tells of a reversal that was none": Break(
            "UPDATE holds SET reversed_at = NULL WHERE reversed_at IS NOT NULL"
        ),
    },
    "every_redemption_is_at_a_location_that_exists": {
        "no such location": Break(
            "UPDATE redemptions SET location_id = 'nowhere'"
            " WHERE huggg_id = (TABLE live) AND reversed_at IS NULL"
        ),
    },
    "every_post_is_from_the_huggg_to_its_merchant_and_every_unpost_back": {
        "to another merchant": Break(
            "UPDATE transfers SET credit_account ="
            " (SELECT id FROM brands WHERE name = 'Lantern Kitchen')"
            " WHERE kind = 'post' AND huggg_id = (TABLE live)"
        ),
        "too much": Break(
            "UPDATE transfers SET amount = amount + 1 WHERE kind = 'post' AND huggg_id = (TABLE live)"
        ),
        "back to somewhere else": Break(
            "UPDATE transfers SET credit_account = gen_random_uuid() WHERE kind = 'unpost'"
        ),
    },
    "every_reference_of_a_huggg_exists": {
        "no such product": Break(
            "UPDATE hugggs SET product_id = gen_random_uuid() WHERE id = (TABLE live)"
        ),
        "no such sender": Break(
            "UPDATE hugggs SET sender_id = gen_random_uuid() WHERE id = (TABLE live)"
        ),
        "no such receiver": Break(
            "UPDATE hugggs SET receiver_id = gen_random_uuid() WHERE id = (TABLE live)"
        ),
        "no such voucher": Break(
            "UPDATE hugggs SET voucher_id = gen_random_uuid() WHERE id = (TABLE live)"
        ),
        "a link to nowhere": Break("INSERT INTO shortcodes VALUES ('\\x00', gen_random_uuid())"),
        "money for nothing": Break(
            "INSERT INTO transfers"
            " (id, huggg_id, debit_account, credit_account, amount, kind, created_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1,"
            " 'void', now())"
        ),
    },
    "every_entry_has_its_transfer_and_no_wallet_gives_back_more_than_it_got": {
        "an entry without a transfer": Break(
            "INSERT INTO wallet_entries (id, wallet_id, kind) SELECT gen_random_uuid(), id, 'fund'"
            " FROM treats"
        ),
        "a correction without a reason": Break("DELETE FROM wallet_entries WHERE kind = 'correct'"),
        "an entry of another wallet": Break(
            "UPDATE wallet_entries SET wallet_id = (SELECT id FROM accounts WHERE kind = 'wallet'"
            " AND id <> (TABLE treats) LIMIT 1) WHERE kind = 'correct'"
        ),
        "an entry of another kind": Break(
            "UPDATE wallet_entries SET kind = 'fund' WHERE kind = 'correct'"
        ),
        "more was corrected than topped up": Break(
            "WITH t AS (INSERT INTO transfers SELECT gen_random_uuid(), nil, id, funding, 1000000000000,"
            " 'correct', now() FROM treats, (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS nil,"
            " '00000000-0000-4000-8000-000000000001'::uuid AS funding) AS known RETURNING id)"
            " INSERT INTO wallet_entries (id, wallet_id, kind, reason)"
            " SELECT t.id, treats.id, 'correct', 'x' FROM t, treats"
        ),
    },
    "every_claim_and_every_top_up_has_its_event_and_no_purchase_is_told_that_was_not": {
        "a claim nobody noted": Break(
            "UPDATE hugggs SET assigned_at = now() WHERE id = (TABLE unspent)"
        ),
        "money that came unnoticed": Break("DELETE FROM events WHERE kind = 'wallet.topped_up'"),
        "money that went unnoticed": Break("DELETE FROM events WHERE kind = 'wallet.corrected'"),
        "a purchase that never was": Break(
            "INSERT INTO events (subject_id, kind, at)"
            " VALUES (gen_random_uuid(), 'transaction.successful', now())"
        ),
    },
    "teams_are_two_levels_deep_and_every_key_acts_for_one": {
        "a subteam of a subteam": Break(
            "INSERT INTO teams (id, name, parent_id) SELECT md5(id::text)::uuid, 'sub', id FROM teams"
            " WHERE name = 'Acorn';"
            " INSERT INTO teams (id, name, parent_id) SELECT gen_random_uuid(), 'subsub', id FROM teams"
            " WHERE name = 'sub'"
        ),
        "a key that acts as somebody who can log in": Break(
            "INSERT INTO api_keys (id, user_id, fingerprint, scopes, created_at)"
            " SELECT gen_random_uuid(), id, '\\x00', '{}', now() FROM users"
            " WHERE kind = 'merchant' LIMIT 1"
        ),
    },
    "every_purchase_was_paid_by_a_wallet_of_the_buyers_team": {
        "another team's wallet": Break(
            "UPDATE transactions SET account_id ="
            " (SELECT id FROM accounts WHERE name = 'Hers' AND kind = 'wallet')"
            " WHERE id = (SELECT id FROM transactions ORDER BY id LIMIT 1)"
        ),
        "no account at all": Break(
            "UPDATE transactions SET account_id = gen_random_uuid()"
            " WHERE id = (SELECT id FROM transactions ORDER BY id LIMIT 1)"
        ),
        "a buyer who is nobody": Break(
            "UPDATE transactions SET sender_id = gen_random_uuid()"
            " WHERE id = (SELECT id FROM transactions ORDER BY id LIMIT 1)"
        ),
    },
    "every_username_is_one_persons_however_it_is_written": {
        "two accounts fold together": Break(
            "INSERT INTO users (id, kind, name, username, username_key, password_hash) VALUES"
            " (gen_random_uuid(), 'customer', 'Amy', 'amy@x.example', 'amy@x.example', ''),"
            " (gen_random_uuid(), 'customer', 'Amy', 'Amy@x.example', NULL, '')"
        ),
        "two sealed accounts fold together": Break(
            "UPDATE users SET exact_username = true"
            " WHERE id = (SELECT id FROM users ORDER BY id LIMIT 1)"
        ),
    },
    "no_erased_person_can_be_read_or_found": {
        "the key is still there": Break(
            "UPDATE users SET erased_at = now() WHERE id = (SELECT person_id FROM person_keys LIMIT 1)"
        ),
    },
    "every_scan_accepted_offline_is_a_redemption_or_a_conflict": {
        "neither": scanned("unspent", "gen_random_uuid()", "NULL"),
        "both": scanned("live", "h.redemption_id", "'spent'"),
    },
    "every_conflict_has_its_events_and_is_paid_once_where_the_platform_bears_it": {
        "not told": scanned("live", "gen_random_uuid()", "'spent'"),
        "not paid": scanned(
            "live", "gen_random_uuid()", "'spent'", "'platform', now(), 'x', 'Ticket 17'"
        ),
    },
    "no_text_and_no_person_is_left_in_clear_after_the_move": {
        "a message": Break(
            "INSERT INTO moves VALUES ('messages', now()) ON CONFLICT DO NOTHING; UPDATE transactions"
            " SET message = 'Hi' WHERE id = (SELECT id FROM transactions LIMIT 1)"
        ),
        "a title": Break(
            "INSERT INTO moves VALUES ('messages', now()) ON CONFLICT DO NOTHING; UPDATE transactions"
            " SET title = 'Hi' WHERE id = (SELECT id FROM transactions LIMIT 1)"
        ),
        "a plan": Break(
            "INSERT INTO moves VALUES ('messages', now()) ON CONFLICT DO NOTHING;"
            " INSERT INTO payments (id, transaction_id, user_id, client_id, processor, card, retail,"
            " fee, plan, created_at, next_at) VALUES (gen_random_uuid(), gen_random_uuid(),"
            " gen_random_uuid(), 'x', 'fake', 'x', 1, 0, '{}', now(), now())"
        ),
        "a name": Break(
            "INSERT INTO moves VALUES ('people', now()) ON CONFLICT DO NOTHING;"
            " UPDATE users SET name = 'Bo' WHERE id = (SELECT id FROM users LIMIT 1)"
        ),
    },
    "no_huggg_has_the_fingerprint_of_a_claimer_who_was_erased": {
        "of a mailbox": Break(
            "UPDATE users SET erased_at = now() WHERE id = (SELECT id FROM users LIMIT 1);"
            " UPDATE hugggs SET claimer = 'x',"
            " receiver_id = (SELECT id FROM users WHERE erased_at IS NOT NULL LIMIT 1)"
            " WHERE id = (TABLE unspent)"
        ),
    },
    "no_address_waits_for_its_confirmation_for_long": {
        "its worker is away": Break(
            "INSERT INTO deliveries (subject_id, kind, id, batch_id, channel, queued_at) VALUES"
            " (gen_random_uuid(), 'confirmation', gen_random_uuid(), gen_random_uuid(), 'email',"
            " now() - interval '10 days')"
        ),
    },
    "no_data_about_people_are_kept_longer_than_their_team_wishes": {
        "its worker is away": Break(
            "UPDATE teams SET keep_days = 0, keep_days_since = now() - interval '3 days';"
            " UPDATE transactions SET created_at = now() - interval '3 days', updated_at = created_at"
            " - interval '3 days' WHERE status = 'failed' AND team_id IS NOT NULL"
        ),
    },
    "no_purchase_is_forgotten_while_one_of_its_hugggs_can_be_spent": {
        "a redemption was taken back": Break(
            "UPDATE transactions SET forgotten_at = now()"
            " WHERE id = (SELECT transaction_id FROM hugggs WHERE id = (TABLE unspent));"
            " UPDATE hugggs SET expires_at = 'infinity', cancelled_at = NULL WHERE id = (TABLE unspent)"
        ),
    },
    "every_purchase_by_card_was_charged_for_exactly_once": {
        "nobody was charged": Break("DELETE FROM payments WHERE state = 'charged'"),
        "charged for too little": Break(
            "UPDATE payments SET retail = retail - 1 WHERE state = 'charged'"
        ),
        "the fee never moved": Break("DELETE FROM transfers WHERE kind = 'fee'"),
        "a huggg that the card did not pay for": Break(
            "UPDATE transfers SET debit_account = (TABLE treats) WHERE kind = 'commit' AND huggg_id IN"
            " (SELECT h.id FROM hugggs h JOIN payments p ON p.transaction_id = h.transaction_id)"
        ),
        "charged for nothing": Break(
            "DELETE FROM transactions t USING payments p"
            " WHERE t.id = p.transaction_id AND p.state = 'charged'"
        ),
        "declined, and yet successful": Break(
            "UPDATE transactions SET status = 'successful' WHERE status = 'failed'"
        ),
        "charged, and yet failed": Break(
            "UPDATE transactions t SET status = 'failed' FROM payments p"
            " WHERE t.id = p.transaction_id AND p.state = 'charged'"
        ),
    },
    "what_cards_paid_is_in_commitments_and_fees_and_nowhere_else": {
        "more than was charged": Break(
            "INSERT INTO transfers SELECT gen_random_uuid(), huggg_id, debit_account, credit_account,"
            " 1, 'commit', now() FROM transfers WHERE kind = 'commit'"
            " AND debit_account = '00000000-0000-4000-8000-000000000002' LIMIT 1"
        ),
        "a fee that went to a merchant": Break(
            "UPDATE transfers SET credit_account = (SELECT id FROM brands LIMIT 1) WHERE kind = 'fee'"
        ),
        "a huggg's value among the fees": Break(
            "UPDATE transfers SET credit_account = '00000000-0000-4000-8000-000000000004'"
            " WHERE kind = 'commit' AND huggg_id = (TABLE unspent)"
        ),
    },
    "no_failed_purchase_has_hugggs": {
        "a huggg of a declined card": Break(
            "UPDATE hugggs SET transaction_id = (SELECT id FROM transactions WHERE status = 'failed')"
            " WHERE id = (TABLE unspent)"
        ),
    },
    "every_failed_purchase_has_its_event_and_no_other": {
        "nobody was told": Break("DELETE FROM events WHERE kind = 'transaction.failed'"),
        "told the contrary": Break(
            "INSERT INTO events (subject_id, kind, at) SELECT id, 'transaction.successful', now()"
            " FROM transactions WHERE status = 'failed'"
        ),
    },
    "no_payment_is_left_to_a_person_or_unsettled_for_a_day": {
        "given up": Break(
            "INSERT INTO payments (id, transaction_id, user_id, client_id, processor, card, retail, fee,"
            " plan, created_at, next_at, given_up_at) VALUES (gen_random_uuid(), gen_random_uuid(),"
            " gen_random_uuid(), 'x', 'fake', 'x', 1, 0, '{}', now(), now(), now())"
        ),
        "forgotten": Break(
            "INSERT INTO payments (id, transaction_id, user_id, client_id, processor, card, retail, fee,"
            " plan, created_at, next_at) VALUES (gen_random_uuid(), gen_random_uuid(),"
            " gen_random_uuid(), 'x', 'fake', 'x', 1, 0, '{}', now() - interval '25 hours', now())"
        ),
    },
    "every_unsettled_payment_has_its_job_and_no_lease_is_longer_than_an_hour": {
        "its job was dropped": Break(
            "INSERT INTO payments (id, transaction_id, user_id, client_id, processor, card, retail, fee,"
            " plan, created_at, next_at) VALUES (gen_random_uuid(), gen_random_uuid(),"
            " gen_random_uuid(), 'x', 'fake', 'x', 1, 0, '{}', now(), 'infinity')"
        ),
        "leased for ever": Break(
            "INSERT INTO jobs (kind, subject_id, customer_id, due_at, lease_id, lease_until) VALUES"
            " ('test', gen_random_uuid(), gen_random_uuid(), now(), gen_random_uuid(), 'infinity')"
        ),
    },
    "no_event_is_ahead_of_the_transactions_and_no_cursor_ahead_of_the_events": {
        "restored into a younger cluster": Break("UPDATE events SET position = position + 1000000000"),
        "a cursor of another database": Break(
            "INSERT INTO cursors (consumer, position) VALUES ('test', 1000000000)"
        ),
    },
    "every_device_has_its_events": {
        "no event of pairing": Break("DELETE FROM events WHERE kind = 'device.paired'"),
        "no event of revoking": Break("UPDATE devices SET revoked_at = now()"),
        "no event of inviting": Break("DELETE FROM events WHERE kind = 'device.invited'"),
    },
    "every_voucher_belongs_to_the_huggg_that_names_it": {
        "the huggg forgot": Break(
            "UPDATE hugggs SET voucher_id = NULL WHERE voucher_id IS NOT NULL", rows=2
        ),
        "the voucher is gone": Break("DELETE FROM vouchers", rows=2),
    },
    "every_assigned_code_has_one_holder_who_has_a_voucher_and_its_event": {
        "a code without a voucher": Break(
            "INSERT INTO codes (brand_id, fingerprint, code, huggg_id, assigned_at)"
            " VALUES (gen_random_uuid(), 'print', 'sealed', gen_random_uuid(), now())"
        ),
    },
    "every_replaced_code_stays_with_its_huggg_beside_one_that_stands": {
        "the replaced code is gone": Break("DELETE FROM codes WHERE replaced_at IS NOT NULL"),
        "the code that stood is gone": Break(
            "DELETE FROM codes WHERE replaced_at IS NULL AND huggg_id IN"
            " (SELECT huggg_id FROM codes WHERE replaced_at IS NOT NULL)"
        ),
        "the replaced voucher is gone": Break("DELETE FROM vouchers WHERE replaced_at IS NOT NULL"),
        "there is no event": Break("DELETE FROM events WHERE kind = 'voucher.replaced'"),
    },
    "each_pool_is_conserved": {
        "codes are gone": Break(
            "INSERT INTO pools (segment_id, brand_id) SELECT id, id FROM unspent;"
            " INSERT INTO batches (id, segment_id, size, created_at)"
            " SELECT id, id, 5, now() FROM unspent"
        ),
    },
    "no_code_is_reserved_long_past_its_lease": {
        "nobody swept": Break(
            "INSERT INTO codes (brand_id, fingerprint, code, huggg_id, lease_until)"
            " VALUES (gen_random_uuid(), 'print', 'sealed', gen_random_uuid(),"
            " now() - interval '1 hour')"
        ),
    },
    "no_code_was_assigned_after_it_expired": {
        "a code of yesterday": Break(
            "INSERT INTO codes (brand_id, fingerprint, batch_id, code, huggg_id, assigned_at,"
            " valid_until)"
            " VALUES (gen_random_uuid(), 'print', gen_random_uuid(), 'sealed', gen_random_uuid(), now(),"
            " now() - interval '1 day')"
        ),
    },
    "no_issuance_is_unsettled_for_a_day": {
        "the brand's service is long silent": Break(
            "INSERT INTO issuances (huggg_id, id, brand_id, created_at, next_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
            " now() - interval '2 days', now())"
        ),
    },
    "every_store_is_shown_where_the_catalogue_says": {
        "one is missing on a map": Break(
            "UPDATE stores SET on_imessage = false WHERE id = (SELECT id FROM stores LIMIT 1)"
        ),
        "one is on a map and in no list": Break(
            "UPDATE stores SET shown = false WHERE id = (SELECT id FROM stores LIMIT 1)"
        ),
        "a brand with two stores went without an import": Break(
            "UPDATE brands SET published ="
            ' (published::jsonb || \'{"deleted_at": "2026-01-05 09:00:00"}\')::json'
            " WHERE name = 'Harbour Roast'",
            rows=2,
        ),
    },
}


@pytest.fixture(scope="module")
async def lived_in(town: World) -> World:
    """A world in which everything has happened at least once, and is as it should be."""
    answer = await town.call(
        "POST", "/api/v2/transactions", town.amara, town.order(quantity=3), Idempotency_Key="buy"
    )
    spent, back, _ = answer.json()["data"]["hugggs"]
    assert (await town.redeem(spent, Idempotency_Key="redeem")).status_code == 201
    assert (await town.redeem(back)).status_code == 201
    assert (await town.unredeem(back, Idempotency_Key="unredeem")).status_code == 200
    assert (await town.redeem(back)).status_code == 201
    assert (await town.redeem("abc123", Idempotency_Key="refused")).status_code == 404
    for way in ("confirmation", "reversal", None):
        (held_huggg,) = await town.buy()
        path, place = f"/api/v2/hugggs/{held_huggg['id']}/holds", {"location_id": "bristol17"}
        hold = (await town.call("POST", path, town.till, place)).json()["data"]
        if way is not None:
            ended = await town.call("POST", f"{path}/{hold['id']}/{way}", town.till)
            assert ended.status_code == 201
    for huggg in [*await town.buy(), *await town.buy()]:
        path = f"/api/v2/hugggs/{huggg['id']}/redemptions/{uuid5(NAMESPACE_URL, 'one sale')}"
        assert (await town.call("PUT", path, town.till, place)).status_code == 201
    (anywhere,) = await town.buy(town.any_coffee, receivers=[{"phone_number": "07400123456"}])
    assert (await town.redeem(anywhere["id"], town.kettle_till, "leeds5")).status_code == 201
    (unspent,) = await town.buy(town.tea, message="Hi")
    await give_voucher(town, unspent["id"], None, "CODE")
    minting = await add_merchant(town.platform, 1, segments=0)
    (disputed,) = await town.buy(minting.product)
    database, vault = town.platform.database, town.platform.vault
    huggg_reference = reference(vault, disputed["id"])
    issuers = Issuers(database, vault, IssuingService(town.platform.outgoing))
    await replace_code(database, vault, issuers, huggg_reference, reason="Ticket 17")
    await sql(
        town.platform.database,
        "UPDATE products SET published = (published::jsonb || '{\"handling_fee\": 20}')::json",
    )
    for card, status in (("fake_ok", 201), ("fake_declined", 402)):
        assert (await pay(town, await give_card(town, town.amara, card))).status_code == status
    by_card = "SELECT id FROM hugggs WHERE commitment_id = '00000000-0000-4000-8000-000000000003'"
    for huggg in ((await town.buy())[0]["id"], await scalar(database, by_card)):
        cancelled = await town.call("POST", f"/api/v2/hugggs/{huggg}/cancellation", town.amara)
        assert cancelled.status_code == 201, cancelled.text
    (over,) = await town.buy()
    await end_yesterday(database, over["id"])
    await expire_due(database)
    invitation = await invite_device(town.platform, location_id="bristol17", name="Counter")
    await pair_device(town.platform, invitation.code)
    await correct(town.platform.database, wallet_id=town.wallet, amount=1, reason="A penny too many")
    return town


@pytest.fixture
async def behind_its_back(lived_in: World) -> AsyncIterator[asyncpg.Connection]:
    """A connection whose changes are seen by itself alone, and are gone once the test is over."""
    connections = lived_in.platform.database._connections
    connection = await connections.take()
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    connections.give_back(connection)


async def test_a_world_where_all_went_well_has_no_finding(lived_in: World) -> None:
    findings = await examine(lived_in.platform.database)
    assert {finding.rule: finding.rows for finding in findings if finding.rows} == {}
    assert len(findings) == len(list(queries)) >= 14


def test_every_question_of_the_doctor_has_a_case_here_that_it_must_notice() -> None:
    assert [statement.name for statement in queries if statement.name not in BREAKS] == []
    assert [name for name in BREAKS if name not in {statement.name for statement in queries}] == []
    assert [name for name, breaks in BREAKS.items() if not breaks] == []


@pytest.mark.parametrize(
    ("question", "case"), [(question, case) for question, cases in BREAKS.items() for case in cases]
)
async def test_each_broken_invariant_is_found(
    behind_its_back: asyncpg.Connection, question: str, case: str
) -> None:
    statement = getattr(queries, question)
    assert await behind_its_back.fetch(statement.sql) == []
    await behind_its_back.execute(NAMED)
    broken = BREAKS[question][case]
    await behind_its_back.execute(broken.sql)
    assert len(await behind_its_back.fetch(statement.sql)) == broken.rows

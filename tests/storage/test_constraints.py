"""Refusals by the schema itself, for any statement: each CHECK, each unique index.

The rules of a use case come first and nearly always spare the schema the question. So rows are put past
them here, in a database without the foreign keys: each constraint is looked at alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.support.rows import AT, LATER, PRODUCT, ROWS, put

NO_HUGGG = UUID(int=0)

WALLET = {"kind": "wallet", "team_id": 2, "commitment_id": 3}
SETTLED = {"reason": "spent", "settlement": "merchant", "settled_at": LATER, "note": "N"}
CHARGED = {"state": "charged", "charge": "ch_1", "settled_at": LATER, "plan": None}
DECLINED = {
    **CHARGED,
    "state": "declined",
    "charge": None,
    "refusal": "CardDeclined",
    "reason": "declined",
}

REFUSED = [
    ("accounts", "accounts_kind_check", {"kind": "savings"}),
    ("accounts", "accounts_check", {"kind": "wallet", "team_id": 2}),
    ("accounts", "accounts_check", {"kind": "merchant", "team_id": 2, "commitment_id": 3}),
    ("accounts", "wallet_not_overspent", {**WALLET, "available": -1}),
    ("batches", "batches_size_check", {"size": 0}),
    ("cards", "cards_exp_month_check", {"exp_month": 0}),
    ("cards", "cards_exp_month_check", {"exp_month": 13}),
    ("cards", "cards_exp_year_check", {"exp_year": 99}),
    ("cards", "cards_last4_check", {"last4": "42424"}),
    ("codes", "codes_check", {"huggg_id": 3, "lease_until": AT, "assigned_at": AT}),
    ("codes", "codes_check1", {"huggg_id": 3}),
    ("codes", "codes_check1", {"assigned_at": AT}),
    ("codes", "codes_check2", {"replaced_at": AT}),
    ("holds", "holds_check", {"ends_at": AT}),
    ("devices", "a_paired_device_was_seen", {"paired_at": AT}),
    ("devices", "a_paired_device_was_seen", {"seen_at": AT}),
    (
        "devices",
        "a_pairing_code_is_spent_once",
        {"code_fingerprint": "\\x01", "paired_at": AT, "seen_at": AT},
    ),
    ("devices", "a_pairing_code_is_spent_once", {"code_fingerprint": "\\x01", "revoked_at": AT}),
    ("code_symbols", "code_symbols_symbology_check", {"symbology": "code39"}),
    ("users", "users_staff_role_check", {"staff_role": "owner"}),
    ("users", "only_staff_has_a_pin", {"pin_hash": "x"}),
    ("accounts", "accounts_alarm_below_check", {"alarm_below": 0}),
    ("passes", "passes_kind_check", {"kind": "paper"}),
    ("pictures", "pictures_body_check", {"body": ""}),
    ("deliveries", "deliveries_kind_check", {"kind": "spam"}),
    ("deliveries", "deliveries_channel_check", {"channel": "fax"}),
    ("deliveries", "deliveries_state_check", {"state": "lost"}),
    ("hugggs", "hugggs_value_check", {"value": 0}),
    ("hugggs", "a_hold_has_an_end", {"hold_id": 3}),
    ("hugggs", "nothing_is_spent_while_held", {"redemption_id": 9, "hold_id": 3, "held_until": LATER}),
    ("idempotency_keys", "idempotency_keys_check", {"status": 200}),
    ("issuers", "issuers_kind_check", {"kind": "oracle"}),
    ("issuers", "issuers_check", {"kind": "http", "secret": "\\x01"}),
    ("issuers", "issuers_check1", {"kind": "http", "url": "https://codes.example"}),
    ("issuers", "issuers_check2", {"pool_id": 2}),
    ("issuers", "issuers_valid_days_check", {"valid_days": 0}),
    ("jobs", "a_lease_has_an_end", {"lease_id": 3}),
    ("jobs", "no_dead_letter_is_leased", {"dead_at": AT, "lease_id": 3, "lease_until": AT}),
    ("offline_rules", "offline_rules_losses_check", {"losses": "sender"}),
    ("offline_rules", "an_offline_rule_allows_something", {"scans": 0}),
    ("offline_rules", "an_offline_rule_allows_something", {"value": 0}),
    ("offline_rules", "an_offline_rule_allows_something", {"hours": 0}),
    ("offline_scans", "offline_scans_losses_check", {"losses": "sender"}),
    ("offline_scans", "offline_scans_settlement_check", {**SETTLED, "settlement": "sender"}),
    ("offline_scans", "a_settlement_is_of_a_conflict_and_has_a_note", {**SETTLED, "reason": None}),
    ("offline_scans", "a_settlement_is_of_a_conflict_and_has_a_note", {**SETTLED, "note": None}),
    ("offline_scans", "a_settlement_is_of_a_conflict_and_has_a_note", {**SETTLED, "settled_at": None}),
    ("payments", "only_what_failed_has_a_reason", {**CHARGED, "refusal": "Invalid", "reason": "no"}),
    ("payments", "only_what_failed_has_a_reason", {**DECLINED, "reason": None}),
    ("payments", "payments_check", {"key": "order-1"}),
    ("payments", "payments_check1", {**CHARGED, "settled_at": None, "plan": {}}),
    ("payments", "an_open_payment_has_a_plan", {**CHARGED, "plan": {}}),
    ("payments", "an_open_payment_has_a_plan", {**CHARGED, "sealed_plan": "\\x01"}),
    ("payments", "an_open_payment_has_a_plan", {"plan": None}),
    ("own_messages", "an_own_message_has_a_text", {"sealed_message": None}),
    ("payments", "payments_check3", {**CHARGED, "charge": None}),
    ("payments", "payments_fee_check", {"fee": -1}),
    ("payments", "payments_retail_check", {"retail": 0}),
    ("payments", "payments_state_check", {**CHARGED, "state": "paid"}),
    ("pools", "pools_low_water_check", {"low_water": -1}),
    ("pools", "pools_short_codes_check", {"short_codes": "lent"}),
    ("pools", "pools_ended_codes_check", {"ended_codes": "lent"}),
    ("products", "products_sale_price_check", {"published": {**PRODUCT, "sale_price": -1}}),
    ("refund_policies", "refund_policies_after_days_check", {"after_days": -1}),
    ("refund_policies", "refund_policies_after_days_check", {"after_days": 3651}),
    ("refunds", "refunds_amount_check", {"amount": 0}),
    ("teams", "teams_check", {"parent_id": 1}),
    ("teams", "a_retention_has_a_beginning", {"keep_days": 30}),
    ("teams", "teams_keep_days_check", {"keep_days": -1, "keep_days_since": AT}),
    ("teams", "teams_keep_days_check", {"keep_days": 3651, "keep_days_since": AT}),
    ("teams", "teams_code_viewers_check", {"code_viewers": "friends"}),
    ("tokens", "tokens_kind_check", {"kind": "bearer"}),
    ("tokens", "tokens_check", {"spent_at": AT}),
    ("tokens", "tokens_check1", {"kind": "access", "spent_at": AT, "successor": "\\x02"}),
    ("transactions", "transactions_check", {"claim_limit": 3}),
    ("transactions", "transactions_check", {"claim_limit": 0}),
    ("transactions", "transactions_quantity_check", {"quantity": 0}),
    ("transactions", "transactions_retail_check", {"retail": 0}),
    ("transactions", "transactions_status_check", {"status": "pending"}),
    ("transfers", "transfers_kind_check", {"kind": "fund"}),
    ("transfers", "transfers_kind_check", {"huggg_id": str(NO_HUGGG)}),
    ("transfers", "transfers_amount_check", {"amount": 0}),
    ("transfers", "transfers_check", {"credit_account": 3}),
    ("transfers", "transfers_kind_check", {"kind": "lend"}),
    ("transfers", "transfers_kind_check", {"kind": "lend", "huggg_id": str(NO_HUGGG)}),
    ("redemptions", "no_sale_is_below_nothing", {"rung_up": -1}),
    ("clients", "clients_check", {"previous_fingerprint": "\\x02"}),
    ("wallet_entries", "a_correction_has_a_reason", {"kind": "correct"}),
    ("wallet_entries", "wallet_entries_kind_check", {"kind": "gift"}),
    ("users", "a_password_has_a_username", {"password_hash": "x"}),
    ("users", "users_check1", {"kind": "merchant"}),
    ("users", "users_kind_check", {"kind": "robot"}),
    ("users", "users_role_check", {"role": "owner"}),
]  # fmt: skip

TWICE = [
    ("accounts", "accounts_pkey", {"name": "Kettle"}),
    ("adjustment_codes", "adjustment_codes_pkey", {"position": 2}),
    ("api_keys", "api_keys_pkey", {"user_id": 3, "fingerprint": "\\x02"}),
    ("api_keys", "api_keys_user_id_key", {"id": 9, "fingerprint": "\\x02"}),
    ("api_keys", "api_keys_fingerprint_key", {"id": 9, "user_id": 3}),
    ("batches", "batches_pkey", {"segment_id": 3}),
    ("brand_products", "brand_products_pkey", {"position": 2}),
    ("brand_stores", "brand_stores_pkey", {"position": 2}),
    ("brands", "brands_pkey", {"position": 2}),
    ("buckets", "buckets_pkey", {"full_at": LATER}),
    ("cards", "cards_pkey", {"user_id": 2}),
    ("claimer_browsers", "claimer_browsers_pkey", {"admitted_at": LATER}),
    ("client_users", "client_users_pkey", {}),
    ("clients", "clients_pkey", {"name": "Other"}),
    ("codes", "codes_pkey", {"code": "\\x03"}),
    ("contacts", "contacts_pkey", {"language": "cy"}),
    ("deliveries", "deliveries_pkey", {"id": 9}),
    ("moves", "moves_pkey", {"done_at": LATER}),
    ("own_messages", "own_messages_pkey", {"sealed_message": "\\x02"}),
    ("devices", "devices_pkey", {"name": "Other"}),
    ("holds", "holds_pkey", {"reference": "A-2"}),
    ("hugggs", "hugggs_pkey", {"position": 2}),
    ("idempotency_keys", "idempotency_keys_pkey", {"request": "\\x02", "attempt": 2}),
    ("integrations", "integrations_pkey", {"name": "newer"}),
    ("issuances", "issuances_pkey", {"id": 9}),
    ("issuers", "issuers_pkey", {"brand_id": 2}),
    ("key_checks", "key_checks_pkey", {"fingerprint": "\\x02"}),
    ("code_symbols", "code_symbols_pkey", {"symbology": "aztec"}),
    ("passes", "passes_pkey", {"sequence": 1}),
    ("passes", "passes_huggg_id_kind_sequence_key", {"id": 9}),
    ("pass_devices", "pass_devices_pkey", {"push_token": "b2"}),
    ("pictures", "pictures_pkey", {"body": "\\x02"}),
    ("themes", "themes_pkey", {"label": "Other"}),
    ("brand_pictures", "brand_pictures_pkey", {"logo": "a.webp"}),
    ("group_links", "group_links_pkey", {"fingerprint": "\\x02"}),
    ("group_links", "group_links_fingerprint_key", {"transaction_id": 2}),
    ("location_pins", "location_pins_pkey", {"pin": "\\x02"}),
    ("locations", "locations_pkey", {"brand_id": 2}),
    ("moved_links", "moved_links_pkey", {"huggg_id": 2}),
    ("offline_codes", "offline_codes_pkey", {"ends_at": AT}),
    ("offline_rules", "offline_rules_pkey", {"scans": 1}),
    ("offline_scans", "offline_scans_pkey", {"value": 1}),
    ("offline_turns", "offline_turns_pkey", {"scans": 2}),
    ("payments", "payments_pkey", {"transaction_id": 3}),
    ("payments", "payments_transaction_id_key", {"id": 9}),
    ("person_keys", "person_keys_pkey", {"key": "\\x02"}),
    ("pools", "pools_pkey", {"brand_id": 3}),
    ("processes", "processes_pkey", {"name": "till-2"}),
    ("product_segments", "product_segments_pkey", {"position": 2}),
    ("products", "products_pkey", {}),
    ("redemptions", "redemptions_pkey", {"reversed_at": LATER}),
    ("redemptions", "one_live_redemption", {"id": 9}),
    ("refund_policies", "refund_policies_team_id_brand_id_key", {"after_days": None}),
    ("refunds", "refunds_pkey", {"amount": 1}),
    ("segments", "segments_pkey", {"brand_id": 3}),
    ("sessions", "sessions_pkey", {"client_id": "other"}),
    ("shortcodes", "shortcodes_pkey", {"huggg_id": 2}),
    ("stores", "stores_pkey", {}),
    ("thanks", "thanks_pkey", {"text": "\\x02"}),
    ("teams", "teams_pkey", {"name": "Sales"}),
    ("tokens", "tokens_pkey", {"session_id": 2}),
    ("transactions", "transactions_pkey", {"sender_id": 3}),
    ("transfers", "transfers_pkey", {"amount": 1}),
    ("user_locations", "user_locations_pkey", {}),
    ("users", "users_pkey", {"name": "Cleo"}),
    ("wallet_entries", "wallet_entries_pkey", {"reference": "R2"}),
    ("wallet_entries", "money_moves_once_under_a_reference", {"id": 9, "reference": "r1"}),
    ("vouchers", "vouchers_pkey", {"code": "\\x02"}),
]


@pytest.mark.parametrize("table", ROWS)
async def test_the_row_that_nothing_is_wrong_with_is_taken(
    tables: asyncpg.Connection, table: str
) -> None:
    await put(tables, table)


@pytest.mark.parametrize(("table", "constraint", "changes"), REFUSED)
async def test_a_row_that_breaks_one_rule_is_refused(
    tables: asyncpg.Connection, table: str, constraint: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await put(tables, table, **changes)
    assert refused.value.constraint_name == constraint


@pytest.mark.parametrize(("table", "constraint", "changes"), TWICE)
async def test_a_unique_row_is_refused_the_second_time(
    tables: asyncpg.Connection, table: str, constraint: str, changes: dict[str, Any]
) -> None:
    await put(tables, table)
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await put(tables, table, **changes)
    assert refused.value.constraint_name == constraint


@pytest.mark.parametrize(
    ("table", "constraint", "values"),
    [
        ("users", "users_username_key", {"username": "bo@example.test", "password_hash": "x"}),
        ("users", "users_by_username_key", {"username_key": "bo@example.test"}),
        ("users", "users_by_username_fingerprint", {"username_fingerprint": "\\x01"}),
        ("users", "users_by_email", {"email_fingerprint": "\\x01"}),
        ("users", "users_by_phone", {"phone_fingerprint": "\\x01"}),
        ("users", "users_phone_number_key", {"phone_number": "+447700900123"}),
        ("devices", "devices_by_code", {"code_fingerprint": "\\x01"}),
        ("payments", "payments_key_caller_key_key", {"key_caller": "amara", "key": "order-1"}),
        ("codes", "one_standing_code_a_huggg", {"huggg_id": 5, "assigned_at": AT}),
        ("redemptions", "one_redemption_a_hold", {"hold_id": 12, "reversed_at": LATER}),
    ],
)
async def test_a_row_of_one_owner_is_refused_to_a_second(
    tables: asyncpg.Connection, table: str, constraint: str, values: dict[str, Any]
) -> None:
    another: dict[str, dict[str, Any]] = {
        "codes": {"fingerprint": "\\x09"},
        "payments": {"id": 8, "transaction_id": 9},
    }
    await put(tables, table, **values)
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await put(tables, table, **values, **another.get(table, {"id": 9}))
    assert refused.value.constraint_name == constraint


async def test_a_huggg_may_have_had_any_number_of_redemptions(tables: asyncpg.Connection) -> None:
    for redemption in (2, 3):
        await put(tables, "redemptions", id=redemption, reversed_at=LATER)
    await put(tables, "redemptions", id=4)


async def test_a_huggg_may_have_had_any_number_of_codes(tables: asyncpg.Connection) -> None:
    for fingerprint in ("\\x01", "\\x02"):
        had = {"huggg_id": 5, "assigned_at": AT, "replaced_at": LATER}
        await put(tables, "codes", fingerprint=fingerprint, **had)
    await put(tables, "codes", fingerprint="\\x03", huggg_id=5, assigned_at=LATER)


async def test_any_number_of_codes_is_nobodys(tables: asyncpg.Connection) -> None:
    for fingerprint in ("\\x01", "\\x02"):
        await put(tables, "codes", fingerprint=fingerprint)

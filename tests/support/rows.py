"""Rows put into tables past every use case: each is valid, and a test changes the columns it needs."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import asyncpg

from huggg.database.queries import Statement

AT, LATER = "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z"

PRODUCT = {"id": 1, "brand_id": 2, "sale_price": 350, "active": 1}

ROWS: dict[str, dict[str, Any]] = {
    "accounts": {"id": 1, "kind": "merchant", "name": "Harbour", "currency": "GBP", "available": 0},
    "adjustment_codes": {"brand_id": 1, "product_id": 2, "code": "C1", "position": 1},
    "api_keys": {"id": 1, "user_id": 2, "fingerprint": "\\x01", "scopes": [], "created_at": AT},
    "batches": {"id": 1, "segment_id": 2, "size": 1, "created_at": AT},
    "brand_products": {"brand_id": 1, "product_id": 2, "consolidated": False, "position": 1},
    "brand_stores": {"brand_id": 1, "store_id": 2, "position": 1, "listed": True},
    "brands": {"published": {"id": 1, "name": "Harbour", "weight": 1, "consolidated": 0}, "position": 1},
    "buckets": {"key": "\\x01", "full_at": AT},
    "cards": {
        "id": "pm_1", "user_id": 1, "processor": "fake", "brand": "visa", "last4": "4242",
        "exp_month": 12, "exp_year": 2030, "added_at": AT,
    },
    "choice_products": {"choice_id": 1, "product_id": 2, "position": 1},
    "claimer_browsers": {"huggg_id": 1, "fingerprint": "\\x01", "admitted_at": AT},
    "client_users": {"client_id": "shop", "user_id": 1},
    "contacts": {"fingerprint": "\\x01", "updated_at": AT, "unwanted": []},
    "deliveries": {
        "subject_id": 1, "kind": "gift", "slot": "", "id": 2, "batch_id": 3, "channel": "email",
        "state": "queued", "queued_at": AT, "facts": {},
    },
    "own_messages": {"huggg_id": 1, "sealed_message": "\\x01"},
    "moves": {"name": "messages", "done_at": AT},
    "clients": {"id": "shop", "name": "Shop", "secret_fingerprint": "\\x01"},
    "codes": {"brand_id": 1, "fingerprint": "\\x01", "code": "\\x02", "valid_until": "infinity"},
    "group_links": {"transaction_id": 1, "fingerprint": "\\x01", "sealed": "\\x01"},
    "holds": {
        "huggg_id": 1, "id": 2, "brand_id": 3, "location_id": "bristol17", "client_id": "till",
        "created_at": AT, "ends_at": LATER,
    },
    "devices": {
        "id": 1, "brand_id": 2, "location_id": "bristol17", "name": "Counter", "code_ends_at": LATER,
        "invited_at": AT,
    },
    "hugggs": {
        "id": 1, "transaction_id": 2, "position": 1, "sender_id": 3, "product_id": 4, "commitment_id": 5,
        "value": 350, "codes": "\\x01", "theme_id": "thanks", "type": "", "expiry_date": "2026-06-01",
        "expires_at": LATER, "created_at": AT, "updated_at": AT, "sent_at": AT,
    },
    "idempotency_keys": {
        "caller": "amara", "key": "order-1", "request": "\\x01", "attempt": 1, "lease_until": AT,
    },
    "integrations": {"id": 99, "name": "new"},
    "issuances": {"huggg_id": 1, "id": 2, "brand_id": 3, "created_at": AT, "next_at": AT},
    "issuers": {"scope_id": 1, "brand_id": 1, "kind": "minted"},
    "jobs": {"kind": "test", "subject_id": 1, "customer_id": 2, "due_at": AT},
    "key_checks": {"number": 1, "fingerprint": "\\x01"},
    "passes": {
        "id": 1, "huggg_id": 2, "customer_id": 3, "kind": "apple", "sequence": 0, "language": "en-GB",
        "token": "\\x01", "changed_at": AT,
    },
    "pass_devices": {"pass_id": 1, "device_id": "phone", "push_token": "a1"},
    "pictures": {"name": "a.webp", "body": "\\x01"},
    "themes": {
        "team_id": 1, "id": "spring", "label": "Spring", "ground": "#6b2fb3", "ink": "#ffffff",
        "accent": "#6b2fb3", "night_accent": "#c39bf5",
    },
    "brand_pictures": {"brand_id": 1},
    "location_pins": {"location_id": "bristol17", "pin": "\\x01", "set_at": AT},
    "code_symbols": {"brand_id": 1, "symbology": "qr"},
    "locations": {"id": "bristol17", "brand_id": 1, "name": "Bristol"},
    "moved_links": {"fingerprint": "\\x01", "huggg_id": 1, "moved_at": AT},
    "offline_codes": {"huggg_id": 1, "sequence": 0, "ends_at": LATER},
    "offline_rules": {"brand_id": 1, "scans": 50, "value": 50000, "hours": 24, "losses": "merchant"},
    "offline_scans": {
        "huggg_id": 1, "id": 2, "brand_id": 3, "location_id": "bristol17", "device_id": 4,
        "client_id": "till", "value": 350, "sale": {}, "scanned_at": AT, "arrived_at": LATER,
        "losses": "merchant",
    },
    "offline_turns": {"device_id": 1, "scans": 1},
    "payments": {
        "id": 1, "transaction_id": 2, "user_id": 3, "client_id": "shop", "processor": "fake",
        "card": "pm_1", "retail": 350, "fee": 0, "state": "intended", "plan": {},
        "created_at": AT, "next_at": AT,
    },
    "person_keys": {"person_id": 1, "key": "\\x01"},
    "pools": {"segment_id": 1, "brand_id": 2, "low_water": 0},
    "processes": {"id": 1, "name": "till-1", "keys": [], "seen_at": AT},
    "product_segments": {"product_id": 1, "segment_id": 2, "position": 1},
    "products": {"published": PRODUCT},
    "redemptions": {
        "huggg_id": 1, "id": 2, "brand_id": 3, "location_id": "bristol17", "client_id": "till",
        "created_at": AT, "updated_at": AT,
    },
    "refund_policies": {"team_id": 1, "brand_id": 2, "after_days": 0},
    "refunds": {"id": 1, "payment_id": 2, "amount": 350, "created_at": AT},
    "segments": {"id": 1, "brand_id": 2, "name": "Coffee"},
    "sessions": {"id": 1, "client_id": "shop", "created_at": AT, "expires_at": LATER},
    "shortcodes": {"fingerprint": "\\x01", "huggg_id": 1},
    "stores": {"published": {"id": 1, "brand_id": 2}},
    "teams": {"id": 1, "name": "People"},
    "thanks": {"huggg_id": 1, "text": "\\x01", "created_at": AT},
    "tokens": {"fingerprint": "\\x01", "session_id": 1, "kind": "refresh", "expires_at": LATER},
    "transactions": {
        "id": 1, "sender_id": 2, "account_id": 3, "product_id": 4, "quantity": 2, "retail": 700,
        "status": "successful", "theme_id": "thanks", "created_at": AT, "updated_at": AT,
    },
    "transfers": {
        "id": 1, "huggg_id": 2, "debit_account": 3, "credit_account": 4, "amount": 350, "kind": "commit",
        "created_at": AT,
    },
    "user_locations": {"user_id": 1, "location_id": "bristol17"},
    "users": {"id": 1, "kind": "customer", "name": "Bo"},
    "wallet_entries": {"id": 1, "wallet_id": 2, "kind": "fund", "reference": "R1", "reason": None},
    "vouchers": {"huggg_id": 1, "id": 2, "code": "\\x01", "updated_at": AT},
}  # fmt: skip
"""A row of each table that nothing is wrong with; whole numbers stand for ids where ids are wanted."""

TYPES = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = $1::text::regclass
"""


async def put(tables: asyncpg.Connection, table: str, **changes: Any) -> None:
    row = {**ROWS[table], **changes}
    columns = ", ".join(row)
    types = dict(await tables.fetch(TYPES, table))
    values = {name: _typed_value(value, types[name]) for name, value in row.items()}
    row_of_json = f"SELECT {columns} FROM json_populate_record(NULL::{table}, $1)"  # noqa: S608
    await tables.execute(f"INSERT INTO {table} ({columns}) {row_of_json}", json.dumps(values))


def _typed_value(value: Any, type_name: str) -> Any:
    if type_name == "uuid" and isinstance(value, int):
        return str(UUID(int=value))
    if type_name == "json" and value is not None:
        return {
            name: _typed_value(part, "uuid" if name.endswith("id") else "")
            for name, part in value.items()
        }
    return value


async def lie_in_order_of_entry(tables: asyncpg.Connection) -> None:
    """Have rows found in the order in which they were put, until the transaction ends.

    An index or a join that serves a statement mostly has its order, too, and hides that it says none.
    """
    for way in ("indexscan", "indexonlyscan", "bitmapscan", "nestloop", "mergejoin"):
        await tables.execute(f"SET LOCAL enable_{way} = off")
    await tables.execute("SET LOCAL plan_cache_mode = force_custom_plan")  # no plan from before


async def ran(tables: asyncpg.Connection, statement: Statement, **values: Any) -> list[asyncpg.Record]:
    """Run a statement of ours; whole numbers stand for ids where the statement wants ids."""
    rows: list[asyncpg.Record] = await tables.fetch(statement.sql, *statement.bind(values))
    return rows


async def ran_in_order_of_entry(
    tables: asyncpg.Connection, statement: Statement, **values: Any
) -> list[asyncpg.Record]:
    """Run a statement alone, with its rows found as they were put; see `lie_in_order_of_entry`."""
    async with tables.transaction():
        await lie_in_order_of_entry(tables)
        return await ran(tables, statement, **values)


async def standing(tables: asyncpg.Connection) -> dict[str, list[str]]:
    """Read all that is there, as text, but the counters of sequences."""
    return {
        table: [row for (row,) in await tables.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")]  # noqa: S608
        for table in [*ROWS, "events"]
    }

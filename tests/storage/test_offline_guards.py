"""Statements of offline scans: each acts on its own rows, and leaves the others."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huggg.database.queries import Statement
from huggg.offline.store import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import PRODUCT, put, ran, standing
from tests.support.waiting import waits_for_lock

BRAND = {"id": 1, "name": "Harbour", "weight": 1, "consolidated": 0}
RULE = {"scans": 5, "value": 25_00, "hours": 2, "losses": "platform"}


async def test_a_brand_has_one_rule_and_no_other_brand_changes(tables: asyncpg.Connection) -> None:
    await put(tables, "brands", published=BRAND)
    await put(tables, "brands", published={**BRAND, "id": 11}, position=2)
    for scans in (5, 6):
        values = {**RULE, "scans": scans, "brand_id": UUID(int=1)}
        assert len(await ran(tables, queries.set_rule, **values)) == 1
    assert await ran(tables, queries.set_rule, **RULE, brand_id=UUID(int=7)) == []
    rows = await tables.fetch("SELECT * FROM offline_rules")
    assert rows == [(UUID(int=1), 6, 25_00, 2, "platform")]
    events = await tables.fetch("SELECT kind, subject_id, data ->> 'scans' FROM events ORDER BY id")
    assert events == [("brand.offline_rule_set", UUID(int=1), scans) for scans in ("5", "6")]


async def test_a_rule_is_removed_and_no_other_brands(tables: asyncpg.Connection) -> None:
    for brand in (1, 2):
        await put(tables, "offline_rules", brand_id=brand)
    assert len(await ran(tables, queries.remove_rule, brand_id=UUID(int=1))) == 1
    before = await standing(tables)
    assert await ran(tables, queries.remove_rule, brand_id=UUID(int=1)) == []
    assert await standing(tables) == before
    assert await tables.fetchval("SELECT brand_id FROM offline_rules") == UUID(int=2)
    events = await tables.fetch("SELECT kind, subject_id FROM events")
    assert events == [("brand.offline_rule_removed", UUID(int=1))]


# Scans

AT_NINE, AT_TEN = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 10, tzinfo=UTC)
SCAN = {
    "device_id": UUID(int=4),
    "turn": 1,
    "huggg_id": UUID(int=1),
    "id": UUID(int=2),
    "brand_id": UUID(int=3),
    "location_id": "bristol17",
    "user_id": None,
    "client_id": "till",
    "value": 350,
    "sequence": 0,
    "sale": "{}",
    "scanned_at": AT_NINE,
    "now": AT_TEN,
    "reason": None,
    "losses": "platform",
}
OTHERS: list[Row] = [{"huggg_id": 11}, {"id": 12}]
SETTLEMENT = {
    "huggg_id": UUID(int=1),
    "id": UUID(int=2),
    "settlement": "platform",
    "transfer_id": UUID(int=20),
    "by": "Ada",
    "note": "Shown on two phones.",
    "user_id": None,
    "client_id": "till",
    "key_caller": "brand 3",
    "key": "redemption 1 5",
    "key_attempt": UUID(int=30),
    "key_status": 422,
    "key_answer": b"\x02",
}
TEN = "2026-01-05T10:00:00Z"
SETTLED = {
    "reason": "spent",
    "settlement": "merchant",
    "settled_at": "2026-01-05T10:00:00Z",
    "note": "N",
}
KEY = {"caller": "brand 3", "key": "redemption 1 5"}
REFUSED: Row = {**KEY, "status": 405, "answer": "\\x01"}
FORGETTING = {"huggg_id": UUID(int=1), "id": UUID(int=2), **KEY}
CASES = [
    Guarded(
        queries.conflict,
        "offline_scans",
        {},
        {"huggg_id": UUID(int=1), "id": UUID(int=2), "reason": "spent"},
        OTHERS,
        {"a conflict before": {"reason": "held"}},
        beside=(("redemptions", {"id": 77}), ("redemptions", {"huggg_id": 7})),
    ),
    Guarded(
        queries.settle,
        "offline_scans",
        {"reason": "spent"},
        SETTLEMENT,
        OTHERS,
        {"no conflict": {"reason": None}, "settled before": SETTLED},
    ),
    Guarded(
        queries.forget_refusal,
        "idempotency_keys",
        REFUSED,
        FORGETTING,
        [{"caller": "brand 4"}, {"key": "redemption 1 6"}],
        {
            "under way": {"status": None, "answer": None},
            "of an effect": {"status": 201, "effect_id": 5},
        },
        beside=(("offline_scans", {"reason": "spent"}),),
    ),
]


@pytest.mark.parametrize("scan", [SETTLED, {"huggg_id": 11}, {"id": 12}], ids=str)
async def test_a_refusal_is_forgotten_only_while_its_own_conflict_waits(
    tables: asyncpg.Connection, scan: Row
) -> None:
    await put(tables, "offline_scans", **{"reason": "spent", **scan})
    await put(tables, "idempotency_keys", **REFUSED)
    before = await standing(tables)
    assert await ran(tables, queries.forget_refusal, **FORGETTING) == []
    assert await standing(tables) == before


async def test_no_key_of_a_loss_that_is_being_settled_is_forgotten(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    one, other = two
    await put(one, "offline_scans", reason="spent")
    await put(one, "idempotency_keys", **REFUSED)
    async with one.transaction():
        await ran(one, queries.settle, **SETTLEMENT)
        later = asyncio.create_task(ran(other, queries.forget_refusal, **FORGETTING))
        await waits_for_lock(other, beside=one)
    assert await later == []
    assert await one.fetch("SELECT answer FROM idempotency_keys") == [(b"\2",)]


async def test_a_scan_that_was_redeemed_becomes_no_conflict(tables: asyncpg.Connection) -> None:
    await put(tables, "offline_scans")
    await put(tables, "redemptions")
    before = await standing(tables)
    values = {"huggg_id": UUID(int=1), "id": UUID(int=2), "reason": "spent"}
    assert await ran(tables, queries.conflict, **values) == []
    assert await standing(tables) == before


async def test_a_scan_is_taken_in_once_and_in_its_turn(tables: asyncpg.Connection) -> None:
    await put(tables, "offline_turns", device_id=4, scans=1)
    assert await ran(tables, queries.take_in, **{**SCAN, "turn": 0}) == []
    assert await tables.fetchval("SELECT count(*) FROM offline_scans") == 0
    assert len(await ran(tables, queries.take_in, **SCAN)) == 1
    assert len(await ran(tables, queries.take_in, **{**SCAN, "turn": 2, "reason": "held"})) == 1
    assert len(await ran(tables, queries.take_in, **{**SCAN, "device_id": UUID(int=5), "turn": 0})) == 1
    rows = await tables.fetch("SELECT id, device_id, reason, losses FROM offline_scans")
    assert rows == [(UUID(int=2), UUID(int=4), None, "platform")]
    assert await tables.fetch("SELECT * FROM events") == []


async def test_a_scan_that_arrives_as_a_conflict_has_its_event(tables: asyncpg.Connection) -> None:
    await ran(tables, queries.take_in, **{**SCAN, "turn": 0, "reason": "device_revoked"})
    row = await tables.fetchrow("SELECT kind, subject_id, data FROM events")
    assert row[:2] == ("huggg.scan_conflicted", UUID(int=1))
    assert '"device_revoked"' in row[2]


@given(
    scans=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 5)), max_size=12),
    scanned=st.integers(-9, 9),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
async def test_the_most_scans_that_waited_at_one_time_are_counted(
    tables: asyncpg.Connection, scans: list[tuple[int, int, int]], scanned: int
) -> None:
    """Each scan waits from its moment until its arrival; those of another device do not count."""
    async with tables.transaction():
        now = await tables.fetchval("SELECT now()")
        await tables.execute("DELETE FROM offline_scans")
        for number, (begin, end, value) in enumerate(scans):
            times = {
                "scanned_at": (now + timedelta(hours=begin)).isoformat(),
                "arrived_at": (now + timedelta(hours=end)).isoformat(),
            }
            for device in (4, 5):
                row = {"id": 100 * device + number, "device_id": device, "value": value, **times}
                await put(tables, "offline_scans", **row)
        [row] = await ran(
            tables,
            queries.arrival,
            huggg_id=UUID(int=1),
            brand_id=UUID(int=3),
            device_id=UUID(int=4),
            scanned_at=now + timedelta(hours=scanned),
            longest=timedelta(hours=6),
        )
        since = max(min(scanned, 0), -6)
        waiting = [
            [value for begin, end, value in scans if begin <= moment < end and end > since]
            for moment in {since, *(begin for begin, _, _ in scans if begin > since)}
        ]
        assert row["waiting_scans"] == max(map(len, waiting))
        assert row["waiting_value"] == max(map(sum, waiting))


async def test_a_scan_of_long_ago_is_judged_by_a_look_at_each_scan_of_its_device(
    tables: asyncpg.Connection,
) -> None:
    """All pairs of 2,000 scans would be four million rows; of 20,000, too many for one statement."""
    await tables.execute(
        "INSERT INTO offline_scans (huggg_id, id, brand_id, location_id, device_id, client_id, value,"
        " sale, scanned_at, arrived_at, losses)"
        " SELECT gen_random_uuid(), gen_random_uuid(), $1, 'bristol17', $1, 'till', 350, '{}',"
        " now() - n * interval '1 minute', now(), 'merchant' FROM generate_series(1, 2000) AS n",
        UUID(int=4),
    )
    values = {
        "huggg_id": UUID(int=1),
        "brand_id": UUID(int=3),
        "device_id": UUID(int=4),
        "scanned_at": datetime(1970, 1, 1, tzinfo=UTC),
        "longest": timedelta(days=31),
    }
    [row] = await ran(tables, queries.arrival, **values)
    assert row["waiting_scans"] == 2000
    assert await rows_of(tables, queries.arrival, **values) < 2000 * 40


async def test_the_revoked_list_of_a_brand_reads_no_code_of_another(tables: asyncpg.Connection) -> None:
    await put(tables, "products", published=PRODUCT | {"id": 8, "brand_id": 3})
    for huggg, product in ((1, 8), (2, 9)):
        row = {"id": huggg, "position": huggg, "product_id": product, "cancelled_at": TEN}
        await put(tables, "hugggs", **row)
        await put(tables, "offline_codes", huggg_id=huggg, product_id=product, ends_at="2999-01-05")
    await tables.execute(
        "INSERT INTO offline_codes (huggg_id, sequence, product_id, ends_at)"
        " SELECT gen_random_uuid(), 0, $1, 'infinity' FROM generate_series(1, 2000)",
        UUID(int=9),
    )
    await tables.execute("ANALYZE offline_codes")
    brand = {"brand_id": UUID(int=3)}
    assert await ran(tables, queries.revoked, **brand) == [(UUID(int=1), 0, True)]
    assert await rows_of(tables, queries.revoked, **brand) < 100


async def rows_of(tables: asyncpg.Connection, statement: Statement, **values: Any) -> float:
    """Count the rows that all steps of a statement hand on."""
    run = replace(statement, sql=f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}")
    [(text,)] = await ran(tables, run, **values)
    nodes, rows = [msgspec.json.decode(text)[0]["Plan"]], 0.0
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        rows += node["Actual Rows"] * node["Actual Loops"]
    return rows


@pytest.mark.parametrize(("settlement", "paid"), [("platform", 1), ("merchant", 0), ("redeemed", 0)])
async def test_only_a_loss_of_the_platform_is_paid(
    tables: asyncpg.Connection, settlement: str, paid: int
) -> None:
    await put(tables, "offline_scans", reason="spent")
    assert len(await ran(tables, queries.settle, **{**SETTLEMENT, "settlement": settlement})) == 1
    moved = await tables.fetch("SELECT credit_account, amount, kind FROM transfers")
    assert moved == [(UUID(int=3), 350, "settle")] * paid
    row = await tables.fetchrow("SELECT kind, data ->> 'settlement' FROM events")
    assert row == ("huggg.scan_settled", settlement)
    keys = await tables.fetch("SELECT caller, key, status, answer FROM idempotency_keys")
    assert keys == [("brand 3", "redemption 1 5", 422, b"\x02")] * (settlement != "redeemed")


@pytest.mark.parametrize("kept", [{}, {"status": 405, "answer": "\\x01"}])
async def test_a_loss_takes_the_key_of_a_redemption_that_had_no_effect(
    tables: asyncpg.Connection, kept: dict[str, Any]
) -> None:
    await put(tables, "offline_scans", reason="spent")
    await put(tables, "idempotency_keys", caller="brand 3", key="redemption 1 5", **kept)
    assert len(await ran(tables, queries.settle, **SETTLEMENT)) == 1
    keys = await tables.fetch("SELECT status, answer FROM idempotency_keys")
    assert keys == [(422, b"\x02")]


async def test_a_redemption_that_completed_the_key_is_no_loss(tables: asyncpg.Connection) -> None:
    await put(tables, "offline_scans", reason="spent")
    key = {"caller": "brand 3", "key": "redemption 1 5", "status": 201, "answer": "\\x01"}
    await put(tables, "idempotency_keys", **key, effect_id=5)
    before = await standing(tables)
    assert await ran(tables, queries.settle, **SETTLEMENT) == []
    assert await standing(tables) == before


async def test_of_two_settlements_at_once_the_later_changes_nothing(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    one, other = two
    await put(one, "offline_scans", reason="spent")
    async with one.transaction():
        await ran(one, queries.settle, **{**SETTLEMENT, "settlement": "redeemed"})
        later = asyncio.create_task(ran(other, queries.settle, **SETTLEMENT))
        await waits_for_lock(other, beside=one)
    before = await standing(one)
    assert await later == []
    assert await standing(one) == before


async def test_shown_codes_are_forgotten_when_they_end_a_batch_at_a_time(
    tables: asyncpg.Connection,
) -> None:
    for huggg, sequence, ends_at in (
        (5, 0, "2999-01-05T10:00:00Z"),
        (1, 0, TEN),
        (1, 1, TEN),
        (3, 0, TEN),
    ):
        await put(tables, "offline_codes", huggg_id=huggg, sequence=sequence, ends_at=ends_at)
    for _ in range(3):
        assert await ran(tables, queries.forget_ended_codes, most=1) == [(1,)]
    assert await ran(tables, queries.forget_ended_codes, most=5) == [(0,)]
    assert await tables.fetch("SELECT huggg_id FROM offline_codes") == [(UUID(int=5),)]


async def test_a_code_that_is_shown_again_meanwhile_is_not_forgotten(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    showing, sweeping = two
    await put(showing, "offline_codes")
    async with showing.transaction():
        later = datetime(2999, 1, 1, tzinfo=UTC)
        code = {"huggg_id": UUID(int=1), "sequence": 0, "product_id": UUID(int=2), "ends_at": later}
        await ran(showing, queries.note_shown, **code)
        sweep = asyncio.create_task(ran(sweeping, queries.forget_ended_codes, most=5))
        await waits_for_lock(sweeping, beside=showing)
    assert await sweep == [(0,)]
    assert await showing.fetchval("SELECT ends_at FROM offline_codes") == later

"""The holder of an idempotency key, and its time: changes by statements about keys, and their guards."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from huggg.kit.idempotency import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import AT, LATER, lie_in_order_of_entry, put, ran
from tests.support.waiting import waits_for_lock

FUTURE = "2099-01-01T00:00:00Z"
MINUTE = timedelta(minutes=1)
FIRST, SECOND = UUID(int=1), UUID(int=2)
ANSWERED: Row = {"status": 402, "answer": "\\x01"}
OTHERS: list[Row] = [{"caller": "bo"}, {"key": "order-2"}]
MINE: Row = {"caller": "amara", "key": "order-1", "attempt": FIRST}

LOST: dict[str, Row] = {
    "taken over": {"attempt": 2},
    "answered": ANSWERED,
    "bound to a payment": {"bound": True},
}
CASES = [
    Guarded(
        queries.keep,
        "idempotency_keys",
        {},
        {
            "key_caller": "amara",
            "key": "order-1",
            "key_attempt": FIRST,
            "key_status": 422,
            "key_answer": b"\2",
            "effect_id": None,
        },
        OTHERS,
        LOST,
    ),
    Guarded(queries.let_go, "idempotency_keys", {}, MINE, OTHERS, LOST),
    Guarded(
        queries.reserve,
        "idempotency_keys",
        {"lease_until": AT},
        {
            "caller": "amara",
            "key": "order-1",
            "attempt": SECOND,
            "request": b"\1",
            "requests": [b"\1"],
            "lease": MINUTE,
        },
        OTHERS,
        {
            "answered": ANSWERED,
            "held": {"lease_until": FUTURE},
            "of another request": {"request": "\\x02"},
        },
    ),
]


async def test_a_key_that_nobody_holds_is_reserved_whoever_holds_others(
    tables: asyncpg.Connection,
) -> None:
    for other in OTHERS:
        await put(tables, "idempotency_keys", **ANSWERED, **other)
    values = {**MINE, "request": b"\1", "requests": [b"\1"], "lease": MINUTE}
    assert len(await ran(tables, queries.reserve, **values)) == 1


@pytest.mark.parametrize("then", [{"lease_until": FUTURE}, ANSWERED], ids=["held", "answered"])
async def test_of_two_who_reserve_a_key_at_once_the_later_one_gets_nothing(
    two: tuple[asyncpg.Connection, asyncpg.Connection], then: Row
) -> None:
    first, second = two
    values = {**MINE, "request": b"\1", "requests": [b"\1"], "lease": MINUTE}
    async with first.transaction():
        await put(first, "idempotency_keys", **then)
        waiting = asyncio.create_task(ran(second, queries.reserve, **{**values, "attempt": SECOND}))
        await waits_for_lock(second, beside=first)
        assert not waiting.done()
    assert await waiting == []


# Sweeping ------------------------------------------------------------------------------------------

SWEEP: Row = {"kept_for": timedelta(days=1), "most": 1}
KEYS = "SELECT caller, key FROM idempotency_keys ORDER BY caller, key"
OLD: Row = {**ANSWERED, "created_at": AT}


async def test_the_oldest_keys_are_swept_first_and_no_more_than_told(tables: asyncpg.Connection) -> None:
    await lie_in_order_of_entry(tables)
    await put(tables, "idempotency_keys", **ANSWERED, caller="bo", created_at=LATER)
    await put(tables, "idempotency_keys", **OLD)
    assert await ran(tables, queries.sweep_keys, **SWEEP) == [(1,)]
    assert await tables.fetch(KEYS) == [("bo", "order-1")]


@pytest.mark.parametrize("other", OTHERS, ids=str)
async def test_a_key_is_swept_and_no_young_one_beside_it(tables: asyncpg.Connection, other: Row) -> None:
    await put(tables, "idempotency_keys", **ANSWERED, **other, created_at=FUTURE)
    young = await tables.fetch(KEYS)
    await put(tables, "idempotency_keys", **OLD)
    assert await ran(tables, queries.sweep_keys, **{**SWEEP, "most": 9}) == [(1,)]
    assert await tables.fetch(KEYS) == young


async def test_a_key_that_another_server_sweeps_is_passed_over(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    for caller in ("amara", "bo"):
        await put(first, "idempotency_keys", **OLD, caller=caller)
    async with first.transaction():
        await first.execute("SELECT FROM idempotency_keys WHERE caller = 'amara' FOR UPDATE")
        assert await ran(second, queries.sweep_keys, **{**SWEEP, "most": 9}) == [(1,)]
    assert await first.fetch(KEYS) == [("amara", "order-1")]


async def test_a_key_that_is_plainly_held_is_not_even_waited_for(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    """The statement that records an answer has the row: asking for the key must not stand behind it."""
    recording, asking = two
    await put(recording, "idempotency_keys", lease_until=FUTURE)
    values = {**MINE, "request": b"\1", "requests": [b"\1"], "lease": MINUTE}
    async with recording.transaction():
        await recording.execute("UPDATE idempotency_keys SET effect_id = attempt")
        assert await ran(asking, queries.reserve, **values) == []

"""The statement that draws codes and makes their vouchers: its changes and its guards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.vouchers.store import queries
from tests.support.guards import Row
from tests.support.rows import AT, LATER, lie_in_order_of_entry, put, ran, standing

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
SOON, FUTURE, FAR = "2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2099-06-01T00:00:00Z"
HUGGG, OTHER, BRAND, OTHER_BRAND, POOL, OTHER_POOL = (UUID(int=n) for n in (3, 13, 1, 11, 5, 15))
FREE: Row = {"brand_id": 1, "segment_id": 5, "batch_id": 6}
ITEM: Row = {
    "huggg_id": HUGGG,
    "voucher_id": UUID(int=7),
    "pool_id": POOL,
    "brand_id": BRAND,
    "segment_id": POOL,
    "link": b"\1",
    "at": NOW,
    "user_id": None,
    "client_id": "app",
}
MADE, OUTRUN = (1, False), (1, True)


async def draws(tables: asyncpg.Connection, *items: Row) -> list[tuple[int, bool]]:
    """Run the statement for these items, or for one; gives its rows."""
    rows = [{**ITEM, **item} for item in items or ({},)]
    columns: Row = {name: [row[name] for row in rows] for name in ITEM}
    return sorted(map(tuple, await ran(tables, queries.draw_voucher, **columns)))


async def huggg(tables: asyncpg.Connection, number: int = 3, **changes: Any) -> None:
    await put(tables, "hugggs", **{"id": number, "position": number, "expires_at": FUTURE, **changes})


async def code(tables: asyncpg.Connection, number: int = 1, **changes: Any) -> None:
    await put(tables, "codes", **{**FREE, "fingerprint": f"\\x0{number}", **changes})


async def owners(tables: asyncpg.Connection) -> list[tuple[bytes, UUID]]:
    assigned = "SELECT fingerprint, huggg_id FROM codes WHERE assigned_at IS NOT NULL ORDER BY 1"
    return list(map(tuple, await tables.fetch(assigned)))


PASSED_OVER: dict[str, Row] = {
    "of another pool": {"segment_id": 15},
    "of another brand": {"brand_id": 11},
    "handed out": {"assigned_at": AT, "huggg_id": 9},
    "withdrawn": {"withdrawn_at": AT},
    "reserved": {"lease_until": FUTURE, "huggg_id": 9},
    "over before the huggg": {"valid_until": SOON},
}


@pytest.mark.parametrize("reason", PASSED_OVER)
async def test_a_code_is_passed_over_that_is(tables: asyncpg.Connection, reason: str) -> None:
    await huggg(tables)
    await code(tables, 1, **{"valid_until": FUTURE, **PASSED_OVER[reason]})
    before = await standing(tables)
    assert await draws(tables) == []
    assert await standing(tables) == before
    await code(tables, 2, valid_until=FAR)
    assert await draws(tables) == [MADE]


async def test_a_code_that_is_over_is_passed_over_though_the_huggg_was_over_before(
    tables: asyncpg.Connection,
) -> None:
    await huggg(tables, expires_at=LATER)
    await code(tables, valid_until="2026-01-06T00:00:00Z")
    before = await standing(tables)
    assert await draws(tables) == []
    assert await standing(tables) == before


async def test_a_reservation_that_outlived_its_lease_is_drawn(tables: asyncpg.Connection) -> None:
    await huggg(tables)
    await code(tables, huggg_id=9, lease_until=AT)
    assert await draws(tables) == [MADE]
    assert await tables.fetch("SELECT huggg_id, lease_until FROM codes") == [(HUGGG, None)]


OVER: dict[str, Row] = {
    "has a voucher": {"voucher_id": 9},
    "is a choice": {"choice_id": 4},
    "is spent": {"redemption_id": 9},
    "is cancelled": {"cancelled_at": AT},
    "is noted as expired": {"expired_at": AT},
    "is not sent": {"sent_at": "2026-01-05T09:31:00Z"},
    "has expired": {"expires_at": "2026-01-05T09:30:00Z"},
    "has another link": {"codes": "\\x02"},
}


@pytest.mark.parametrize("reason", OVER)
async def test_no_code_is_drawn_for_a_huggg_that(tables: asyncpg.Connection, reason: str) -> None:
    await huggg(tables, **OVER[reason])
    await code(tables)
    before = await standing(tables)
    assert await draws(tables) == [OUTRUN]
    assert await standing(tables) == before


async def test_a_voucher_has_its_code_as_it_lay_in_the_pool_and_is_one_hugggs(
    tables: asyncpg.Connection,
) -> None:
    for number in (13, 3):
        await huggg(tables, number)
        await put(tables, "issuances", huggg_id=number, id=number)
    await code(tables)
    await code(tables, 2)
    await code(tables, 1, brand_id=11)
    for job in ({}, {"subject_id": 13}, {"kind": "another"}):
        await put(tables, "jobs", **{"kind": "code.issue", "subject_id": 3, "customer_id": 1, **job})
    assert await draws(tables) == [MADE]
    [voucher] = await tables.fetch("SELECT huggg_id, id, segment_id, code, created_at FROM vouchers")
    sealed_code = b"\0\0" + BRAND.bytes + b"\1" + b"\2"
    assert tuple(voucher) == (HUGGG, UUID(int=7), POOL, sealed_code, None)
    assert await tables.fetch("SELECT id FROM hugggs WHERE voucher_id IS NOT NULL") == [(HUGGG,)]
    assert await tables.fetch("SELECT brand_id FROM codes WHERE huggg_id IS NOT NULL") == [(BRAND,)]
    assert await owners(tables) == [(b"\1", HUGGG)]
    settled = await tables.fetch("SELECT huggg_id FROM issuances WHERE settled_at IS NOT NULL")
    assert settled == [(HUGGG,)]
    left = await tables.fetch("SELECT kind, subject_id FROM jobs ORDER BY kind")
    assert left == [("another", HUGGG), ("code.issue", OTHER)]
    [event] = await tables.fetch("SELECT subject_id, kind, data::jsonb ->> 'origin' FROM events")
    assert tuple(event) == (HUGGG, "voucher.generated", "pool")


async def test_twins_of_one_batch_draw_one_code(tables: asyncpg.Connection) -> None:
    await huggg(tables)
    for number in (1, 2):
        await code(tables, number)
    assert await draws(tables, {}, {"voucher_id": UUID(int=8)}) == [(1, False), (2, True)]
    assert len(await owners(tables)) == 1


async def test_each_gets_one_code_of_those_that_last_the_soonest_to_end(
    tables: asyncpg.Connection,
) -> None:
    await lie_in_order_of_entry(tables)
    await huggg(tables, 13, expires_at=FAR)
    await huggg(tables, 3)
    for number, ends in enumerate(["infinity", FAR, SOON, FUTURE]):
        await code(tables, number, valid_until=ends)
    assert await draws(tables, {"huggg_id": OTHER, "voucher_id": UUID(int=8)}, {}) == [
        (1, False),
        (2, False),
    ]
    assert await owners(tables) == [(b"\1", OTHER), (b"\3", HUGGG)]


async def test_where_a_code_at_hand_ends_too_soon_its_huggg_gets_none(
    tables: asyncpg.Connection,
) -> None:
    await huggg(tables, 3)
    await huggg(tables, 13, expires_at=FAR)
    for number in (1, 2):
        await code(tables, number, valid_until=FUTURE)
    assert await draws(tables, {}, {"huggg_id": OTHER, "voucher_id": UUID(int=8)}) == [MADE]
    assert [owner for _, owner in await owners(tables)] == [HUGGG]


@pytest.mark.parametrize(
    ("item", "drawn"),
    [
        ({"pool_id": OTHER_POOL}, {"segment_id": 15}),
        ({"brand_id": OTHER_BRAND}, {"brand_id": 11}),
    ],
    ids=["pools", "brands"],
)
async def test_hugggs_of_one_batch_draw_from_their_own(
    tables: asyncpg.Connection, item: Row, drawn: Row
) -> None:
    for number in (3, 13):
        await huggg(tables, number)
    await code(tables, 1)
    await code(tables, 2, **drawn)
    other = {"huggg_id": OTHER, "voucher_id": UUID(int=8), **item}
    assert await draws(tables, other, {}) == [(1, False), (2, False)]
    assert await owners(tables) == [(b"\1", HUGGG), (b"\2", OTHER)]


@pytest.mark.parametrize(
    ("process", "answer"),
    [
        ({"seen_at": "now"}, []),
        ({"seen_at": AT}, [MADE]),
        ({"seen_at": "now", "opens_pool_seals": True}, [MADE]),
    ],
    ids=["runs", "is gone", "is of this release"],
)
async def test_nothing_is_drawn_so_while_a_server_of_an_older_release(
    tables: asyncpg.Connection, process: Row, answer: list[tuple[int, bool]]
) -> None:
    await huggg(tables)
    await code(tables)
    await put(tables, "processes", **process)
    assert await draws(tables) == answer


Two = tuple[asyncpg.Connection, asyncpg.Connection]


async def _waits(watcher: asyncpg.Connection) -> None:
    """Return when another connection waits for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while not await watcher.fetchval(waiting):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_huggg_that_is_spent_meanwhile_gets_no_code(two: Two) -> None:
    spending, drawing = two
    await huggg(spending)
    await code(spending)
    async with spending.transaction():
        await spending.execute("UPDATE hugggs SET redemption_id = gen_random_uuid()")
        drawn = asyncio.create_task(draws(drawing))
        await _waits(spending)
    assert await drawn == [OUTRUN]
    assert await owners(drawing) == []


async def test_a_code_that_is_renamed_meanwhile_stays_in_its_pool(two: Two) -> None:
    """Else there would be a voucher of a code that is still to be drawn."""
    rotating, drawing = two
    await huggg(rotating)
    await code(rotating)
    async with rotating.transaction():
        await rotating.execute("SELECT FROM hugggs FOR UPDATE")
        drawn = asyncio.create_task(draws(drawing))
        await _waits(rotating)
        await rotating.execute("UPDATE codes SET fingerprint = '\\x09', code = '\\x08'")
    assert await drawn == []
    assert await drawing.fetch("SELECT voucher_id FROM hugggs") == [(None,)]
    assert await drawing.fetch("SELECT FROM vouchers") == []
    assert await owners(drawing) == []


async def test_codes_that_others_are_drawing_are_passed_over(two: Two) -> None:
    first, second = two
    await huggg(first)
    for number in (1, 2):
        await code(first, number)
    async with first.transaction():
        await first.execute("SELECT FROM codes WHERE fingerprint = '\\x01' FOR UPDATE")
        assert await draws(second) == [MADE]
    assert await owners(first) == [(b"\2", HUGGG)]


async def test_no_more_codes_are_locked_than_are_drawn(two: Two) -> None:
    first, second = two
    for number in (3, 13):
        await huggg(first, number)
    for number in (1, 2):
        await code(first, number)
    async with first.transaction():
        assert await draws(first) == [MADE]
        assert await draws(second, {"huggg_id": OTHER}) == [MADE]

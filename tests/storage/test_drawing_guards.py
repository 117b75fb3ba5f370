"""The codes of a pool that a draw reserves, that it renews, and that it leaves alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.queries import Statement
from huggg.vouchers.store import queries
from tests.support.guards import Row
from tests.support.rows import AT, lie_in_order_of_entry, put, ran, standing
from tests.support.waiting import waits_for_lock

FUTURE, FAR = "2099-01-01T00:00:00Z", "2099-06-01T00:00:00Z"
GOOD_UNTIL = datetime(2099, 1, 1, tzinfo=UTC)
HUGGG, OTHER_HUGGG, BRAND, POOL = (UUID(int=n) for n in (3, 4, 1, 5))
ASKED: Row = {
    "huggg_ids": [HUGGG],
    "pool_id": POOL,
    "brand_id": BRAND,
    "lease": timedelta(minutes=1),
}
DRAW: Row = {**ASKED, "good_until": [GOOD_UNTIL]}
FREE: Row = {"brand_id": 1, "segment_id": 5, "batch_id": 6}
RESERVED: Row = {**FREE, "huggg_id": 3, "lease_until": FUTURE}

DRAWS = [
    pytest.param(queries.draw, DRAW, id="a draw"),
    pytest.param(queries.draw_shorter, ASKED, id="a draw of shorter codes"),
]
PASSED_OVER: dict[str, Row] = {
    "of another pool": {"segment_id": 15},
    "of another brand": {"brand_id": 11},
    "handed out": {"assigned_at": AT, "huggg_id": 9},
    "withdrawn": {"withdrawn_at": AT},
    "reserved": {"lease_until": FUTURE, "huggg_id": 9},
    "over": {"valid_until": AT},
}


async def pool(tables: asyncpg.Connection, short_codes: str = "given") -> None:
    await put(tables, "pools", segment_id=5, brand_id=1, short_codes=short_codes)


@pytest.mark.parametrize(("statement", "values"), DRAWS)
@pytest.mark.parametrize("reason", PASSED_OVER)
async def test_a_code_is_not_drawn_that_is(
    tables: asyncpg.Connection, statement: Statement, values: Row, reason: str
) -> None:
    await pool(tables)
    await put(tables, "codes", **{**FREE, **PASSED_OVER[reason]})
    before = await standing(tables)
    assert await ran(tables, statement, **values) == []
    assert await standing(tables) == before


@pytest.mark.parametrize(("statement", "values"), DRAWS)
async def test_one_code_is_reserved_for_each_huggg_and_no_more(
    tables: asyncpg.Connection, statement: Statement, values: Row
) -> None:
    await pool(tables)
    for place in range(1, 5):
        await put(tables, "codes", **FREE, fingerprint=f"\\x0{place}")
    await put(tables, "codes", **{**FREE, "brand_id": 11, "fingerprint": "\\x01"})
    lapsed = {"fingerprint": "\\x07", "huggg_id": 9, "lease_until": AT}
    await put(tables, "codes", **{**FREE, **lapsed})
    two = {**values, "huggg_ids": [HUGGG, OTHER_HUGGG]}
    if "good_until" in values:
        two["good_until"] = [GOOD_UNTIL, GOOD_UNTIL]
    drawn = await ran(tables, statement, **two)
    assert sorted(row["huggg_id"] for row in drawn) == [HUGGG, OTHER_HUGGG]
    assert len({row["fingerprint"] for row in drawn}) == 2
    reserved = await tables.fetch("SELECT huggg_id FROM codes WHERE lease_until > now()")
    assert sorted(row["huggg_id"] for row in reserved) == [HUGGG, OTHER_HUGGG]


@pytest.mark.parametrize(("statement", "values"), DRAWS)
async def test_a_reservation_that_outlived_its_lease_is_as_good_as_free(
    tables: asyncpg.Connection, statement: Statement, values: Row
) -> None:
    await pool(tables)
    await put(tables, "codes", **{**FREE, "huggg_id": 9, "lease_until": AT})
    assert len(await ran(tables, statement, **values)) == 1


async def drawn(tables: asyncpg.Connection, statement: Statement, values: Row) -> list[bytes]:
    await pool(tables)
    for place, ends in enumerate([FAR, "2098-01-01T00:00:00Z", "infinity", FUTURE]):
        await put(tables, "codes", **FREE, fingerprint=f"\\x0{place}", valid_until=ends)
    return [row["fingerprint"] for row in await ran(tables, statement, **values)]


async def test_of_codes_that_outlast_the_huggg_the_soonest_to_end_is_drawn(
    tables: asyncpg.Connection,
) -> None:
    assert await drawn(tables, queries.draw, DRAW) == [b"\3"]


async def test_so_it_is_where_no_index_lends_the_order(tables: asyncpg.Connection) -> None:
    await lie_in_order_of_entry(tables)
    assert await drawn(tables, queries.draw, DRAW) == [b"\3"]


async def test_of_shorter_codes_the_last_to_end_is_drawn(tables: asyncpg.Connection) -> None:
    assert await drawn(tables, queries.draw_shorter, ASKED) == [b"\2"]


async def test_a_pool_that_refuses_shorter_codes_gives_none(tables: asyncpg.Connection) -> None:
    await pool(tables, short_codes="refused")
    await put(tables, "pools", segment_id=15, brand_id=1, short_codes="given")
    await put(tables, "codes", **FREE)
    assert await ran(tables, queries.draw_shorter, **ASKED) == []


async def test_a_drawer_passes_over_codes_that_others_are_drawing(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    for place in (1, 2):
        await put(first, "codes", **FREE, fingerprint=f"\\x0{place}")
    async with first.transaction():
        await first.execute("SELECT FROM codes WHERE fingerprint = '\\x01' FOR UPDATE")
        [row] = await ran(second, queries.draw, **DRAW)
    assert row["fingerprint"] == b"\2"


async def test_a_drawer_leaves_the_other_codes_to_others(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    """No draw locks more codes than it was asked for."""
    first, second = two
    for place in (1, 2):
        await put(first, "codes", **FREE, fingerprint=f"\\x0{place}")
    async with first.transaction():
        assert len(await ran(first, queries.draw, **DRAW)) == 1
        assert len(await ran(second, queries.draw, **{**DRAW, "huggg_ids": [OTHER_HUGGG]})) == 1


async def test_a_draw_of_shorter_codes_locks_no_more_than_it_was_asked_for(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    await pool(first)
    for place, ends in enumerate([FUTURE, FAR]):
        await put(first, "codes", **FREE, fingerprint=f"\\x0{place}", valid_until=ends)
    async with first.transaction():
        [drawn_one] = await ran(first, queries.draw_shorter, **ASKED)
        left = await second.fetch("SELECT fingerprint FROM codes FOR UPDATE SKIP LOCKED")
    assert (drawn_one["fingerprint"], left) == (b"\1", [(b"\0",)])


async def test_a_shorter_code_that_another_was_drawing_is_not_drawn_again(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    await pool(first)
    await put(first, "codes", **FREE)
    async with first.transaction():
        assert len(await ran(first, queries.draw_shorter, **ASKED)) == 1
        values = {**ASKED, "huggg_ids": [OTHER_HUGGG]}
        waits = asyncio.create_task(ran(second, queries.draw_shorter, **values))
        await waits_for_lock(second, beside=first)
    assert await waits == []


async def test_a_shorter_code_is_drawn_of_the_brand_that_is_asked_for(
    tables: asyncpg.Connection,
) -> None:
    await pool(tables)
    await put(tables, "codes", **FREE)
    await put(tables, "codes", **{**FREE, "brand_id": 11})
    [code] = await ran(tables, queries.draw_shorter, **ASKED)
    assert code["brand_id"] == BRAND


# Renewing ------------------------------------------------------------------------------------------

NOT_RENEWED: dict[str, Row] = {
    "of another brand": {"brand_id": 11},
    "another huggg's": {"huggg_id": 4, "fingerprint": "\\x02"},
    "handed out": {"lease_until": None, "assigned_at": AT},
    "of another pool, where a call may still be at it": {"segment_id": 15},
}


@pytest.mark.parametrize("reason", NOT_RENEWED)
async def test_a_reservation_stays_as_it_is_that_is(tables: asyncpg.Connection, reason: str) -> None:
    await put(tables, "codes", **{**RESERVED, **NOT_RENEWED[reason]})
    before = await standing(tables)
    assert await ran(tables, queries.renew, **ASKED) == []
    assert await standing(tables) == before


LET_GO: dict[str, Row] = {
    "is over": {"valid_until": AT},
    "is of another pool, where nobody is at it any more": {"segment_id": 15, "lease_until": AT},
}
KEPT: dict[str, Row] = {
    **LET_GO,
    "is over": {"valid_until": AT, "brand_id": 11},
    "is over, and another's": {"valid_until": AT, "huggg_id": 4, "fingerprint": "\\x02"},
    "is over, and handed out": {"valid_until": AT, "lease_until": None, "assigned_at": AT},
}


@pytest.mark.parametrize("reason", LET_GO)
async def test_a_reservation_is_let_go_that(tables: asyncpg.Connection, reason: str) -> None:
    await put(tables, "codes", **{**RESERVED, **LET_GO[reason]})
    assert await ran(tables, queries.renew, **ASKED) == []
    assert await tables.fetch("SELECT huggg_id, lease_until FROM codes") == [(None, None)]


@pytest.mark.parametrize("reason", [reason for reason in KEPT if reason not in LET_GO] + ["is over"])
async def test_a_code_stays_whose_it_is_though_it(tables: asyncpg.Connection, reason: str) -> None:
    await put(tables, "codes", **{**RESERVED, **KEPT[reason]})
    before = await standing(tables)
    assert await ran(tables, queries.renew, **ASKED) == []
    assert await standing(tables) == before


async def test_a_reservation_of_the_same_pool_is_renewed_after_its_lease(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "codes", **{**RESERVED, "lease_until": AT})
    assert len(await ran(tables, queries.renew, **ASKED)) == 1
    [(renewed,)] = await tables.fetch("SELECT lease_until > now() FROM codes")
    assert renewed


# A new key for an issuance -------------------------------------------------------------------------

REFUSED: Row = {"huggg_id": 3, "id": 2, "brand_id": 1, "refused": "taken", "postponed": True}
ASKING: Row = {"kind": "code.issue", "subject_id": 3, "customer_id": 1}
NEW_KEY: Row = {"huggg_id": HUGGG, "fingerprints": [], "id": UUID(int=9), "reason": "asked the brand"}


async def test_a_refused_issuance_alone_gets_a_new_key(tables: asyncpg.Connection) -> None:
    for huggg in (13, 3):
        await put(tables, "hugggs", id=huggg, position=huggg)
        await put(tables, "issuances", **{**REFUSED, "huggg_id": huggg, "id": huggg})
        await put(tables, "shortcodes", huggg_id=huggg, fingerprint=f"\\x{huggg:02}")
    by_code = {**NEW_KEY, "huggg_id": None, "fingerprints": [b"\3"]}
    [answer] = await ran(tables, queries.renew_issuance, **by_code)
    assert (answer["id"], answer["renewed"]) == (HUGGG, True)
    renewed = await tables.fetch("SELECT huggg_id FROM issuances WHERE id = $1", UUID(int=9))
    assert renewed == [(HUGGG,)]
    assert await tables.fetch("SELECT subject_id FROM events") == [(HUGGG,)]
    assert await tables.fetch("SELECT kind, subject_id FROM jobs") == [("code.issue", HUGGG)]


@pytest.mark.parametrize(
    "job", [{"attempts": 9, "due_at": FUTURE}, {"attempts": 9, "dead_at": AT}], ids=str
)
async def test_a_new_key_is_asked_under_at_once(tables: asyncpg.Connection, job: Row) -> None:
    await put(tables, "hugggs", id=3)
    await put(tables, "issuances", **REFUSED)
    await put(tables, "jobs", **{**ASKING, **job})
    for other in ({"subject_id": 4}, {"kind": "another"}):
        await put(tables, "jobs", **{**ASKING, **other, "lease_id": 8, "lease_until": FUTURE})
    await ran(tables, queries.renew_issuance, **NEW_KEY)
    [row] = await tables.fetch(
        "SELECT due_at <= now(), dead_at, attempts FROM jobs WHERE subject_id = $1 AND lease_id IS NULL",
        HUGGG,
    )
    assert tuple(row) == (True, None, 0)


async def test_of_two_operators_who_ask_anew_at_once_the_later_one_changes_nothing(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    """Else the key of the first would be replaced while a service is asked for it."""
    first, second = two
    await put(first, "hugggs", id=3)
    await put(first, "issuances", **REFUSED)
    async with first.transaction():
        [renewed] = await ran(first, queries.renew_issuance, **NEW_KEY)
        waits = asyncio.create_task(
            ran(second, queries.renew_issuance, **{**NEW_KEY, "id": UUID(int=10)})
        )
        await waits_for_lock(second, beside=first)
    [late] = await waits
    assert (renewed["renewed"], late["renewed"]) == (True, False)
    assert await first.fetch("SELECT id FROM issuances") == [(NEW_KEY["id"],)]


@pytest.mark.parametrize(
    ("changes", "job"),
    [({"settled_at": AT}, {}), ({"refused": None}, {}), ({}, {"lease_id": 8, "lease_until": FUTURE})],
    ids=["is settled", "was not refused", "is asked just now"],
)
async def test_no_new_key_is_given_to_an_issuance_that(
    tables: asyncpg.Connection, changes: Row, job: Row
) -> None:
    await put(tables, "hugggs", id=3)
    await put(tables, "issuances", **{**REFUSED, **changes})
    await put(tables, "jobs", **{**ASKING, **job})
    before: Any = await standing(tables)
    [answer] = await ran(tables, queries.renew_issuance, **NEW_KEY)
    assert not answer["renewed"]
    assert await standing(tables) == before

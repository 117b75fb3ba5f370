"""Which shortcodes get the fingerprints of their redeem codes, and in which order they are locked."""

from __future__ import annotations

import asyncio

import asyncpg

from huggg.hugggs.store import queries
from tests.support.guards import Row
from tests.support.rows import put, ran

ONE, TWO, THREE = b"\x01", b"\x02", b"\x03"
TYPED_ONE, TYPED_TWO, TYPED_BEFORE = b"\x11", b"\x12", b"\x13"
GIVEN: Row = {"fingerprints": [TWO, ONE], "redeem_fingerprints": [TYPED_TWO, TYPED_ONE]}

TYPED = "UPDATE shortcodes SET redeem_fingerprint = $2 WHERE fingerprint = $1"

Two = tuple[asyncpg.Connection, asyncpg.Connection]


async def shortcodes(tables: asyncpg.Connection) -> None:
    for number in (2, 1, 3):
        await put(tables, "shortcodes", fingerprint=f"\\x0{number}", huggg_id=number)


async def typed(tables: asyncpg.Connection) -> dict[bytes, bytes | None]:
    return dict(await tables.fetch("SELECT fingerprint, redeem_fingerprint FROM shortcodes"))


async def test_each_shortcode_gets_its_own_unless_it_has_one(tables: asyncpg.Connection) -> None:
    await shortcodes(tables)
    await tables.execute(TYPED, ONE, TYPED_BEFORE)
    assert len(await ran(tables, queries.keep_redeem_codes, **GIVEN)) == 1
    assert await typed(tables) == {ONE: TYPED_BEFORE, TWO: TYPED_TWO, THREE: None}


async def test_one_that_another_server_writes_meanwhile_stays(two: Two) -> None:
    first, second = two
    await shortcodes(first)
    async with first.transaction():
        await first.execute(TYPED, ONE, TYPED_BEFORE)
        waits = asyncio.create_task(ran(second, queries.keep_redeem_codes, **GIVEN))
        await asyncio.sleep(0.1)
    assert len(await waits) == 1
    assert (await typed(first))[ONE] == TYPED_BEFORE


async def test_shortcodes_are_locked_in_the_order_of_their_fingerprints(two: Two) -> None:
    """While the first of them is another server's, this one has none of the others."""
    first, second = two
    await shortcodes(first)
    async with first.transaction():
        await first.execute("SELECT FROM shortcodes WHERE fingerprint = $1 FOR UPDATE", ONE)
        waits = asyncio.create_task(ran(second, queries.keep_redeem_codes, **GIVEN))
        await asyncio.sleep(0.1)
        free = "SELECT FROM shortcodes WHERE fingerprint = $1 FOR UPDATE SKIP LOCKED"
        assert len(await first.fetch(free, TWO)) == 1
    assert len(await waits) == len(GIVEN["fingerprints"])

"""Which purchases are given the words of their messages, and in which order they are locked."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg

from huggg.hugggs.store import queries
from tests.support.guards import Row
from tests.support.rows import put, ran

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))
GIVEN: Row = {"ids": [TWO, ONE], "words": ["thank you", "well done"]}

Two = tuple[asyncpg.Connection, asyncpg.Connection]


async def purchases(tables: asyncpg.Connection) -> None:
    for id_ in (2, 1, 3):
        await put(tables, "transactions", id=id_)


async def words(tables: asyncpg.Connection) -> dict[UUID, list[str] | None]:
    return dict(await tables.fetch("SELECT id, words FROM transactions"))


async def test_each_purchase_gets_its_own_words_unless_it_has_some(tables: asyncpg.Connection) -> None:
    await purchases(tables)
    await tables.execute("UPDATE transactions SET words = '{hello}' WHERE id = $1", ONE)
    assert await ran(tables, queries.keep_words, **GIVEN) == [(TWO,)]
    assert await words(tables) == {ONE: ["hello"], TWO: ["thank", "you"], THREE: None}


async def test_words_that_another_server_writes_meanwhile_stay(two: Two) -> None:
    first, second = two
    await purchases(first)
    async with first.transaction():
        await first.execute("UPDATE transactions SET words = '{hello}' WHERE id = $1", ONE)
        waits = asyncio.create_task(ran(second, queries.keep_words, **GIVEN))
        await asyncio.sleep(0.1)
    assert await waits == [(TWO,)]
    assert (await words(first))[ONE] == ["hello"]


async def test_purchases_are_locked_in_the_order_of_their_ids(two: Two) -> None:
    """While the first of them is another's, the server has none of the others."""
    first, second = two
    await purchases(first)
    async with first.transaction():
        await first.execute("SELECT FROM transactions WHERE id = $1 FOR UPDATE", ONE)
        waits = asyncio.create_task(ran(second, queries.keep_words, **GIVEN))
        await asyncio.sleep(0.1)
        free = "SELECT FROM transactions WHERE id = $1 FOR UPDATE SKIP LOCKED"
        assert len(await first.fetch(free, TWO)) == 1
    assert sorted(row["id"] for row in await waits) == [ONE, TWO]

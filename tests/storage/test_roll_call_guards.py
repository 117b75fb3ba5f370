"""The keys that come into use: those of the first process, and later ones that every process has."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from huggg.keys.roll_call import queries
from tests.support.guards import Row
from tests.support.rows import AT, put, ran

FUTURE = "2099-01-01T00:00:00Z"
MINE: Row = {"numbers": [1, 2], "fingerprints": [b"\1", b"\2"]}
SECOND: Row = {"number": 2, "fingerprint": b"\2", "key": "2:02", "gone_seconds": 60.0}

IN_USE = "SELECT number FROM key_checks ORDER BY number"


async def test_the_keys_of_a_later_process_do_not_begin(tables: asyncpg.Connection) -> None:
    await put(tables, "key_checks", number=1)
    await ran(tables, queries.begin, **MINE)
    assert await tables.fetch(IN_USE) == [(1,)]


async def test_of_two_processes_that_begin_at_once_the_later_one_adds_nothing(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    async with first.transaction():
        await ran(first, queries.begin, **MINE)
        waits = asyncio.create_task(ran(second, queries.begin, **MINE))
        await asyncio.sleep(0.1)
        assert not waits.done()
    await waits
    assert await first.fetch(IN_USE) == [(1,), (2,)]


@pytest.mark.parametrize(
    ("process", "in_use"),
    [
        ({"seen_at": FUTURE, "keys": ["1:01"]}, False),
        ({"seen_at": FUTURE, "keys": ["1:01", "2:02"]}, True),
        ({"seen_at": AT, "keys": ["1:01"]}, True),
    ],
    ids=["one lacks it", "all have it", "the one that lacks it is gone"],
)
async def test_a_key_comes_into_use_when_no_process_that_runs_lacks_it(
    tables: asyncpg.Connection,
    process: Row,
    in_use: bool,  # noqa: FBT001
) -> None:
    await put(tables, "key_checks", number=1)
    await put(tables, "processes", **process)
    [answer] = await ran(tables, queries.bring_into_use, **SECOND)
    assert dict(answer) == {"in_use": in_use, "without": [] if in_use else ["till-1"]}
    assert await tables.fetch(IN_USE) == [(1,), (2,)][: 1 + in_use]

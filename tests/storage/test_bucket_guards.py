"""The buckets that a draw locks, and in which order; its answer where two processes make one bucket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg

from huggg.kit.bucket import Policy
from huggg.kit.limits import queries
from tests.support.rows import AT, lie_in_order_of_entry, put, ran
from tests.support.waiting import waits_for_lock

FUTURE = "2099-01-01T00:00:00Z"
FEW = Policy("few", 10)
A, B = b"\x01", b"\x02"
MAKE = "INSERT INTO buckets (key, full_at) SELECT key, now() FROM unnest($1::bytea[]) AS k (key)"
FREE = "SELECT FROM buckets WHERE key = $1 FOR UPDATE SKIP LOCKED"

Two = tuple[asyncpg.Connection, asyncpg.Connection]


async def draw(tables: asyncpg.Connection, *keys: bytes) -> list[int]:
    """Draw a token of each bucket; gives the granted tokens of those that have an answer."""
    each: dict[str, Sequence[object]] = {
        name: [value] * len(keys)
        for name, value in {
            "quota": FEW.quota,
            "gap": FEW.gap,
            "needed": 1,
            "spare": 0,
            "back": 0,
        }.items()
    }
    return [row["granted"] for row in await ran(tables, queries.draw, key=list(keys), **each)]


async def test_a_bucket_that_another_process_makes_just_now_is_not_answered_about(two: Two) -> None:
    """The grant that a draw would get beside the other one is not written anywhere."""
    first, second = two
    async with first.transaction():
        assert await draw(first, A) == [1]
        waits = asyncio.create_task(draw(second, A, B))
        await waits_for_lock(second, beside=first)
        assert not waits.done()
    assert await waits == [1]
    assert await first.fetchval("SELECT count(*) FROM buckets") == 2


async def test_a_draw_waits_for_its_own_buckets_only(two: Two) -> None:
    first, second = two
    for key in ("\\x01", "\\x02"):
        await put(first, "buckets", key=key)
    async with first.transaction():
        await first.execute("SELECT FROM buckets WHERE key = $1 FOR UPDATE", A)
        assert await draw(second, B) == [1]


async def test_buckets_are_locked_in_the_order_of_their_keys(two: Two) -> None:
    """While the first of them is another process's, a draw has none of the others."""
    first, second = two
    for key in ("\\x02", "\\x01"):
        await put(first, "buckets", key=key)
    async with second.transaction():
        await lie_in_order_of_entry(second)
        async with first.transaction():
            await first.execute("SELECT FROM buckets WHERE key = $1 FOR UPDATE", A)
            waits = asyncio.create_task(draw(second, B, A))
            await waits_for_lock(second, beside=first)
            assert len(await first.fetch(FREE, B)) == 1
        assert await waits == [1, 1]


async def test_buckets_are_made_in_the_order_of_their_keys(two: Two) -> None:
    """While another process makes the first of them, a draw has made none of the others."""
    first, second = two
    later = [bytes([number]) for number in range(255, 1, -1)]
    async with second.transaction():
        await lie_in_order_of_entry(second)
        async with first.transaction():
            await first.execute(MAKE, [A])
            waits = asyncio.create_task(draw(second, *later, A))
            await waits_for_lock(second, beside=first)
            await first.execute(MAKE, later)
        assert await waits == []


async def test_a_bucket_that_is_drawn_from_is_not_swept(two: Two) -> None:
    first, second = two
    for key in ("\\x01", "\\x02"):
        await put(first, "buckets", key=key, full_at=AT)
    await put(first, "buckets", key="\\x03", full_at=FUTURE)
    async with first.transaction():
        await first.execute("SELECT FROM buckets WHERE key = $1 FOR UPDATE", A)
        await ran(second, queries.sweep)
    assert await first.fetch("SELECT key FROM buckets ORDER BY key") == [(A,), (b"\x03",)]

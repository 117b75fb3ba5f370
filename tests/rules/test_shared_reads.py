"""Shared reads: callers who wait share a reading, and none gets a value older than its request."""

from __future__ import annotations

import asyncio

import pytest

from huggg.kit.shared_reads import SharedReads


class Shelf:
    """A number of each key; a reading gives the one of its beginning, and ends when the test lets it."""

    def __init__(self) -> None:
        self.numbers = {"a": 1, "b": 10}
        self.readings: list[str] = []
        self.lets_end = asyncio.Event()

    async def read(self, key: str) -> int:
        self.readings.append(key)
        number = self.numbers[key]
        await self.lets_end.wait()
        return number


async def begun(*calls: asyncio.Task[int]) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    assert not any(call.done() for call in calls)


async def test_callers_who_come_while_a_value_is_read_share_the_next_reading() -> None:
    shelf = Shelf()
    shared = SharedReads(shelf.read)
    early = [asyncio.create_task(shared.get("a")) for _ in range(3)]
    await begun(*early)
    shelf.numbers["a"] = 2
    late = [asyncio.create_task(shared.get("a")) for _ in range(3)]
    await begun(*early, *late)
    assert shelf.readings == ["a"]
    shelf.lets_end.set()
    assert await asyncio.gather(*early, *late) == [1, 1, 1, 2, 2, 2]
    assert shelf.readings == ["a", "a"]


async def test_each_key_is_read_for_itself() -> None:
    shelf = Shelf()
    shared = SharedReads(shelf.read)
    calls = [asyncio.create_task(shared.get(key)) for key in ("a", "b", "a")]
    await begun(*calls)
    assert shelf.readings == ["a", "b"]
    shelf.lets_end.set()
    assert await asyncio.gather(*calls) == [1, 10, 1]


async def test_a_caller_who_asks_again_gets_a_new_reading() -> None:
    shelf = Shelf()
    shelf.lets_end.set()
    shared = SharedReads(shelf.read)
    assert await shared.get("a") == 1
    shelf.numbers["a"] = 2
    assert await shared.get("a") == 2


async def test_an_error_reaches_those_who_share_the_reading_and_no_later_caller() -> None:
    shelf = Shelf()
    shelf.lets_end.set()
    shared = SharedReads(shelf.read)
    calls = [asyncio.create_task(shared.get("c")) for _ in range(2)]
    for call in calls:
        with pytest.raises(KeyError):
            await call
    shelf.numbers["c"] = 7
    assert (await shared.get("c"), shelf.readings) == (7, ["c", "c"])


async def test_a_caller_who_leaves_takes_it_from_no_other() -> None:
    shelf = Shelf()
    shared = SharedReads(shelf.read)
    gone, stays = asyncio.create_task(shared.get("a")), asyncio.create_task(shared.get("a"))
    await begun(gone, stays)
    gone.cancel()
    await asyncio.sleep(0)
    shelf.lets_end.set()
    assert (await stays, shelf.readings) == (1, ["a"])

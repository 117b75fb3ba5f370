"""Cached: one read for all callers within a second, and none that is older."""

from __future__ import annotations

import asyncio

import pytest

from huggg.kit import cached
from huggg.kit.cached import CachedValue


class Clock:
    """Finds out how often it was asked, and takes until it is let."""

    def __init__(self) -> None:
        self.calls = 0
        self.let = asyncio.Event()

    async def find_out(self) -> int:
        self.calls += 1
        await self.let.wait()
        return self.calls


async def test_all_who_ask_at_once_and_within_a_second_share_one_look() -> None:
    clock = Clock()
    known = CachedValue(clock.find_out)
    asking = [asyncio.create_task(known.get()) for _ in range(5)]
    await asyncio.sleep(0)
    clock.let.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert [await known.get() for _ in range(5)] == [1] * 5


async def test_an_old_value_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    clock.let.set()
    known = CachedValue(clock.find_out)
    assert await known.get() == 1
    monkeypatch.setattr(cached, "TTL_SECONDS", 0.0)
    assert await known.get() == 2


async def test_a_caller_who_leaves_takes_it_from_nobody_else() -> None:
    clock = Clock()
    known = CachedValue(clock.find_out)
    gone, stays = asyncio.create_task(known.get()), asyncio.create_task(known.get())
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    clock.let.set()
    assert (await stays, clock.calls) == (1, 1)

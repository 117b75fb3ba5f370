"""Lanes: never more than there may be, none lost, and whoever waits longest is next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any, cast

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.database.lanes import Lanes


class Fake:
    """As much of a connection as lanes look at."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lost = False

    def is_closed(self) -> bool:
        return self.lost

    def terminate(self) -> None:
        self.lost = True

    async def close(self) -> None:
        self.lost = True


class Server:
    """Opens connections, or refuses to."""

    def __init__(self) -> None:
        self.made: list[Fake] = []
        self.refusals = 0
        self.numbers: Iterator[int] = count()

    async def opening(self) -> asyncpg.Connection:
        await asyncio.sleep(0)
        if self.refusals:
            self.refusals -= 1
            raise OSError("away")
        self.made.append(Fake(next(self.numbers)))
        return cast("asyncpg.Connection", self.made[-1])

    @property
    def alive(self) -> int:
        return sum(not made.lost for made in self.made)


def lanes_of(server: Server, most: int = 2, *, wait: float = 5.0) -> Lanes:
    return Lanes(server.opening, most, wait_seconds_max=wait)


async def test_a_connection_is_opened_when_needed_and_used_again() -> None:
    lanes = lanes_of(server := Server())
    for _ in range(3):
        lane = await lanes.take()
        assert (lanes.open, lanes.in_use) == (1, 1)
        lanes.give_back(lane)
    assert (len(server.made), lanes.open, lanes.in_use) == (1, 1, 0)


async def test_who_waits_longest_is_next() -> None:
    lanes = lanes_of(Server(), 1)
    lane, served = await lanes.take(), []

    async def use(number: int) -> None:
        taken = await lanes.take()
        served.append(number)
        lanes.give_back(taken)

    waiting = [asyncio.create_task(use(number)) for number in range(5)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.sleep(0)
    lanes.give_back(lane)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert served == [0, 2, 3, 4]
    assert (lanes.open, lanes.in_use) == (1, 0)


async def test_who_waits_for_a_connection_that_is_lost_opens_another() -> None:
    lanes = lanes_of(server := Server(), 1)
    lane = await lanes.take()
    waiting = asyncio.create_task(lanes.take())
    await asyncio.sleep(0)
    lane.terminate()
    lanes.give_back(lane)
    assert cast("Any", await waiting).number == 1
    assert (server.alive, lanes.open) == (1, 1)


async def test_who_cannot_open_one_leaves_it_to_the_next() -> None:
    lanes = lanes_of(server := Server(), 1)
    server.refusals = 1
    first, second = asyncio.create_task(lanes.take()), asyncio.create_task(lanes.take())
    with pytest.raises(OSError, match="away"):
        await first
    assert not (await second).is_closed()


async def test_who_waits_too_long_gives_up_and_loses_nothing() -> None:
    lanes = lanes_of(Server(), 1, wait=0.01)
    lane = await lanes.take()
    with pytest.raises(TimeoutError):
        await lanes.take()
    lanes.give_back(lane)
    assert await lanes.take() is lane


async def test_what_is_handed_to_somebody_who_just_left_goes_to_the_next() -> None:
    lanes = lanes_of(Server(), 1)
    lane = await lanes.take()
    gone, next_one = asyncio.create_task(lanes.take()), asyncio.create_task(lanes.take())
    await asyncio.sleep(0)
    lanes.give_back(lane)  # it is the first one's now …
    gone.cancel()  # … who is told to stop before they know
    assert await next_one is lane


async def test_after_the_end_there_is_nothing_to_take_and_nothing_left_open() -> None:
    lanes = lanes_of(server := Server(), 2)
    kept, free = await lanes.take(), await lanes.take()
    lanes.give_back(free)
    waiting = [asyncio.create_task(lanes.take()) for _ in range(2)]
    await asyncio.sleep(0)
    assert lanes.waiting == 1
    late = await waiting[0]
    await lanes.close()
    lanes.give_back(kept)
    lanes.give_back(late)
    for caller in (waiting[1], asyncio.create_task(lanes.take())):
        with pytest.raises(asyncpg.InterfaceError):
            await caller
    assert (server.alive, lanes.open) == (0, 0)


class Caller:
    """Somebody who takes a lane and keeps it until they are told to give it back."""

    def __init__(self, lanes: Lanes) -> None:
        self.lane: asyncpg.Connection | None = None
        self.enough = asyncio.Event()
        self.task = asyncio.create_task(self._call(lanes))

    async def _call(self, lanes: Lanes) -> None:
        self.lane = await lanes.take()
        try:
            await self.enough.wait()
        finally:
            lanes.give_back(self.lane)


@given(st.lists(st.sampled_from(["come", "leave", "give back", "lose", "refuse"]), max_size=60))
async def test_whatever_happens_there_are_never_too_many_and_in_the_end_all_can_be_had(
    steps: list[str],
) -> None:
    server, callers = Server(), list[Caller]()
    lanes = lanes_of(server, 3)
    for step in steps:
        here = [caller for caller in callers if not caller.task.done()]
        having = [caller for caller in here if caller.lane is not None]
        if step == "come":
            callers.append(Caller(lanes))
        elif step == "refuse":
            server.refusals += 1
        elif step == "leave" and here:
            here[-1].task.cancel()
        elif having:
            if step == "lose" and having[0].lane is not None:
                having[0].lane.terminate()
            having[0].enough.set()
        await asyncio.sleep(0)
        assert server.alive <= 3
        assert lanes.in_use <= lanes.open <= 3
    server.refusals = 0
    for caller in callers:
        caller.enough.set()
    await asyncio.gather(*(caller.task for caller in callers), return_exceptions=True)
    assert lanes.in_use == 0
    assert len({id(await lanes.take()) for _ in range(3)}) == 3

"""Connections: never more than there may be, none lost, and the longest waiting caller is next."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any, cast

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.database import connections as module
from huggg.database.connections import CALLER_KEY, Connections
from tests.support.processes import eventually


class Fake:
    """As much of a connection as connections look at."""

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
        self.fakes: list[Fake] = []
        self.refusals = 0
        self.numbers: Iterator[int] = count()
        self.room = 100

    async def opening(self) -> asyncpg.Connection:
        await asyncio.sleep(0)
        if self.refusals:
            self.refusals -= 1
            raise OSError("away")
        if self.alive >= self.room:
            raise asyncpg.TooManyConnectionsError("sorry, too many clients already")
        self.fakes.append(Fake(next(self.numbers)))
        return cast("asyncpg.Connection", self.fakes[-1])

    @property
    def alive(self) -> int:
        return sum(not connection.lost for connection in self.fakes)


def connections_of(server: Server, most: int = 2, *, wait: float = 5.0, spare: int = 0) -> Connections:
    return Connections(server.opening, most, wait_seconds_max=wait, spare=spare)


async def test_a_connection_is_opened_when_needed_and_used_again() -> None:
    connections = connections_of(server := Server())
    for _ in range(3):
        connection = await connections.take()
        assert (connections.open, connections.in_use) == (1, 1)
        connections.give_back(connection)
    assert (len(server.fakes), connections.open, connections.in_use) == (1, 1, 0)


async def test_the_oldest_free_connection_is_lent_first() -> None:
    connections = connections_of(Server(), 3)
    first, second, third = [await connections.take() for _ in range(3)]
    for connection in (second, first, third):
        connections.give_back(connection)
    assert [await connections.take() for _ in range(2)] == [first, second]
    first.terminate()
    connections.give_back(first)
    assert await connections.take() is third
    assert cast("Any", await connections.take()).number == 3


async def test_the_longest_waiting_caller_is_next() -> None:
    connections = connections_of(Server(), 1)
    connection, served = await connections.take(), []

    async def use(number: int) -> None:
        taken = await connections.take()
        served.append(number)
        connections.give_back(taken)

    waiting = [asyncio.create_task(use(number)) for number in range(5)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.sleep(0)
    connections.give_back(connection)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert served == [0, 2, 3, 4]
    assert (connections.open, connections.in_use) == (1, 0)


async def test_a_connection_whose_loan_takes_too_long_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ROUND_SECONDS", 0.005)
    connections = connections_of(Server(), 3)
    endless, long = await connections.take(), await connections.take(60)
    for _ in range(2):
        short = await connections.take(0.01)
        await eventually(short.is_closed)
        assert connections.in_use == 3  # until its borrower gives it back
        connections.give_back(short)
        assert connections.open == 2
    assert not endless.is_closed()
    assert not long.is_closed()


async def test_a_loan_that_a_caller_waited_for_ends_likewise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ROUND_SECONDS", 0.005)
    connections = connections_of(Server(), 1)
    connection = await connections.take(60)
    waiting = asyncio.create_task(connections.take(0.01))
    await asyncio.sleep(0)
    connections.give_back(connection)
    assert await waiting is connection
    await eventually(connection.is_closed)


async def test_loans_are_looked_at_while_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUND_SECONDS", 0.005)
    connections = connections_of(Server(), 1)
    connections.give_back(await connections.take(60))
    await eventually(lambda: not connections._look_is_due)
    later = await connections.take(0.01)  # and again after there were none
    await eventually(later.is_closed)


async def test_a_caller_waiting_for_a_connection_that_is_lost_opens_another() -> None:
    connections = connections_of(server := Server(), 1)
    connection = await connections.take()
    waiting = asyncio.create_task(connections.take())
    await asyncio.sleep(0)
    connection.terminate()
    connections.give_back(connection)
    assert cast("Any", await waiting).number == 1
    assert (server.alive, connections.open) == (1, 1)


async def test_a_caller_that_cannot_open_one_leaves_it_to_the_next() -> None:
    connections = connections_of(server := Server(), 1)
    server.refusals = 1
    first, second = asyncio.create_task(connections.take()), asyncio.create_task(connections.take())
    with pytest.raises(OSError, match="away"):
        await first
    assert not (await second).is_closed()


async def test_a_caller_for_whom_there_is_no_room_waits_for_another_to_give_back() -> None:
    connections = connections_of(server := Server(), 3)
    server.room = 1
    first = await connections.take()

    async def use() -> asyncpg.Connection:
        connection = await connections.take()
        await asyncio.sleep(0)
        connections.give_back(connection)
        return connection

    calls = [asyncio.create_task(use()) for _ in range(4)]
    await asyncio.sleep(0.01)
    connections.give_back(first)
    assert await asyncio.gather(*calls) == [first] * 4
    assert (server.alive, connections.open) == (1, 1)


async def test_a_pool_grows_once_there_is_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NO_ROOM_SECONDS", 0.001)
    connections = connections_of(server := Server(), 3)
    server.room = 0
    waiting = [asyncio.create_task(connections.take()) for _ in range(3)]
    await asyncio.sleep(0.01)
    server.room = 3
    assert len({id(await caller) for caller in waiting}) == 3
    assert (server.alive, connections.in_use) == (3, 3)


async def test_a_caller_hears_that_there_is_no_room_after_the_longest_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "NO_ROOM_SECONDS", 0.001)
    connections = connections_of(server := Server(), 1, wait=0.01)
    server.room = 0
    with pytest.raises(asyncpg.TooManyConnectionsError):
        await connections.take()
    server.room = 1
    assert not (await connections.take()).is_closed()


async def test_a_caller_that_waits_too_long_gives_up_and_loses_nothing() -> None:
    connections = connections_of(Server(), 1, wait=0.01)
    connection = await connections.take()
    with pytest.raises(TimeoutError):
        await connections.take()
    connections.give_back(connection)
    assert await connections.take() is connection


async def test_a_connection_handed_to_a_caller_that_just_left_goes_to_the_next() -> None:
    connections = connections_of(Server(), 1)
    connection = await connections.take()
    gone, next_one = asyncio.create_task(connections.take()), asyncio.create_task(connections.take())
    await asyncio.sleep(0)
    connections.give_back(connection)  # it is the first one's now …
    gone.cancel()  # … who is told to stop before they know
    assert await next_one is connection


async def test_after_the_end_there_is_nothing_to_take_and_nothing_left_open() -> None:
    connections = connections_of(server := Server(), 2)
    kept, free = await connections.take(), await connections.take()
    connections.give_back(free)
    waiting = [asyncio.create_task(connections.take()) for _ in range(2)]
    await asyncio.sleep(0)
    assert connections.waiting == 1
    late = await waiting[0]
    await connections.close()
    connections.give_back(kept)
    connections.give_back(late)
    for caller in (waiting[1], asyncio.create_task(connections.take())):
        with pytest.raises(asyncpg.InterfaceError):
            await caller
    assert (server.alive, connections.open) == (0, 0)


async def taken_for(connections: Connections, caller: str) -> asyncpg.Connection:
    CALLER_KEY.set(caller)
    return await connections.take()


async def test_callers_who_wait_are_served_in_turns_however_much_one_of_them_asks_for() -> None:
    connections = connections_of(Server(), 2, spare=1)
    served: list[str] = []
    taken_connections = [await connections.take() for _ in range(2)]

    async def use(caller: str) -> None:
        taken = await taken_for(connections, caller)
        served.append(caller)
        await asyncio.sleep(0)
        connections.give_back(taken)

    waiting = [asyncio.create_task(use(caller)) for caller in ("amara",) * 4 + ("till", "till", "bo")]
    await asyncio.sleep(0)
    connections.give_back(taken_connections[0])
    await asyncio.gather(*waiting)
    assert served == ["amara", "till", "bo", "amara", "till", "amara", "amara"]


async def test_no_caller_has_the_connections_that_are_spare() -> None:
    connections = connections_of(server := Server(), 3, wait=0.01, spare=1)
    mine = [await asyncio.create_task(taken_for(connections, "amara")) for _ in range(2)]
    with pytest.raises(TimeoutError):
        await asyncio.create_task(taken_for(connections, "amara"))
    other = await asyncio.create_task(taken_for(connections, "till"))
    assert (server.alive, connections.in_use) == (3, 3)
    waiting = asyncio.create_task(taken_for(connections, "amara"))
    await asyncio.sleep(0)
    connections.give_back(other)  # free, and not for her
    await asyncio.sleep(0)
    assert not waiting.done()
    connections.give_back(mine[0])
    assert await waiting is mine[0]
    mine[1].terminate()
    connections.give_back(mine[1])
    assert not (await asyncio.create_task(taken_for(connections, "amara"))).is_closed()


class Caller:
    """A borrower that takes a connection and keeps it until it is told to give it back."""

    def __init__(self, connections: Connections, caller: str) -> None:
        self.caller = caller
        self.connection: asyncpg.Connection | None = None
        self.enough = asyncio.Event()
        self.task = asyncio.create_task(self._call(connections))

    async def _call(self, connections: Connections) -> None:
        self.connection = await taken_for(connections, self.caller)
        try:
            await self.enough.wait()
        finally:
            connections.give_back(self.connection)


@given(
    st.lists(
        st.sampled_from(["come", "another comes", "leave", "give back", "lose", "refuse"]), max_size=60
    ),
    st.sampled_from([0, 1]),
)
async def test_there_are_never_too_many_connections_and_in_the_end_all_can_be_had(
    steps: list[str], spare: int
) -> None:
    server, callers = Server(), list[Caller]()
    connections = connections_of(server, 3, spare=spare)
    for step in steps:
        here = [caller for caller in callers if not caller.task.done()]
        having = [caller for caller in here if caller.connection is not None]
        if step in {"come", "another comes"}:
            callers.append(Caller(connections, step))
        elif step == "refuse":
            server.refusals += 1
        elif step == "leave" and here:
            here[-1].task.cancel()
        elif having:
            if step == "lose" and having[0].connection is not None:
                having[0].connection.terminate()
            having[0].enough.set()
        await asyncio.sleep(0)
        assert server.alive <= 3
        assert connections.in_use <= connections.open <= 3
        of_one = Counter(caller.caller for caller in having if not caller.task.done())
        assert not of_one or max(of_one.values()) <= 3 - spare
    server.refusals = 0
    for caller in callers:
        caller.enough.set()
    await asyncio.gather(*(caller.task for caller in callers), return_exceptions=True)
    assert connections.in_use == 0
    assert len({id(await connections.take()) for _ in range(3)}) == 3

"""Connections: taken from a list, and handed to whoever waits longest.

The driver's own pool shields, wraps and times each loan, which costs as much as some of our statements.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import asyncpg

Opening = Callable[[], Awaitable[asyncpg.Connection]]


class Connections:
    """Up to so many connections, each opened when it is first needed and again when it was lost."""

    def __init__(self, opening: Opening, most: int, *, wait_seconds_max: float) -> None:
        self._opening = opening
        self._wait_seconds_max = wait_seconds_max
        self._free: list[asyncpg.Connection] = []
        self._taken: set[asyncpg.Connection] = set()
        self._to_open = most
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._closed = False
        self.most = most

    @property
    def open(self) -> int:
        """Count the connections there are."""
        return len(self._free) + len(self._taken)

    @property
    def in_use(self) -> int:
        """Count those that somebody has."""
        return len(self._taken)

    @property
    def waiting(self) -> int:
        """Count those who wait for one."""
        return sum(not turn.done() for turn in self._waiting)

    async def take(self) -> asyncpg.Connection:
        """Take a connection; it must be given back.

        Raises TimeoutError, what opening one does, and InterfaceError when all is closed.
        """
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                self._taken.add(connection)
                return connection
            self._to_open += 1
        if self._to_open:
            self._to_open -= 1
            return await self._opened()
        return await self._next() or await self._opened()

    def give_back(self, connection: asyncpg.Connection) -> None:
        """Give a connection back, in whatever state it is."""
        self._taken.discard(connection)
        if self._closed:
            connection.terminate()
        if connection.is_closed():
            self._hand_on(None)
        else:
            self._hand_on(connection)

    async def close(self) -> None:
        """Close what is free, and drop what somebody still has; from now on there is nothing to take."""
        self._closed = True
        for connection in self._taken:
            connection.terminate()
        while self._free:
            await self._free.pop().close()

    def terminate(self) -> None:
        """Drop everything, without a word to the server."""
        self._closed = True
        for connection in (*self._taken, *self._free):
            connection.terminate()

    async def _next(self) -> asyncpg.Connection | None:
        """Wait for a connection, or for leave to open one, which is None."""
        turn: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._wait_seconds_max):
                connection = await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # handed over in the same moment
                self._hand_on(turn.result())
            raise
        if connection is not None:
            self._taken.add(connection)
        return connection

    async def _opened(self) -> asyncpg.Connection:
        self._refuse_closed()
        try:
            connection = await self._opening()
        except BaseException:
            self._hand_on(None)
            raise
        if self._closed:
            connection.terminate()
        self._refuse_closed()
        self._taken.add(connection)
        return connection

    def _refuse_closed(self) -> None:
        if self._closed:
            raise asyncpg.InterfaceError("the connections are closed")

    def _hand_on(self, connection: asyncpg.Connection | None) -> None:
        """Give a connection, or leave to open one, to whoever waits longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is None:
            self._to_open += 1
        else:
            self._free.append(connection)

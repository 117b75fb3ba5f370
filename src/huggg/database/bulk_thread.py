"""The bulk thread: one large statement at a time, with an event loop and a connection of its own.

The driver turns all values of a statement into bytes in one go. For a hundred thousand hugggs that is a
fifth of a second, in which the server's own loop would answer no request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg
from asyncpg import Record

from huggg.database.connections import Opening
from huggg.database.errors import TooManyWaiting

TURN_SECONDS_MAX = 5.0
"""Equal to the wait of calls for their batch; a lease of a code or a key is twice as long."""

BulkWork = Callable[[asyncpg.Connection], Awaitable[list[Record]]]


class BulkThread:
    """Runs one statement after another; a caller whose turn does not come in time is refused."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._turn = asyncio.Semaphore()
        self._drop: Callable[[], object] | None = None
        self._closed = False

    async def run(self, work: BulkWork, seconds: float) -> list[Record]:
        """Do work on a connection, to its end; one on which it takes more than `seconds` is dropped.

        Raises TooManyWaiting, and all errors of connecting and of `work`.
        """
        try:
            async with asyncio.timeout(TURN_SECONDS_MAX):
                await self._turn.acquire()
        except TimeoutError:
            raise TooManyWaiting from None
        try:
            return await asyncio.to_thread(asyncio.run, self._alone(work, seconds))
        finally:
            self._turn.release()

    def close(self) -> None:
        """Drop the work under way and accept no more."""
        self._closed = True
        if self._drop is not None:
            with suppress(RuntimeError):  # its loop came to an end by itself
                self._drop()

    async def _alone(self, work: BulkWork, seconds: float) -> list[Record]:
        if self._closed:
            raise asyncpg.InterfaceError("the connections are closed")
        connection = await self._opening()
        loop = asyncio.get_running_loop()
        self._drop = lambda: loop.call_soon_threadsafe(connection.terminate)
        loop.call_later(seconds, connection.terminate)
        try:
            return await work(connection)
        finally:
            self._drop = None
            connection.terminate()

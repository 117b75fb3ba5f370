"""Connections: a list that lends to waiting callers in turns.

The driver's own pool shields, wraps and times each loan, which costs as much as some of our statements.
"""

from __future__ import annotations

import asyncio
import errno
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, ContextVar
from heapq import heappop, heappush
from itertools import count

import asyncpg

Opening = Callable[[], Awaitable[asyncpg.Connection]]
Numbered = tuple[int, asyncpg.Connection]
"""A connection, behind its number in the order of opening."""

Turn = asyncio.Future[Numbered | None]

CALLER_KEY: ContextVar[str] = ContextVar("caller_key", default="")
"""The caller of a statement; empty while it is unknown, and for the server's own statements."""

IS_SLOW: ContextVar[bool] = ContextVar("is_slow", default=False)
"""True while a slow operation is served: its statements have connections of their own."""


ROUND_SECONDS = 0.1
"""Seconds between two looks for loans that take too long; a loan may end so much later than it should.

A timer for each loan took 9 µs.
"""

NO_ROOM_SECONDS = 0.25
"""Seconds until a pool tries again to open a connection for which there was no room."""


def is_no_room(error: BaseException) -> bool:
    """Tell whether PostgreSQL has too many connections, or this process too many open files."""
    return isinstance(error, asyncpg.TooManyConnectionsError) or (
        isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)
    )


class Connections:
    """A limited number of connections, each opened at its first loan and again after it was lost.

    Waiting callers are served in turns: one statement of each, in the order of their arrival. And no
    caller gets the last `spare` of the connections. Otherwise a caller with hundreds of slow lists would
    make every other caller wait for all of them.

    The oldest of the free connections is lent first: callers that come one by one share one connection,
    whose PostgreSQL process has the plans and caches of their statements.

    A connection that is on loan for too long is dropped: its socket is closed, and its borrower's
    statement fails.
    """

    def __init__(self, opening: Opening, most: int, *, wait_seconds_max: float, spare: int = 0) -> None:
        """Open none yet; with nothing to `spare`, all that ask are one and the same."""
        self._opening = opening
        self._wait_seconds_max = wait_seconds_max
        self._of_one_max = most - spare
        self._tells_apart = spare > 0
        self._free: list[Numbered] = []  # a heap
        self._taken: dict[asyncpg.Connection, tuple[int, str, float]] = {}  # number, caller, end
        self._lent_since_look = False  # any connection, since the last look for overdue loans
        self._look_is_due = False  # a timer runs
        self._numbers = count()
        self._had: dict[str, int] = {}  # by callers that are known
        self._to_open = most
        self._waiting: dict[str, deque[Turn]] = {}
        self._closed = False
        self.most = most

    @property
    def open(self) -> int:
        """Count the connections there are."""
        return len(self._free) + len(self._taken)

    @property
    def in_use(self) -> int:
        """Count the connections on loan."""
        return len(self._taken)

    @property
    def waiting(self) -> int:
        """Count the waiting loans."""
        return sum(not turn.done() for turns in self._waiting.values() for turn in turns)

    async def take(self, seconds: float = math.inf) -> asyncpg.Connection:
        """Take a connection; it must be given back, and is dropped if that takes more than `seconds`.

        Raises TimeoutError, the errors of opening a connection, and InterfaceError after `close`.
        """
        caller = CALLER_KEY.get() if self._tells_apart else ""
        if self._may_have_another(caller):
            while self._free:
                numbered = heappop(self._free)
                if not numbered[1].is_closed():
                    self._claim(caller)
                    return self._lend(numbered, caller, seconds)
                self._to_open += 1
            if self._to_open:
                self._to_open -= 1
                self._claim(caller)
                return self._lend(await self._open_for(caller), caller, seconds)
        return self._lend(await self._next(caller) or await self._open_for(caller), caller, seconds)

    def give_back(self, connection: asyncpg.Connection) -> None:
        """Give a connection back, in any state."""
        number, caller, _ = self._taken.pop(connection)
        self._unclaim(caller)
        if self._closed:
            connection.terminate()
        self._hand_on(None if connection.is_closed() else (number, connection))

    async def close(self) -> None:
        """Close the free connections, drop those on loan, and lend no more."""
        self._closed = True
        for connection in self._taken:
            connection.terminate()
        while self._free:
            _, connection = self._free.pop()
            await connection.close()

    def terminate(self) -> None:
        """Drop everything, without a word to the server."""
        self._closed = True
        for connection in (*self._taken, *(connection for _, connection in self._free)):
            connection.terminate()

    def _lend(self, numbered: Numbered, caller: str, seconds: float) -> asyncpg.Connection:
        number, connection = numbered
        self._taken[connection] = number, caller, time.monotonic() + seconds
        self._lent_since_look = True
        if not self._look_is_due:
            self._look_later()
        return connection

    def _look_later(self) -> None:
        self._look_is_due = True
        # In a context of its own: it must keep no request alive.
        asyncio.get_running_loop().call_later(ROUND_SECONDS, self._look, context=Context())

    def _look(self) -> None:
        """Drop the connections that are overdue; look again while connections are on loan."""
        self._look_is_due = False
        if (self._lent_since_look or self._taken) and not self._closed:
            self._look_later()
        self._lent_since_look, now = False, time.monotonic()
        for connection, (_, _, end) in list(self._taken.items()):
            if now >= end:
                connection.terminate()

    async def _next(self, caller: str, seconds: float | None = None) -> Numbered | None:
        """Wait for a connection, or for leave to open one, which is None."""
        turn: Turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            async with asyncio.timeout(self._wait_seconds_max if seconds is None else seconds):
                return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # handed over in the same moment
                self._unclaim(caller)
                self._hand_on(turn.result())
            raise

    async def _open_for(self, caller: str) -> Numbered:
        try:
            return await self._open_once()
        except BaseException as error:
            self._unclaim(caller)
            if is_no_room(error):
                return await self._next_of_few(caller, error)
            self._hand_on(None)
            raise

    async def _open_once(self) -> Numbered:
        self._refuse_closed()
        connection = await self._opening()
        if self._closed:
            connection.terminate()
        self._refuse_closed()
        return next(self._numbers), connection

    async def _next_of_few(self, caller: str, refusal: BaseException) -> Numbered:
        """Wait for a connection that another caller gives back, as there is no room for one more now.

        After a pause a caller, maybe another one, tries to open one again. Raises `refusal` after the
        longest wait.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait_seconds_max
        while True:
            loop.call_later(NO_ROOM_SECONDS, self._hand_on, None)
            try:
                lent = await self._next(caller, until - loop.time())
            except TimeoutError:
                raise refusal from None
            if lent is not None:
                return lent
            try:
                return await self._open_once()
            except BaseException as error:
                self._unclaim(caller)
                if not is_no_room(error):
                    self._hand_on(None)
                    raise

    def _refuse_closed(self) -> None:
        if self._closed:
            raise asyncpg.InterfaceError("the connections are closed")

    def _may_have_another(self, caller: str) -> bool:
        return not caller or self._had.get(caller, 0) < self._of_one_max

    def _claim(self, caller: str) -> None:
        if caller:
            self._had[caller] = self._had.get(caller, 0) + 1

    def _unclaim(self, caller: str) -> None:
        if not caller:
            return
        in_use = self._had[caller] - 1
        if in_use:
            self._had[caller] = in_use
        else:
            del self._had[caller]

    def _hand_on(self, lent: Numbered | None) -> None:
        """Give a connection, or the right to open one, to the caller whose turn it is."""
        for caller in [*self._waiting]:
            turn = self._turn_of(caller) if self._may_have_another(caller) else None
            if turn is not None:
                self._claim(caller)
                turn.set_result(lent)
                return
        if lent is None:
            self._to_open += 1
        else:
            heappush(self._free, lent)

    def _turn_of(self, caller: str) -> Turn | None:
        """Find the oldest waiting loan of the caller whose turn comes last."""
        turns = self._waiting.pop(caller)
        while turns:
            turn = turns.popleft()
            if not turn.done():
                if turns:
                    self._waiting[caller] = turns
                return turn
        return None

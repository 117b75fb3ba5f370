"""The parts that each open connection holds, made small: ten thousand open gift pages share a process.

uvicorn gives each connection a queue and two events with a queue each, of 0.7 KB, and most connections
never put anything into them.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakSet

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.server import ServerState

WRITABLE = asyncio.Event()
"""Is always set, so no caller ever waits for it, on any loop: the event of all that may write."""
WRITABLE.set()


class Flow(FlowControl):
    """Keeps the socket unread while read bytes wait to be parsed, even if the application asks for more.

    uvicorn reads on whenever an application asks for its body. Without this, a caller that sends
    requests and reads no answers would fill the memory with one read for each.
    """

    has_unparsed = False

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.read_paused = False
        self.write_paused = False
        self._is_writable_event = WRITABLE

    def pause_writing(self) -> None:
        """Have answers wait, by an event of their own: most connections never need one."""
        if not self.write_paused:
            self.write_paused = True
            self._is_writable_event = asyncio.Event()

    def resume_writing(self) -> None:
        """Let the answers that wait go on."""
        if self.write_paused:
            self.write_paused = False
            self._is_writable_event.set()
            self._is_writable_event = WRITABLE

    def resume_reading(self) -> None:
        """Read on, unless there is enough to do."""
        if self.read_paused and not self.has_unparsed:
            super().resume_reading()


class Pipeline(list[Any]):
    """The requests of a caller that wait for the answer to another, the last one first.

    It has the methods of a deque that uvicorn calls, and is short: no more is parsed while one waits.
    """

    __slots__ = ()

    def appendleft(self, request: object) -> None:
        """Add a request."""
        self.insert(0, request)

    def popleft(self) -> object:
        """Take the last request out."""
        return self.pop(0)


class Signal:
    """An event for the one task that reads a request."""

    __slots__ = ("_is_set", "_waiter")

    def __init__(self) -> None:
        self._is_set = False
        self._waiter: asyncio.Future[None] | None = None

    def set(self) -> None:
        """Wake the task."""
        self._is_set = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def clear(self) -> None:
        """Have the next wait last until it is set again."""
        self._is_set = False

    async def wait(self) -> None:
        """Wait until it is set."""
        if not self._is_set:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None


class Rounds:
    """Checks the connections of a server in turn, by one timer: one for each takes half a kilobyte."""

    def __init__(self) -> None:
        self._under_way: WeakSet[ServerState] = WeakSet()

    def begin(self, server: ServerState, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Check the connections of a server every so many seconds, until it has none."""
        if server not in self._under_way:
            self._under_way.add(server)
            loop.call_later(seconds, self._go, server, loop, seconds)

    def _go(self, server: ServerState, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._under_way.discard(server)
        now = loop.time()
        for connection in list(server.connections):
            connection.check(now)  # type: ignore[union-attr] # all are of ours
        if server.connections:
            self.begin(server, loop, seconds)

"""A load generator: keep-alive connections that send prepared requests, one at a time each.

Written on asyncio protocols because it shares two cores with the measured server: an HTTP client
library costs more per request than our server does.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "
RETRY_AFTER = b"retry-after: "
REFUSED = 503
GREETING = b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n"


@dataclass(slots=True)
class Load:
    """The result of a load: answers by status, and how long each took."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    refused_latencies: list[float] = field(default_factory=list)  # of 503s, apart from the others'
    refused: list[bytes] = field(default_factory=list)  # requests that were refused

    @property
    def per_second(self) -> float:
        """Count answers of any kind."""
        return self.statuses.total() / self.seconds

    def other_than(self, *statuses: int) -> int:
        """Count the answers that have none of these statuses."""
        return self.statuses.total() - sum(self.statuses[status] for status in statuses)

    def percentile(self, share: float) -> float:
        """Find the latency that this share of requests stayed below, in seconds."""
        return percentile(self.latencies, share)


def percentile(latencies: list[float], share: float) -> float:
    """Find the latency that this share stayed below; 0.0 where there are none."""
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Caller(asyncio.Protocol):
    """One connection: sends the next request when the last is answered and `pause` is over.

    Refused, it comes back when it was told to, or at once if it is `heedless`. It is greeted first, as a
    connection that is made may still wait for the server to notice.
    """

    def __init__(
        self, requests: Iterator[bytes], load: Load, *, pause: float = 0.0, heedless: bool = False
    ) -> None:
        self._requests = requests
        self._load = load
        self._pause = pause
        self._heedless = heedless
        self._loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[None] = self._loop.create_future()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self._due_at = 0.0
        self._request = b""
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the server."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own, registered nowhere
        self._transport.write(GREETING)

    def begin(self) -> None:
        """Send the first request."""
        self._due_at = self._loop.time()
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take an answer; go on when it is whole."""
        self._received += data
        head, separator, body = self._received.partition(HEAD_END)
        if not separator:
            return
        if len(body) < _number_in(head, LENGTH):
            return
        self._received = b""
        if not self.greeted.done():
            self.greeted.set_result(None)
            return
        took, status = time.perf_counter() - self._sent_at, int(head[9:12])
        self._load.statuses[status] += 1
        if status == REFUSED:
            self._load.refused_latencies.append(took)
            self._load.refused.append(self._request)
            retry_after = 0 if self._heedless else _number_in(head, RETRY_AFTER)
            self._due_at = self._loop.time() + retry_after
        else:
            self._load.latencies.append(took)
            self._due_at += self._pause
        if self._due_at <= self._loop.time():
            self._send()
        else:
            self._loop.call_at(self._due_at, self._send)

    def connection_lost(self, _: Exception | None) -> None:
        """End, one way or the other."""
        for future in (self.greeted, self.done):
            if not future.done():
                future.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._request = request
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _number_in(head: bytes, name: bytes) -> int:
    start = head.lower().index(name) + len(name)
    return int(head[start:].split(b"\r\n", 1)[0])


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """Write one HTTP/1.1 request."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(
    port: int,
    requests: list[bytes],
    *,
    connections: int,
    seconds: float | None = None,
    until: Callable[[], bool] | None = None,
    rate: float | None = None,
    heedless: bool = False,
) -> Load:
    """Send all requests, or as many as so many seconds or `until` allow, over this many connections.

    With a `rate`, no more than so many a second are sent, and fewer only if answers keep all
    connections waiting. A `heedless` caller does not come back later when told to, but at once.
    """
    pause = connections / rate if rate else 0.0
    return uvloop.run(
        _run(port, requests, connections, pause, seconds=seconds, until=until, heedless=heedless)
    )


async def _run(
    port: int,
    requests: list[bytes],
    connections: int,
    pause: float,
    *,
    seconds: float | None,
    until: Callable[[], bool] | None,
    heedless: bool,
) -> Load:
    loop, load = asyncio.get_running_loop(), Load()

    def in_time() -> Iterator[bytes]:
        for prepared in requests:
            if seconds is not None and time.perf_counter() >= started + seconds:
                return
            if until is not None and until():
                return
            yield prepared

    calling = partial(Caller, in_time(), load, pause=pause, heedless=heedless)
    callers = [(await loop.create_connection(calling, "127.0.0.1", port))[1] for _ in range(connections)]
    await asyncio.gather(*(caller.greeted for caller in callers))
    started = time.perf_counter()
    for caller in callers:
        caller.begin()
    await asyncio.gather(*(caller.done for caller in callers))
    load.seconds = time.perf_counter() - started
    return load

"""A load generator: keep-alive connections that send prepared requests, one at a time each.

Written on asyncio protocols because it shares two cores with what it measures: an HTTP client library
costs more per request than our server does.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(slots=True)
class Load:
    """What came of it: answers by status, and how long each took."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Count answers of any kind."""
        return self.statuses.total() / self.seconds

    def percentile(self, share: float) -> float:
        """Find the latency that this share of requests stayed below, in seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Caller(asyncio.Protocol):
    """One connection: sends the next request as soon as the last is answered."""

    def __init__(self, requests: Iterator[bytes], load: Load, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._load = load
        self._done = done
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own, registered nowhere
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take an answer; go on when it is whole."""
        self._received += data
        head, found, body = self._received.partition(HEAD_END)
        if not found:
            return
        start = head.lower().index(LENGTH) + len(LENGTH)
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._received = b""
        self._load.latencies.append(time.perf_counter() - self._sent_at)
        self._load.statuses[int(head[9:12])] += 1
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        """End, one way or the other."""
        if not self._done.done():
            self._done.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """Write one HTTP/1.1 request."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(port: int, requests: list[bytes], *, connections: int, seconds: float | None = None) -> Load:
    """Send all requests, or as many as the time allows, over this many connections."""
    return uvloop.run(_run(port, requests, connections, seconds))


async def _run(port: int, requests: list[bytes], connections: int, seconds: float | None) -> Load:
    loop, load = asyncio.get_running_loop(), Load()
    started = time.perf_counter()
    end = None if seconds is None else started + seconds

    def in_time() -> Iterator[bytes]:
        for prepared in requests:
            if end is not None and time.perf_counter() >= end:
                return
            yield prepared

    shared = in_time()
    endings = [loop.create_future() for _ in range(connections)]
    for ending in endings:
        await loop.create_connection(lambda e=ending: Caller(shared, load, e), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*endings)
    load.seconds = time.perf_counter() - started
    return load

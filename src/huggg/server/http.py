"""What reaches us before there is a request: bounded in size and time, and refused like all else."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from huggg.server.edge.cors import ANY_ORIGIN
from huggg.server.edge.heard import RequestIds

HEAD_BYTES_MAX = 64 * 1024

HEAD_SECONDS_MAX = 10.0
BODY_SECONDS_MAX = 30.0
ANSWER_SECONDS_MAX = 30.0
"""How long we wait for a head, for a body, and for a caller to read on."""

LOOK_SECONDS = 2.0

NOT_HTTP = b'{"error":"The request is not valid HTTP."}'
TOO_LONG = b'{"error":"The request line and headers are larger than 64 KB."}'
TOO_SLOW = b'{"error":"The request took too long to arrive."}'

ids = RequestIds()
log = structlog.get_logger()


class InOneGo:
    """A transport that sends what was written when the step of the loop is over, all of it at once.

    uvicorn writes head and body apart, and the loop below sends each at once: two calls of the system
    for an answer, and a caller who is woken twice, amid the work for others. To send as soon as both are
    there would still do that: a sixth fewer answers a second, and none of them sooner.
    """

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send, when this step of the loop is over."""
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(data)

    def close(self) -> None:
        """Send what was written, and close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the transport's own
        return getattr(self._transport, name)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's fast protocol, with limits on what may come before and instead of a request.

    The parser itself has none: a header of gigabytes would be collected before anybody looks at it, and
    a byte a minute would be waited for for ever. Of connections that wait, each is looked at every two
    seconds; of requests, none costs more than three looks at the clock.
    """

    _head_bytes = 0
    _in_body = False  # whether or not anybody still reads it
    _late_at: float | None = None  # for what a caller sends
    _stuck_at: float | None = None  # for what a caller does not read
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a first head."""
        super().connection_made(InOneGo(transport, self.loop))  # type: ignore[arg-type]
        self._late_at = self.loop.time() + HEAD_SECONDS_MAX
        self._watch = self.loop.call_later(LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what has come without making a whole head; what belongs to a body is not counted."""
        of_a_body = self._in_body
        super().data_received(data)
        if not (of_a_body or self._in_body):
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
                self._refuse(b"431 Request Header Fields Too Large", TOO_LONG)

    def on_message_begin(self) -> None:
        """Wait for a head, from its first byte on."""
        self._late_at = self.loop.time() + HEAD_SECONDS_MAX
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to count anew for the next request of this connection, and wait for a body."""
        self._head_bytes, self._in_body = 0, True
        self._late_at = self.loop.time() + BODY_SECONDS_MAX
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing more: it is our turn."""
        self._late_at, self._in_body = None, False
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait for the caller to read what it asked for."""
        self._stuck_at = self.loop.time() + ANSWER_SECONDS_MAX
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on writing."""
        self._stuck_at = None
        super().resume_writing()

    def _look(self) -> None:
        """Hang up on whoever keeps us waiting, with a word unless an answer is under way already."""
        now = self.loop.time()
        if self._stuck_at is not None and now > self._stuck_at:
            self.transport.abort()
        elif self._late_at is None or now <= self._late_at:
            self._watch = self.loop.call_later(LOOK_SECONDS, self._look)
        elif self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self._refuse(b"408 Request Timeout", TOO_SLOW)
        else:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        """Say that this is no HTTP."""
        self._refuse(b"400 Bad Request", NOT_HTTP)

    def _refuse(self, status: bytes, body: bytes) -> None:
        request_id, (name, value) = ids.name(b""), ANY_ORIGIN
        address = self.client[0] if self.client else None
        log.info("no request", request_id=request_id, status=int(status[:3]), address=address)
        head = b"\r\n".join(
            [
                b"HTTP/1.1 " + status,
                b"content-type: application/json",
                b"content-length: %d" % len(body),
                b"x-request-id: " + request_id.encode(),
                name + b": " + value,
                b"connection: close",
            ]
        )
        self.transport.write(head + b"\r\n\r\n" + body)
        self.transport.close()

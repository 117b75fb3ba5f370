"""The bytes before a request: bounded in size and time, and refused like every other request."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import unquote

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from huggg.http.buffered_transport import BufferedTransport
from huggg.http.connection_parts import Flow, Pipeline, Rounds, Signal
from huggg.http.cycle import Cycle
from huggg.http.edge.always import AS_TYPED, KEPT_NOWHERE
from huggg.http.edge.cors import ANY_ORIGIN
from huggg.http.edge.request_ids import RequestIds

HEAD_BYTES_MAX = 64 * 1024
FRAME_BYTES_MAX = 64 * 1024
"""Bytes of a head, and of the frame of a body beyond the body itself: lengths of chunks, their
extensions, trailers."""

BODY_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of a body after which the server hangs up.

A body beyond the accepted size was refused long before, and is read on for a while so that its sender
receives the refusal.
"""

BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})

PIECE_BYTES = 1024
"""Bytes that are parsed in one go: a request of usual length, or some fifty of the shortest."""

HEAD_SECONDS_MAX = 10.0
BODY_SECONDS_MAX = 30.0
ANSWER_SECONDS_MAX = 30.0
"""Seconds that the server waits for a head, for a body, and for a caller to read on."""

IDLE_SECONDS_MAX = 5.0
"""Seconds that a connection is kept for a next request."""

LINGER_SECONDS_MAX = 5.0
"""Seconds that the rest of a refused request is read and dropped before the connection is closed."""

UNREAD_BYTES = 128 * 1024
"""The kernel's buffer for answers that a caller has not read.

By itself the kernel takes megabytes for each, and a few hundred callers that ask for large answers and
read none keep kernel and server busy for seconds.
"""

CHECK_SECONDS = 2.0

NOT_HTTP = b'{"error":"The request is not valid HTTP."}'
TOO_LONG = b'{"error":"The request line and headers are larger than 64 KB."}'
TOO_FRAMED = b'{"error":"The chunk headers and trailers are larger than the body and 64 KB."}'
TOO_SLOW = b'{"error":"The request took too long to arrive."}'

ids = RequestIds()
log = structlog.get_logger()


class DroppedTrailers(list[tuple[bytes, bytes]]):
    """The parser's place for trailers, which are dropped."""

    def append(self, field: tuple[bytes, bytes], /) -> None:
        """Drop a field."""


NOWHERE = DroppedTrailers()


ROUNDS = Rounds()


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's fast protocol, with limits on the bytes before and instead of a request, and after one.

    The parser itself has none: a header of gigabytes would be collected before it is checked, and a byte
    a minute would be awaited for ever. All connections are checked every two seconds, also those that
    wait for a next request; a request reads the clock four times at most.

    A read is parsed in pieces, and no further than a request that has to wait for the answer to another.
    So a head is counted without the body that arrived with it, and a caller that sends thousands of
    requests at once has a few dozen of them in memory, and the rest in a buffer.
    """

    # As entries of the instance's dictionary they would be more than the keys that instances share, and
    # each open connection would hold a table of its own, of more than a kilobyte.
    __slots__ = (
        "_body_bytes",
        "_idle_until",
        "_in_body",
        "_last_words",
        "_late_at",
        "_outgoing",
        "_resuming",
        "_spare_bytes",
        "_stuck_at",
        "_turned",
        "_unparsed",
    )

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a first head."""
        ROUNDS.begin(self.server_state, self.loop, CHECK_SECONDS)
        self._outgoing = BufferedTransport(transport, self.loop, self)
        super().connection_made(self._outgoing)  # type: ignore[arg-type]
        self.flow: Flow = Flow(self.transport)
        self.pipeline = Pipeline()  # type: ignore[assignment]
        if (line := transport.get_extra_info("socket")) is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)
        self._unparsed = bytearray()
        self._spare_bytes = HEAD_BYTES_MAX  # bytes left for a head, or for the frame of a body
        self._body_bytes = 0
        self._in_body = False  # whether or not the application still reads it
        self._turned = False  # from a head to a body, or from that to the next head, within a piece
        self._resuming = False  # while a request that asked for another protocol is parsed again
        self._last_words: bytes | None = None  # for after the answers that are owed
        self._stuck_at: float | None = None  # for an answer that a caller does not read
        self._idle_until: float | None = None  # after an answer
        self._late_at: float | None = self.loop.time() + HEAD_SECONDS_MAX  # for the bytes of a caller

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop parsing and sending."""
        self._unparsed.clear()
        self._outgoing.lost()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a read; mostly it is one request, in one piece."""
        waits = self._unparsed or self.pipeline or self._last_words
        if len(data) <= PIECE_BYTES and len(data) <= self._spare_bytes and not waits:
            self._parse(data)
        elif self.transport.is_closing():
            self._drop(data)
        else:
            self._unparsed += data
            self._parse_on()

    def begin_to_linger(self) -> bool:
        """Say if a refused request may still be arriving, and read and drop it from now on."""
        if self._last_words is None:
            return False
        self._late_at = self.loop.time() + LINGER_SECONDS_MAX
        self._body_bytes = 0
        self._unparsed.clear()
        self.flow.has_unparsed = False
        self.flow.resume_reading()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        return True

    def _drop(self, data: bytes) -> None:
        self._body_bytes += len(data)
        if self._body_bytes > BODY_BYTES_MAX:
            self.transport.abort()

    def _parse_on(self) -> None:
        """Parse as far as there is no request that waits for another, and read on when all is parsed.

        The last piece of a head is cut where the head would be too long: nothing after it counts.
        """
        while self._unparsed and not self.pipeline and self._last_words is None:
            if self.transport.is_closing():
                self._unparsed.clear()
                return
            size = PIECE_BYTES if self._in_body else min(PIECE_BYTES, self._spare_bytes)
            piece = bytes(self._unparsed[:size])
            del self._unparsed[:size]
            self._parse(piece)
        self.flow.has_unparsed = bool(self._unparsed)
        if self.flow.has_unparsed:
            self.flow.pause_reading()
        elif not self.pipeline:
            self.flow.resume_reading()

    def _parse(self, piece: bytes) -> None:
        self._turned = False
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as error:
            self._resume(piece[error.args[0] :])
        except httptools.HttpParserError:
            self._refuse(b"400 Bad Request", NOT_HTTP)
            return
        if not self._turned:
            self._spare_bytes -= len(piece)
            if self._spare_bytes <= 0:
                self._refuse_length()

    def _resume(self, rest: bytes) -> None:
        """Serve a request that asked for another protocol as if it had not.

        The parser takes the bytes after such a head for the other protocol's, and then for another
        request: the body of a POST from a client that tries HTTP/2 would be one. So a fresh parser reads
        a head with the same framing of the body, and the application never sees that head.
        """
        framing = [pair for pair in self.scope["headers"] if pair[0] in BODY_HEADERS]
        head = [b"POST / HTTP/1.1", *(b"%b: %b" % pair for pair in framing), b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self._resuming = True
        self.parser.feed_data(b"\r\n".join(head))
        if rest:
            self._parse(rest)

    def on_message_begin(self) -> None:
        """Wait for a head, from its first byte on."""
        if not self._resuming:
            self._idle_until = None
            self._late_at = self.loop.time() + HEAD_SECONDS_MAX
            super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait for a body. A field that comes after this is a trailer: a caller's, and no header."""
        if self._resuming:
            self._resuming = False
            return
        self._begin_cycle()
        self.url = b""  # its scope has it
        self._spare_bytes, self._body_bytes = FRAME_BYTES_MAX, 0
        self._in_body = self._turned = True
        self._late_at = self.loop.time() + BODY_SECONDS_MAX
        self.headers = NOWHERE

    def _begin_cycle(self) -> None:
        """Serve the request, or have it wait for its turn."""
        scope, parser, url = self.scope, self.parser, httptools.parse_url(self.url)
        version, path = parser.get_http_version(), url.path.decode("ascii")
        scope["method"] = parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""
        before = self.cycle
        self.cycle = Cycle(
            scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=Signal(),  # type: ignore[arg-type]
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, which may have as much around it as it is long."""
        self._body_bytes += len(body)
        self._spare_bytes += 2 * len(body)
        if self._body_bytes > BODY_BYTES_MAX:
            self.transport.abort()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop waiting, because it is the server's turn, and count from zero for the next request."""
        if self.parser.should_upgrade():
            return  # there may be a body
        self._spare_bytes = HEAD_BYTES_MAX
        self._late_at, self._in_body, self._turned = None, False, True
        super().on_message_complete()
        if self.cycle.response_complete:  # it was answered before its body had arrived
            self._wait_for_next()

    def on_response_complete(self) -> None:
        """Go on to the requests that came meanwhile, or send the last answer if no other is due."""
        self.server_state.total_requests += 1
        was_last, is_closing = not self.pipeline, self.transport.is_closing()
        if not is_closing:
            self.flow.resume_reading()
            if not was_last:
                self._start_asgi_task(*self.pipeline.pop())
            elif self._late_at is None:
                self._wait_for_next()
        if was_last:
            self._leave()
        if self._unparsed:
            self.loop.call_soon(self._parse_on)

    def _wait_for_next(self) -> None:
        self._idle_until = self.loop.time() + IDLE_SECONDS_MAX

    def pause_writing(self) -> None:
        """Wait for the caller to read its answer."""
        self._stuck_at = self.loop.time() + ANSWER_SECONDS_MAX
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on writing."""
        self._stuck_at = None
        super().resume_writing()

    def shutdown(self) -> None:
        """Close the connection, or let its answer be the last one."""
        if self.transport.is_closing():
            self.transport.close()
        else:
            super().shutdown()

    def check(self, now: float) -> None:
        """Hang up on a client that sends too slowly, with an error unless an answer is under way."""
        if self._stuck_at is not None and now > self._stuck_at:
            self.transport.abort()
            return
        if self._idle_until is not None and now > self._idle_until:
            self.transport.close()
            return
        if self._late_at is not None and now > self._late_at:
            if self.transport.is_closing():
                self._late_at = None
                self.transport.close()
                return
            if not self.flow.has_unparsed:
                self._late_at = None
                self._refuse(b"408 Request Timeout", TOO_SLOW)
                return
            self._late_at = now + HEAD_SECONDS_MAX  # the rest of it waits here, for its turn

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        """Say that this is no HTTP."""
        self._refuse(b"400 Bad Request", NOT_HTTP)

    def _refuse(self, status: bytes, body: bytes) -> None:
        """Refuse the request that is being parsed, when its turn comes, and close the connection.

        There is no refusal amid an answer, or after one to the same request.
        """
        request_id = ids.name(b"")
        address = self.client[0] if self.client else None
        log.info("no request", request_id=request_id, status=int(status[:3]), address=address)
        head = b"\r\n".join(
            [
                b"HTTP/1.1 " + status,
                b"content-type: application/json",
                b"content-length: %d" % len(body),
                b"x-request-id: " + request_id.encode(),
                *(name + b": " + value for name, value in (ANY_ORIGIN, AS_TYPED, KEPT_NOWHERE)),
                b"connection: close",
            ]
        )
        self._last_words = head + b"\r\n\r\n" + body
        self._unparsed.clear()
        self.flow.has_unparsed = True
        self.flow.pause_reading()
        if not self._in_body:
            if self.cycle is None or self.cycle.response_complete:
                self._leave()
        elif self.pipeline:
            self.pipeline.popleft()  # this one, the last that came
        elif self.cycle.response_started:
            self.transport.close()
        else:
            self._leave()

    def _refuse_length(self) -> None:
        if self._in_body:
            self._refuse(b"413 Content Too Large", TOO_FRAMED)
        else:
            self._refuse(b"431 Request Header Fields Too Large", TOO_LONG)

    def _leave(self) -> None:
        if self._last_words is not None and not self.transport.is_closing():
            self.transport.write(self._last_words)
            self.transport.close()

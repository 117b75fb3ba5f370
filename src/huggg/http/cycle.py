"""The cycle of one request: it reads the request's body, and writes the answer in one piece."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

CLOSES = (b"connection", b"close")
EMPTY = (b"content-length", b"0")
BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t"})
"""Control characters, which no header may have (RFC 9110, section 5.5)."""

LINE_END = b"\r\n"


class Cycle(RequestResponseCycle):
    """One request and its answer.

    uvicorn's own cycle writes head and body apart, and matches the name and the value of each header.
    That took a twentieth of a read. Here the application sends each body whole, and a head is checked as
    a whole.
    """

    _start: Any
    """The first message of the answer, which waits for the body."""

    async def send(self, message: Any) -> None:  # noqa: ANN401 - ASGI's messages
        """Take the start of an answer and then its body, and write both.

        Raises RuntimeError for a header with a control character: it could end its line, and be more
        headers than one.
        """
        if not self.response_started:
            self.response_started, self.waiting_for_100_continue = True, False
            self._start = message
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        is_head, body = self.scope["method"] == "HEAD", message["body"]
        head = self._head(self._start["status"], has_body=bool(body) or is_head)
        self.transport.write(head if is_head else head + body)
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _head(self, status: int, *, has_body: bool) -> bytes:
        headers = [*self.default_headers, *self._start["headers"]]
        if CLOSES in headers:
            self.keep_alive = False
        elif not self.keep_alive:
            headers.append(CLOSES)
        if not has_body and status not in BODILESS:
            headers.append(EMPTY)
        lines = map(b": ".join, headers)
        head = STATUS_LINE[status] + LINE_END.join([*lines, b"", b""])
        controls = len(head) - len(head.translate(None, CONTROLS))
        if controls > len(LINE_END) * (len(headers) + 2):  # the ends of its lines, and no more
            self.response_started = False  # so the caller gets an answer, 500
            raise RuntimeError("a header of an answer has a control character")
        return head

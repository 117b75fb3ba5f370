"""The cycle of a request: the answer's bytes, in one piece, and only headers in its head."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from huggg.http.connection_parts import Flow, Signal
from huggg.http.cycle import Cycle

LENGTH = (b"content-length", b"2")
Fields = list[tuple[bytes, bytes]]


class Wire:
    """A transport that remembers its writes."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed = True


class Served:
    """A request, and the bytes that its caller receives."""

    def __init__(self, method: str = "GET", *, keep_alive: bool = True) -> None:
        self.wire = Wire()
        transport: Any = self.wire
        self.flow = Flow(transport)
        self.ended = 0
        log: Any = logging.getLogger(__name__)
        scope: Any = {"type": "http", "method": method}
        signal: Any = Signal()
        self.cycle = Cycle(
            scope,
            transport,
            self.flow,
            log,
            log,
            access_log=False,
            default_headers=[(b"date", b"today")],
            message_event=signal,
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self._end,
        )

    def _end(self) -> None:
        self.ended += 1

    async def answer(self, status: int, headers: Fields, body: bytes = b"") -> None:
        await self.cycle.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.cycle.send({"type": "http.response.body", "body": body})


async def test_an_answer_is_one_write() -> None:
    served = Served()
    await served.answer(201, [(b"x-request-id", b"1\t2"), LENGTH], b"{}")
    assert served.wire.writes == [
        b"HTTP/1.1 201 Created\r\ndate: today\r\nx-request-id: 1\t2\r\ncontent-length: 2\r\n\r\n{}"
    ]
    assert (served.ended, served.wire.closed) == (1, False)


async def test_an_answer_to_head_leaves_the_body_away() -> None:
    served = Served("HEAD")
    await served.answer(200, [LENGTH], b"{}")
    assert served.wire.writes == [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n\r\n"]


@pytest.mark.parametrize(
    ("status", "line", "length"),
    [
        (200, b"200 OK", b"content-length: 0\r\n"),
        (204, b"204 No Content", b""),
        (304, b"304 Not Modified", b""),
    ],
)
async def test_an_answer_without_a_body_ends_at_its_head(
    status: int, line: bytes, length: bytes
) -> None:
    served = Served()
    await served.answer(status, [])
    assert served.wire.writes == [b"HTTP/1.1 " + line + b"\r\ndate: today\r\n" + length + b"\r\n"]


async def test_the_last_answer_of_a_connection_says_so_once() -> None:
    for served, headers in ((Served(keep_alive=False), []), (Served(), [(b"connection", b"close")])):
        await served.answer(200, [LENGTH, *headers], b"{}")
        assert served.wire.writes[0].count(b"\r\nconnection: close\r\n") == 1
        assert served.wire.closed


@pytest.mark.parametrize("character", [b"\r", b"\n", b"\r\n", b"\0", b"\x0b", b"\x7f"], ids=repr)
@pytest.mark.parametrize("place", ["name", "value"])
async def test_no_header_ends_its_line(character: bytes, place: str) -> None:
    """A value that an attacker chose would be a header of its own, or a whole answer."""
    text = b"x-a" + character + b"set-cookie: b"
    served = Served()
    with pytest.raises(RuntimeError, match="control character"):
        await served.answer(200, [(text, b"c") if place == "name" else (b"x-a", text), LENGTH], b"{}")
    assert served.wire.writes == []
    await served.cycle.send_500_response()
    assert served.wire.writes[0].startswith(b"HTTP/1.1 500 ")
    assert served.wire.closed


async def test_a_head_may_have_no_header() -> None:
    served = Served()
    served.cycle.default_headers = []
    await served.answer(204, [], b"")
    assert served.wire.writes == [b"HTTP/1.1 204 No Content\r\n\r\n"]


async def test_nothing_is_written_to_a_caller_who_is_gone() -> None:
    served = Served()
    served.cycle.disconnected = True
    await served.answer(200, [LENGTH], b"{}")
    assert (served.wire.writes, served.ended) == ([], 0)


async def test_an_answer_waits_for_a_caller_who_has_yet_to_read() -> None:
    served = Served()
    served.flow.pause_writing()
    answering = asyncio.create_task(served.answer(200, [LENGTH], b"{}"))
    await asyncio.sleep(0)
    assert served.wire.writes == []
    served.flow.resume_writing()
    await answering
    assert len(served.wire.writes) == 1

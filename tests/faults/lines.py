"""Lines: bare HTTP/1.1 connections, so that a test decides in which instant a request is complete.

A library's client would cost more time than the server it asks, and hide which requests were
answered when the server dies.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tests.support.processes import LOOPBACK, REPLACED_SECONDS_MAX, Server
from tests.support.world import Person

ANSWER_SECONDS_MAX = 30.0

METRICS = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        """Whether the caller is asked to connect anew."""
        return self.headers.get("connection") == "close"

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]

    @property
    def error(self) -> str | None:
        sentence: str | None = json.loads(self.body).get("error")
        return sentence


def request(
    method: str, path: str, caller: Person, body: Any = None, *, key: str | None = None
) -> bytes:
    """Write a request."""
    content = json.dumps(body).encode()
    head = [
        f"{method} {path} HTTP/1.1",
        f"Host: {LOOPBACK}",
        f"Authorization: Bearer {caller.token}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *([f"Idempotency-Key: {key}"] if key is not None else []),
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


def redemption_of(huggg_id: str, till: Person, *, key: str | None = None) -> bytes:
    """Write the request that redeems a huggg in Bristol."""
    path = f"/api/v2/hugggs/{huggg_id}/redemptions"
    return request("POST", path, till, {"location_id": "bristol17"}, key=key)


def unredemption_of(huggg_id: str, till: Person, *, key: str | None = None) -> bytes:
    """Write the request that takes the latest redemption back."""
    path = f"/api/v2/hugggs/{huggg_id}/redemptions/latest"
    return request("PATCH", path, till, {"redeemed": False}, key=key)


class Line:
    """One kept-alive connection to one server; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._last_byte = b""

    def send(self, content: bytes) -> None:
        """Send bytes, which may be a part of a request."""
        self._writer.write(content)

    def hold(self, content: bytes) -> None:
        """Send all of a request but its last byte."""
        self._writer.write(content[:-1])
        self._last_byte = content[-1:]

    def let_go(self) -> None:
        """Send the last byte."""
        self._writer.write(self._last_byte)

    async def answer(self, *, seconds: float = ANSWER_SECONDS_MAX) -> Answer:
        """Read an answer to its end. Raises OSError, EOFError when the server is gone before that."""
        async with asyncio.timeout(seconds):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
            }
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(first.split()[1]), headers, body)

    async def ask(self, content: bytes, *, seconds: float = ANSWER_SECONDS_MAX) -> Answer:
        """Send a whole request and read its answer."""
        self._writer.write(content)
        return await self.answer(seconds=seconds)

    async def hang_up(self) -> None:
        self._writer.close()
        with suppress(OSError):  # the server hung up first
            await self._writer.wait_closed()


async def dial(server: Server) -> Line:
    """Open a connection. Raises OSError."""
    return Line(*await asyncio.open_connection(LOOPBACK, server.port))


@asynccontextmanager
async def lines_to(servers: Sequence[Server], count: int) -> AsyncIterator[list[Line]]:
    """Open many connections, dealt out to the servers in turn."""
    async with AsyncExitStack() as stack:
        lines = []
        for number in range(count):
            line = await dial(servers[number % len(servers)])
            stack.push_async_callback(line.hang_up)
            lines.append(line)
        yield lines


async def all_at_once(lines: Sequence[Line], requests: Sequence[bytes]) -> list[Answer]:
    """Send a request down each line and complete them all in the same instant."""
    for line, content in zip(lines, requests, strict=True):
        line.hold(content)
    await asyncio.sleep(0.005)  # for the servers to read up to the last byte
    for line in lines:
        line.let_go()
    return list(await asyncio.gather(*(line.answer() for line in lines)))


async def all_serve(server: Server, workers: int) -> None:
    """Wait until each worker has begun to serve, and not only the first."""
    async with lines_to([server], 1) as (line,), asyncio.timeout(REPLACED_SECONDS_MAX):
        metric = b"\nhuggg_processes %d" % workers
        while metric not in (await line.ask(METRICS)).body:  # noqa: ASYNC110 - it rings no bell
            await asyncio.sleep(0.1)

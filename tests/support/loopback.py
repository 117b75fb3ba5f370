"""Others' servers: as much HTTP as they need, on a port of the loopback, and lines that go dead."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any


@dataclass(frozen=True)
class Raw:
    """A body as it is sent, and headers for it."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Reply = tuple[int, Any]
"""A status, and the body, which is sent as JSON unless it is raw."""

Answering = Callable[[str, str, dict[str, str], bytes], Awaitable[Reply | None]]
"""From method, target, headers by their names in lower case, and body; None: the line goes dead."""

Callers = dict[asyncio.StreamWriter, asyncio.Task[None]]
"""The open lines, and the tasks that serve them."""


@asynccontextmanager
async def listening(answer: Answering) -> AsyncIterator[int]:
    """Answer every caller, while the block lasts; gives the port."""
    callers: Callers = {}
    server = await asyncio.start_server(partial(_serve, answer, callers), "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in callers:
            writer.close()
        await asyncio.gather(*callers.values(), return_exceptions=True)  # each has read the end


async def _serve(
    answer: Answering,
    callers: Callers,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    task: asyncio.Task[None] | None = asyncio.current_task()
    assert task is not None
    callers[writer] = task
    try:
        while request := await _request(reader):
            response = await answer(*request)
            if response is None:
                break
            status, document = response
            raw = document if isinstance(document, Raw) else Raw(json.dumps(document).encode())
            headers = {"Content-Type": "application/json", "Content-Length": str(len(raw.body))}
            lines = [f"{name}: {value}\r\n" for name, value in (headers | raw.headers).items()]
            writer.write(f"HTTP/1.1 {status} X\r\n{''.join(lines)}\r\n".encode() + raw.body)
            await writer.drain()
    finally:
        del callers[writer]
        writer.close()


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, target, _ = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return method, target, headers, body

"""Callers who hang up at any step, or speak another protocol, are no defect of ours, and no noise."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.lines import lines_to, request
from tests.support.processes import LOOPBACK, Server, serving
from tests.support.world import World

TIMES = 15
HELLO_OF_TLS = bytes.fromhex("1603010200010001fc0303")
HEAD = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\n"


def get(path: str, *fields: bytes) -> bytes:
    head = [b"GET %b HTTP/1.1" % path.encode(), b"Host: x", *fields]
    return b"\r\n".join(head) + b"\r\n\r\n"


SAID = {
    "nothing": b"",
    "half a head": b"GET /hea",
    "half a body": HEAD + b"Content-Length: 100\r\n\r\n{",
    "no body, which was asked for": HEAD + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    "a chunk that is none": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a question": get("/api/v2/brands", b"Authorization: Bearer x"),
    "many questions": get("/api/v2/brands", b"Authorization: Bearer x") * 30,
    "a long answer": get("/schema/openapi.json") * 20,
    "figures": get("/metrics") * 5,
    "TLS": HELLO_OF_TLS + os.urandom(200),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a web socket": get("/docs", b"Connection: Upgrade", b"Upgrade: websocket"),
    "a tunnel": b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address that is none": b"GET http://x:99999/ HTTP/1.1\r\nHost: x\r\n\r\n",
}


def closed(line: socket.socket) -> None:
    line.close()


def reset(line: socket.socket) -> None:
    """Close without a farewell, as a process that dies with unread answers does."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


async def hung_up(server: Server, content: bytes, end: Callable[[socket.socket], None]) -> None:
    """Say something, and hang up sooner or later."""
    for number in range(TIMES):
        line = socket.create_connection((LOOPBACK, server.port))
        with suppress(OSError):
            line.send(content)
        await asyncio.sleep(0.001 * (number % 5))
        end(line)


@pytest.mark.parametrize("end", [closed, reset])
async def test_a_caller_that_hangs_up_leaves_no_line_above_info_and_no_other_notices(
    world: World, environment: dict[str, str], tmp_path: Path, end: Callable[[socket.socket], None]
) -> None:
    async with serving(environment, tmp_path) as server, lines_to([server], 1) as (line,):
        order = request("POST", "/api/v2/transactions", world.amara, world.order())
        for content in (*SAID.values(), order, order[:-5]):
            await hung_up(server, content, end)
        assert (await line.ask(get("/health/ready"))).status == 200
        log = server.log_text().splitlines()
    assert [text for text in log if text.startswith("{")] == []  # at the level of warnings
    assert "Traceback" not in "".join(log)

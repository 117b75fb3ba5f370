"""Framing: the end of a head and the start of a body, however reads cut them, with any headers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.lines import Line, dial, lines_to, redemption_of, request
from tests.support.processes import Server, memory_mb, serving
from tests.support.world import World

HEAD_BYTES_MAX = 64 * 1024
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
TOO_LONG = "The request line and headers are larger than 64 KB."
TOO_FRAMED = "The chunk headers and trailers are larger than the body and 64 KB."

FLOOD_BYTES = 24 * 1024 * 1024
MEMORY_MB = 16.0


def posted(body: bytes, *fields: bytes) -> bytes:
    """Write a log-in whose body is no JSON, which is refused when it was read as a whole."""
    length = b"Content-Length: %d" % len(body)
    head = [b"POST /oauth/token HTTP/1.1", b"Host: x", length, *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def head_of(size: int) -> bytes:
    """Write a request without a body that is exactly so long."""
    start = b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Much: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


def chunked(
    content: bytes, size: int, *, extension: bytes = b"", trailers: tuple[bytes, ...] = ()
) -> bytes:
    """Write a body in chunks."""
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
    return chunks + b"0\r\n" + b"".join(trailer + b"\r\n" for trailer in trailers) + b"\r\n"


def in_chunks(request: bytes, *trailers: bytes) -> bytes:
    """Write a request's body as one chunk, with trailers after it."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    lines.append(b"Transfer-Encoding: chunked")
    return b"\r\n".join(lines) + b"\r\n\r\n" + chunked(body, len(body), trailers=trailers)


CHUNKED = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
async def server(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(environment, tmp_path) as server:
        yield server


@pytest.fixture
async def line(server: Server) -> AsyncIterator[Line]:
    async with lines_to([server], 1) as (line,):
        yield line


async def error_of(server: Server, content: bytes) -> tuple[int, str | None]:
    """Ask on a connection of its own, which is closed afterwards, and give the refused requests."""
    line = await dial(server)
    try:
        answer = await line.ask(content)
        assert answer.closes
        return answer.status, answer.error
    finally:
        await line.hang_up()


@pytest.mark.parametrize("size", [65_000, 66_000, 300_000, 1_000_000])
async def test_a_long_body_that_arrives_with_its_head_is_no_long_head(line: Line, size: int) -> None:
    for _ in range(3):
        assert (await line.ask(posted(b" " * size))).status == 400  # read to its end: no JSON
    assert (await line.ask(LIVE)).status == 200


async def test_a_head_is_counted_by_itself_whatever_else_the_read_brings(line: Line) -> None:
    long = head_of(40_000)
    for content, expected in (
        (posted(b" " * 100_000) + long, [400, 200]),
        (long * 3, [200] * 3),
        (b"\r\n\r\n" + LIVE + b"\r\n\r\n" + LIVE, [200] * 2),
        (LIVE * 300, [200] * 300),
    ):
        line.send(content)
        assert [(await line.answer()).status for _ in expected] == expected


async def test_a_head_may_be_64_kb_and_not_a_byte_longer(server: Server) -> None:
    async with lines_to([server], 1) as (line,):
        assert (await line.ask(head_of(HEAD_BYTES_MAX))).status == 200
        for cut in (1, 1024, 5_000, HEAD_BYTES_MAX - 2):  # in two reads
            line.send(head_of(HEAD_BYTES_MAX)[:cut])
            await asyncio.sleep(0.02)
            assert (await line.ask(head_of(HEAD_BYTES_MAX)[cut:])).status == 200
    for long in (
        head_of(HEAD_BYTES_MAX + 1),
        b"GET /health/live HTTP/1.1\r\n" + b"a:b\r\n" * 20_000 + b"\r\n",
        b"GET /" + b"a" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n" * HEAD_BYTES_MAX,
    ):
        with suppress(ConnectionError):  # it may hang up on bytes that it has not read
            assert await error_of(server, long) == (431, TOO_LONG)


async def test_a_long_head_after_a_body_is_refused_when_that_is_answered(line: Line) -> None:
    first = await line.ask(posted(b" " * 100_000) + head_of(HEAD_BYTES_MAX + 2048))
    assert (first.status, first.closes) == (400, False)
    second = await line.answer()
    assert (second.status, second.error, second.closes) == (431, TOO_LONG, True)


async def test_bytes_that_are_no_http_are_refused_after_the_answers_that_are_owed(
    world: World, line: Line
) -> None:
    (huggg,) = await world.buy()
    redemption = redemption_of(huggg["id"], world.till)
    assert (await line.ask(redemption + redemption + b"nonsense\r\n\r\n")).status == 201
    assert [(await line.answer()).status for _ in range(2)] == [405, 400]


async def test_bodies_in_chunks_are_read_unless_they_are_little_but_frame(server: Server) -> None:
    content = b" " * 200_000
    for whole in (
        chunked(content, 1_000),
        chunked(content, 8),
        chunked(content[:10_000], 1),
        chunked(content, 1_000, extension=b";a=b"),
        chunked(content, 1_000, trailers=(b"X-Checksum: 17",) * 1_000),
    ):
        async with lines_to([server], 1) as (line,):
            assert (await line.ask(CHUNKED + whole)).status == 400  # read to its end: no JSON
            assert (await line.ask(LIVE)).status == 200
    for whole in (
        chunked(content, 1),
        chunked(content[:1_000], 1, extension=b";" + b"a" * 100),
        b"1;" + b"a" * 100_000,
        chunked(content[:10], 10, trailers=(b"X: y",) * 20_000),
        chunked(content[:10], 10, trailers=(b"X: " + b"y" * 100_000,)),
    ):
        with suppress(ConnectionError):  # it may hang up on bytes that it has not read
            assert await error_of(server, CHUNKED + whole) == (413, TOO_FRAMED)


@pytest.mark.parametrize(
    "drop", [b"X-Trailer: " + b"y" * 1000 + b"\r\n", b"z" * 1024], ids=["many trailers", "one"]
)
async def test_endless_trailers_cost_no_memory(server: Server, drop: bytes) -> None:
    _, before = memory_mb(server.process.pid)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(CHUNKED + b"1\r\n{\r\n0\r\nX-First: ")
    with suppress(ConnectionError):
        for _ in range(FLOOD_BYTES // len(drop)):
            writer.write(drop)
            await writer.drain()
    writer.close()
    _, peak = memory_mb(server.process.pid)
    assert peak - before < MEMORY_MB


async def test_a_trailer_is_no_header_of_its_request_or_of_the_next(world: World, line: Line) -> None:
    (huggg,) = await world.buy()
    redemption = redemption_of(huggg["id"], world.till)
    token = b"Authorization: Bearer " + world.till.token.encode()
    stranger = redemption.replace(token + b"\r\n", b"")
    refused = await line.ask(in_chunks(stranger, token) + in_chunks(stranger, b"X-Last: y"))
    again = await line.answer()
    assert [refused.status, again.status] == [401, 401]
    assert (await line.ask(LIVE.replace(b"live", b"ready"))).status == 200

    keyed = in_chunks(redemption, b"Idempotency-Key: one")
    assert [(await line.ask(keyed)).status for _ in range(2)] == [201, 405]  # and not replayed


async def test_an_address_in_a_trailer_is_not_believed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"HUGGG_TRUSTED_PROXIES": "127.0.0.1", "HUGGG_LOG_LEVEL": "info"}
    async with serving(environment, tmp_path) as server, lines_to([server], 1) as (line,):
        for spoken in (b"X-Request-Id: by-trailer", b"X-Forwarded-For: 192.0.2.7"):
            await line.ask(in_chunks(posted(b"{}"), spoken))
        request = posted(b"{}", b"X-Forwarded-For: 192.0.2.8", b"X-Request-Id: by-header")
        assert (await line.ask(request)).headers["x-request-id"] == "by-header"
        log = server.log_text()
    lines = [json.loads(each) for each in log.splitlines() if '"logIn"' in each]
    assert [each["address"] for each in lines] == ["127.0.0.1", "127.0.0.1", "192.0.2.8"]
    assert "by-trailer" not in log


async def test_requests_that_are_sent_ahead_wait_outside_of_memory(server: Server) -> None:
    """A client that sends thousands and reads nothing has a few of them served, and the rest unread."""
    _, before = memory_mb(server.process.pid)
    requests = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{" * 1000
    writers = []
    for _ in range(8):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writers.append(writer)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                for _ in range(200):
                    writer.write(requests)
                    await writer.drain()
    _, peak = memory_mb(server.process.pid)
    async with lines_to([server], 1) as (line,):
        assert (await line.ask(LIVE)).status == 200
    for writer in writers:
        writer.transport.abort()
    assert peak - before < 2 * MEMORY_MB


async def test_a_client_that_tries_another_protocol_is_served_in_this_one(
    world: World, line: Line
) -> None:
    """Such a request may have a body, which is neither lost nor taken for the next request."""
    order = request("POST", "/api/v2/transactions", world.amara, world.order())
    tries = (
        b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    )
    upgrading = order.replace(b"\r\n\r\n", tries, 1)
    assert (await line.ask(upgrading)).status == 201
    line.send(upgrading[:-7])
    await asyncio.sleep(0.05)
    assert (await line.ask(upgrading[-7:])).status == 201
    assert (await line.ask(LIVE.replace(b"\r\n\r\n", tries) + LIVE)).status == 200
    assert (await line.answer()).status == 200

"""Bytes that are no request at all: bounded, and answered in the shape of every other error."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.conftest import settings_for
from tests.faults.launch import without
from tests.faults.lines import lines_to
from tests.support.processes import Server, environment_of, serving

NOT_HTTP = {"error": "The request is not valid HTTP."}
TOO_LONG = {"error": "The request line and headers are larger than 64 KB."}


async def answered(server: Server, sent: bytes) -> tuple[int, dict[str, str]]:
    """Send bytes on a connection of their own, and read the answer until it is closed."""
    *head, body = await read_to_its_end(server, sent)
    assert re.fullmatch(rb"x-request-id: [0-9a-f-]+", head[-5])
    assert head[-4:-1] == [
        b"access-control-allow-origin: *",
        b"x-content-type-options: nosniff",
        b"cache-control: no-store",
    ]
    return int(head[0].split()[1]), json.loads(body)


TOO_SLOW = {"error": "The request took too long to arrive."}
PATIENCE_SECONDS = 1.0

HEAD = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"


async def drip(server: Server, first: bytes, drops: bytes) -> tuple[int, dict[str, str]]:
    """Send the beginning of a request, then a byte now and then, until the server hangs up."""
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)

    async def dripping() -> None:
        writer.write(first)
        for drop in drops:
            await asyncio.sleep(PATIENCE_SECONDS / 5)
            writer.write(bytes([drop]))

    dripper = asyncio.create_task(dripping())
    head, _, body = (await asyncio.wait_for(reader.read(), 15)).partition(b"\r\n\r\n")
    dripper.cancel()
    writer.close()
    return int(head.split()[1]), json.loads(body)


async def test_a_request_that_takes_for_ever_to_arrive_is_cut_off(
    database_url: str, tmp_path: Path
) -> None:
    """A byte now and then does not help, nor does saying nothing; others are served meanwhile."""
    environment = environment_of(settings_for(database_url, tmp_path))
    command = without(patience=PATIENCE_SECONDS)
    async with serving(environment, tmp_path, command=command) as server:
        kept = httpx2.AsyncClient(base_url=server.url)
        slow = asyncio.gather(
            drip(server, b"", b""),
            drip(server, b"GET /health/live HTTP/1.1\r\nX-Slow: ", b"a" * 60),
            drip(server, b"POST /oauth/token HTTP/1.1\r\nContent-Length: 9\r\n", b""),
            drip(server, HEAD, b" " * 60),
            drip(server, HEAD + b"{", b""),
        )
        for _ in range(20):
            assert (await kept.get("/health/live")).status_code == 200
            await asyncio.sleep(0.1)
        assert list(await slow) == [(408, TOO_SLOW)] * 5
        assert (await kept.get("/health/live")).status_code == 200  # one connection all the time
        await kept.aclose()
        assert "unexpected error" not in server.log_text()


LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED_EARLY = b"POST /api/v2/transactions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
IDLE = {
    "after an answer": (LIVE, b"", [200]),
    "after two": (LIVE + LIVE, b"", [200, 200]),
    "after an end of a line": (LIVE, b"\r\n", [200]),
    "after a body that came late": (REFUSED_EARLY, b"{}", [401]),
    "after a request that came late": (LIVE, LIVE, [200, 200]),
}


async def test_a_connection_that_asks_no_more_is_closed(database_url: str, tmp_path: Path) -> None:
    async def answered_until_closed(first: bytes, second: bytes) -> list[int]:
        address = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(first)
        await asyncio.sleep(PATIENCE_SECONDS / 4)
        writer.write(second)
        answers = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answers)]

    environment = environment_of(settings_for(database_url, tmp_path))
    command = without(patience=PATIENCE_SECONDS)
    async with serving(environment, tmp_path, command=command) as server:
        stories = (answered_until_closed(first, second) for first, second, _ in IDLE.values())
        statuses = dict(zip(IDLE, await asyncio.gather(*stories), strict=True))
    assert statuses == {name: expected for name, (_, _, expected) in IDLE.items()}


async def test_an_answer_to_head_is_an_answer_to_get_up_to_its_body(
    database_url: str, tmp_path: Path
) -> None:
    environment = environment_of(settings_for(database_url, tmp_path))
    async with serving(environment, tmp_path) as server:
        rest = b" /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        got = await read_to_its_end(server, b"GET" + rest)
        head = await read_to_its_end(server, b"HEAD" + rest)
    assert (got[0], head[0]) == (b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK")
    assert head[-1] == b""
    assert len(got[-1]) > 0
    lengths = [line for line in head if line.startswith(b"content-length: ")]
    assert lengths == [b"content-length: %d" % len(got[-1])]


async def read_to_its_end(server: Server, sent: bytes) -> list[bytes]:
    """Send bytes on a connection of their own, and give the lines of a head and the bytes after it."""
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(sent)
    head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    return [*head.split(b"\r\n"), body]


async def keep_asking(line: socket.socket, content: bytes) -> None:
    for _ in range(1000):
        with suppress(BlockingIOError):
            line.send(content)
        await asyncio.sleep(0.01)


async def test_a_caller_who_does_not_read_on_is_hung_up_on(database_url: str, tmp_path: Path) -> None:
    """Requests are sent and no answer is read: answers must not wait for the caller for ever."""
    environment = environment_of(settings_for(database_url, tmp_path))
    command = without(patience=PATIENCE_SECONDS)
    async with serving(environment, tmp_path, command=command) as server:
        address = urlsplit(server.url)
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect((address.hostname, address.port))
            line.settimeout(0)
            requests = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 100
            with pytest.raises(ConnectionError):
                await keep_asking(line, requests)


async def test_bytes_that_are_no_http_are_refused_like_a_request(
    database_url: str, tmp_path: Path
) -> None:
    environment = environment_of(settings_for(database_url, tmp_path))
    async with serving(environment, tmp_path) as server:
        assert await answered(server, b"GET /\xff HTTP/1.1\r\n\r\n") == (400, NOT_HTTP)
        assert await answered(server, b"hello\r\n\r\n") == (400, NOT_HTTP)
        endless = b"GET /health/live HTTP/1.1\r\nX-Much: " + b"a" * 600_000
        assert await answered(server, endless) == (431, TOO_LONG)

        async with httpx2.AsyncClient(base_url=server.url) as http:
            large = await http.post("/oauth/token", content=b" " * 900_000)
            assert (large.status_code, list(large.json())) == (400, ["error"])
            for _ in range(3):  # one connection, many heads: each is counted anew
                kept = await http.get("/health/live", headers={"X-Some": "b" * 30_000})
                assert kept.status_code == 200
            headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
            preflight = await http.options("/api/v2/brands", headers=headers)
            assert preflight.headers["access-control-allow-origin"] == "*"


def head(length: str, path: str = "/api/v2/transactions") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


async def test_a_caller_refused_before_the_body_is_read_hears_why(
    database_url: str, tmp_path: Path
) -> None:
    """However large the body; and the connection is good for another request."""
    async with serving(environment_of(settings_for(database_url, tmp_path)), tmp_path) as server:
        async with lines_to([server], 1) as (line,):
            refused = await line.ask(head("900000") + b" " * 900_000)
            assert (refused.status, refused.error) == (401, "Authentication failed.")
            alive = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
            assert (await line.ask(alive)).status == 200
        for length in ("1000001", "99999999999", "0" * 5000 + "1000001"):
            async with lines_to([server], 1) as (line,):
                answer = await line.ask(head(length, "/oauth/token"))
                assert answer.status == 413


STILL_SENDING = {
    431: b"GET /health/live HTTP/1.1\r\nX-Much: " + b"a" * 900_000,
    400: b"no http\r\n\r\n" + b"a" * 900_000,
    413: b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 900_000,
}


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
async def test_a_caller_that_still_sends_receives_the_last_answer(
    database_url: str, tmp_path: Path, *, guarded: bool
) -> None:
    """The kernel resets a connection that is closed before it is read, and the caller with it."""
    environment = environment_of(settings_for(database_url, tmp_path))
    command = without(*() if guarded else ("lingering",))
    async with serving(environment, tmp_path, command=command) as server:
        for status, sent in STILL_SENDING.items():
            if guarded:
                first, *_ = await read_to_its_end(server, sent)
                assert int(first.split()[1]) == status
            else:
                with pytest.raises(ConnectionError):
                    await read_to_its_end(server, sent)


async def test_a_caller_that_never_stops_sending_is_cut_off(database_url: str, tmp_path: Path) -> None:
    """By seconds if it sends little, and by bytes if it sends much; a shutdown does not wait for it."""
    environment = environment_of(settings_for(database_url, tmp_path))
    command = without(patience=PATIENCE_SECONDS)
    async with serving(environment, tmp_path, command=command) as server:
        for drop in (b"a", b"a" * 200_000):
            with socket.socket() as line:
                line.connect((urlsplit(server.url).hostname, urlsplit(server.url).port))
                line.sendall(b"no http\r\n\r\n")
                line.settimeout(0)
                with pytest.raises(ConnectionError):
                    await keep_asking(line, drop)


async def test_bodies_that_never_come_keep_nobody_else_waiting(
    database_url: str, tmp_path: Path
) -> None:
    environment = environment_of(settings_for(database_url, tmp_path))
    environment["HUGGG_REQUESTS_AT_ONCE_MAX"] = "4"
    async with serving(environment, tmp_path) as server, lines_to([server], 9) as lines:
        *slow, other = lines
        for line in slow:
            line.hold(HEAD + b"{")
        await asyncio.sleep(0.3)
        options = b"OPTIONS /api/v2/brands HTTP/1.1\r\nHost: x\r\n\r\n"
        known = await other.ask(b"GET /api/v2/brands HTTP/1.1\r\nHost: x\r\n\r\n")
        assert known.status == 401
        assert (await other.ask(options)).headers["allow"] == "GET, HEAD, OPTIONS"


HOSTS = {
    b"HTTP/1.1\r\n": 400,
    b"HTTP/1.1\r\nHost: x\r\nHost: x\r\n": 400,
    b"HTTP/1.1\r\nHost: x\r\nX-Other: y\r\nhost: z\r\n": 400,
    b"HTTP/1.1\r\nHost: x:abc\r\n": 400,
    b"HTTP/1.1\r\nHost: a b\r\n": 400,
    b"HTTP/1.1\r\nHost: x/y\r\n": 400,
    b"HTTP/1.0\r\nHost: x\r\nHost: y\r\n": 400,
    b"HTTP/1.0\r\n": 200,
    b"HTTP/1.1\r\nHost:\r\n": 200,
    b"HTTP/1.1\r\nHost: x:\r\n": 200,
    b"HTTP/1.1\r\nHost: api_1.example:8080\r\n": 200,
    b"HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n": 200,
}


async def test_a_request_names_one_host(database_url: str, tmp_path: Path) -> None:
    async with serving(environment_of(settings_for(database_url, tmp_path)), tmp_path) as server:
        for rest, status in HOSTS.items():
            async with lines_to([server], 1) as (line,):
                answer = await line.ask(b"GET /health/live " + rest + b"\r\n")
                assert answer.status == status, rest
                if status != 200:
                    assert answer.error == "Host: must be one host name."

"""Requests to customers' addresses, on real sockets: only judged addresses are called."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network

import httpcore2
import pytest

from huggg.kit.ip import IpNetwork
from huggg.kit.outgoing.client import Outgoing
from huggg.kit.outgoing.judge import Judge
from huggg.kit.outgoing.reply import BODY_BYTES_MAX, Reply, UnreachableError
from huggg.kit.outgoing.target import Target

LOOPBACK = [ip_network("127.0.0.1/32")]

Saying = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@asynccontextmanager
async def saying(*parts: bytes, pause: float = 0.0) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that sends this to each request, a part at a time; gives its port and the requests."""
    requests: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                requests.append(await reader.readuntil(b"\r\n\r\n"))
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(pause)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1]), requests
    finally:
        server.close()


def response(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def ask(outgoing: Outgoing, url: str, *, seconds_max: float = 5.0) -> Reply:
    return await outgoing.request("GET", url, headers={}, content=b"", seconds_max=seconds_max)


@asynccontextmanager
async def outgoing_to(
    *private: IpNetwork, answers: Sequence[Sequence[str]] = ()
) -> AsyncIterator[tuple[Outgoing, list[str]]]:
    """A client whose resolver gives these answers in turn; gives the resolved names, too."""
    turns, names = iter(answers), list[str]()

    async def resolving(host: str, _: int) -> Sequence[str]:
        names.append(host)
        return next(turns)

    outgoing = Outgoing(private, resolving)
    try:
        yield outgoing, names
    finally:
        await outgoing.close()


async def test_the_address_that_was_judged_is_called_by_the_hosts_name() -> None:
    async with (
        saying(response("200 OK", b"yes")) as (port, requests),
        outgoing_to(*LOOPBACK, answers=[["127.0.0.1"]]) as (outgoing, names),
    ):
        for _ in range(2):
            reply = await ask(outgoing, f"http://shop.example:{port}/codes")
            assert (reply.status, reply.body) == (200, b"yes")
    assert names == ["shop.example"]  # once for the connection, which both requests used
    assert [f"Host: shop.example:{port}".encode() in request for request in requests] == [True, True]


async def test_a_name_that_leads_elsewhere_the_next_time_is_not_followed() -> None:
    async with (
        saying(response("200 OK", b"yes", "Connection: close")) as (port, requests),
        outgoing_to(*LOOPBACK, answers=[["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1", "127.0.0.2"]]) as (
            outgoing,
            _,
        ),
    ):
        url = f"http://shop.example:{port}/"
        assert (await ask(outgoing, url)).status == 200
        for _ in range(2):
            with pytest.raises(UnreachableError, match="not at a public address"):
                await ask(outgoing, url)
    assert len(requests) == 1


async def test_a_name_is_asked_for_once_so_nothing_can_change_between_judging_and_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the guard off, which connects to the name, the second answer of the resolver is called."""
    dialled: list[str] = []

    async def dial(_: object, host: str, *__: object, **___: object) -> None:
        dialled.append(host)
        raise OSError

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", dial)
    async with outgoing_to(answers=[["8.8.8.8"], ["127.0.0.1"]]) as (outgoing, names):
        with pytest.raises(UnreachableError):
            await ask(outgoing, "https://shop.example/")
    assert (names, dialled) == (["shop.example"], ["8.8.8.8"])

    async def by_name(_: Judge, target: Target) -> list[str]:
        return [target.host]

    monkeypatch.setattr(Judge, "addresses", by_name)
    async with outgoing_to() as (outgoing, _):
        with pytest.raises(UnreachableError):
            await ask(outgoing, "https://shop.example/")
    assert dialled == ["8.8.8.8", "shop.example"]


async def test_an_address_of_version_6_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in brackets in a URL, and without them everywhere else."""
    dialled: list[tuple[str, int]] = []

    async def dial(_: object, host: str, port: int, *__: object) -> None:
        dialled.append((host, port))
        raise OSError

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", dial)
    async with outgoing_to() as (outgoing, names):
        for port in ("", ":8443"):
            with pytest.raises(UnreachableError):
                await ask(outgoing, f"https://[2606:4700::1111]{port}/codes")
    assert (names, dialled) == ([], [("2606:4700::1111", 443), ("2606:4700::1111", 8443)])


async def test_an_inside_address_gets_not_one_connection() -> None:
    async with saying(response("200 OK", b"secret")) as (port, requests):
        outgoing = Outgoing()
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):  # noqa: S104 - to call, not to listen
            for scheme in ("http", "https"):
                with pytest.raises(UnreachableError):
                    await ask(outgoing, f"{scheme}://{host}:{port}/")
        await outgoing.close()
    assert requests == []


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with saying(response("302 Found", b"", "Location: http://127.0.0.1:1/")) as (port, requests):
        outgoing = Outgoing(LOOPBACK)
        assert (await ask(outgoing, f"http://127.0.0.1:{port}/")).status == 302
        await outgoing.close()
    assert len(requests) == 1


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with saying(response("200 OK", b"yes")) as (port, _):
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        outgoing = Outgoing(LOOPBACK)
        assert (await ask(outgoing, f"http://127.0.0.1:{port}/")).body == b"yes"
        await outgoing.close()


@pytest.mark.parametrize(
    "parts",
    [
        [response("200 OK", b"x" * (BODY_BYTES_MAX + 1))],
        [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            *[b"4000\r\n" + b"x" * 16384 + b"\r\n"] * 9,
        ],
    ],
    ids=["long", "endless"],
)
async def test_a_body_is_read_no_further_than_it_may_be_long(parts: list[bytes]) -> None:
    async with saying(*parts) as (port, _):
        outgoing = Outgoing(LOOPBACK)
        reply = await ask(outgoing, f"http://127.0.0.1:{port}/")
        assert (reply.status, reply.body) == (200, None)
        await outgoing.close()


@pytest.mark.parametrize(
    ("parts", "pause"),
    [
        ([b"HTTP/1.1 200 OK\r\n", *[b"X-More: " + b"x" * 8000 + b"\r\n"] * 40], 0.0),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 100], 0.05),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], 0.0),
    ],
    ids=["endless head", "dripping", "no http"],
)
async def test_a_host_that_drips_or_speaks_otherwise_is_left(parts: list[bytes], pause: float) -> None:
    began = time.monotonic()
    async with saying(*parts, pause=pause) as (port, _):
        outgoing = Outgoing(LOOPBACK)
        with pytest.raises(UnreachableError):
            await ask(outgoing, f"http://127.0.0.1:{port}/", seconds_max=1.0)
        await outgoing.close()
    assert time.monotonic() - began < 4

"""A siege in small: a few connections ask for all that a server has, and tills are served all the same.

Besiegers and tills stand behind one address, as on one premises or behind one proxy. A lock on
a table that tills have no use for makes the besiegers slow.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
import pytest

from huggg.identity.role import StaffRole
from tests.api.test_till_page import PASSWORD, staff
from tests.faults.launch import without
from tests.faults.lines import Line, lines_to, redemption_of, request
from tests.support.processes import HUGGG, Server, serving
from tests.support.world import Person, World

PLACES = 32
SHARE = 8
BESIEGERS = 2 * PLACES
CALLS = 12

READY = b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n"
DOCUMENT = b"GET /schema/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def locked(url: str, table: str) -> AsyncIterator[None]:
    """Keep a table from all other sessions."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table}")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def besieged(server: Server, requests: Sequence[bytes]) -> AsyncIterator[Counter[int]]:
    """Ask again and again on many connections, and at once when refused; give the answers."""
    answered: Counter[int] = Counter()

    async def besieger(line: Line, content: bytes) -> None:
        while True:
            answered[(await line.ask(content)).status] += 1

    async with lines_to([server], BESIEGERS) as lines:
        tasks = [
            asyncio.create_task(besieger(line, requests[number % len(requests)]))
            for number, line in enumerate(lines)
        ]
        await asyncio.sleep(0.5)
        yield answered
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def business(server: Server, till: Person, hugggs: list[str]) -> Counter[int]:
    """Look codes up, redeem and list brands, until one is refused; give the statuses of the answers.

    The first two calls have connections for shared statements, and the third has those of all lists.
    """
    answered: Counter[int] = Counter()
    async with lines_to([server], 1) as (line,):
        for huggg in hugggs:
            codes = request("GET", f"/api/v2/hugggs/{huggg}/product/adjustment-codes", till)
            for content in (codes, redemption_of(huggg, till), request("GET", "/api/v2/brands", till)):
                answered[status := (await line.ask(content)).status] += 1
                if status >= HTTPStatus.BAD_REQUEST:
                    return answered
    return answered


def served_all(calls: int) -> dict[int, int]:
    return {200: 2 * calls, 201: calls}


def narrow(environment: dict[str, str], *, share: int = SHARE) -> dict[str, str]:
    return {
        **environment,
        "HUGGG_REQUESTS_AT_ONCE_MAX": str(PLACES),
        "HUGGG_CALLER_AT_ONCE_MAX": str(share),
        "HUGGG_CONNECTIONS_MAX": "10",
        "HUGGG_CARD_PROCESSOR": "fake",
    }


async def bought(world: World) -> list[str]:
    return [huggg["id"] for huggg in await world.buy(quantity=CALLS)]


def cards(caller: Person) -> bytes:
    return request("GET", "/api/v2/cards", caller)


@pytest.mark.parametrize(
    ("share", "command", "served"),
    [(SHARE, HUGGG, True), (PLACES, HUGGG, False), (SHARE, without("spare"), False)],
    ids=["shares", "without a share of places", "without spare connections"],
)
async def test_tills_are_served_beside_one_caller_who_asks_for_everything(
    world: World,
    environment: dict[str, str],
    tmp_path: Path,
    *,
    share: int,
    command: Sequence[str],
    served: bool,
) -> None:
    hugggs = await bought(world)
    few = narrow(environment, share=share)
    async with (
        serving(few, tmp_path, command=command) as server,
        locked(environment["HUGGG_DATABASE_URL"], "cards"),
    ):
        async with besieged(server, [cards(world.amara)]) as answered:
            assert (await business(server, world.till, hugggs) == served_all(CALLS)) is served
        assert answered.keys() == {503}


def search(caller: Person) -> bytes:
    words = {"query": {"bool": {"must": [{"match": {"message": {"query": "tea", "operator": "and"}}}]}}}
    return request("POST", "/api/v2/search", caller, words)


def deep_page(caller: Person) -> bytes:
    return request("GET", "/api/v2/transactions?page=502", caller)


@pytest.mark.parametrize(
    ("command", "served"), [(HUGGG, True), (without("bulkhead"), False)], ids=["kept", "without"]
)
@pytest.mark.parametrize("slow", [search, deep_page])
async def test_tills_are_served_beside_slow_reads(
    world: World,
    environment: dict[str, str],
    tmp_path: Path,
    *,
    slow: Callable[[Person], bytes],
    command: Sequence[str],
    served: bool,
) -> None:
    """Several callers read a slow list at once: a lock on a table that tills do without."""
    hugggs = await bought(world)
    reads = [slow(person) for person in (world.amara, world.bo, world.cleo)]
    async with (
        serving(narrow(environment), tmp_path, command=command) as server,
        locked(environment["HUGGG_DATABASE_URL"], "transactions"),
    ):
        async with besieged(server, reads) as answered:
            assert (await business(server, world.till, hugggs) == served_all(CALLS)) is served
        assert answered.keys() <= {503}


REPORTS = ("statement", "statement.csv", "statement/redemptions.csv", "day.csv", "day.pdf")


@pytest.mark.parametrize(
    ("command", "served"), [(HUGGG, True), (without("bulkhead"), False)], ids=["kept", "without"]
)
async def test_tills_are_served_beside_reports(
    world: World, environment: dict[str, str], tmp_path: Path, *, command: Sequence[str], served: bool
) -> None:
    """Managers ask at once for all reports: a lock on a table that redemptions do without."""
    hugggs = await bought(world)
    async with serving(narrow(environment), tmp_path, command=command) as server:
        cookies = [await signed_in(server, await staff(world, role=StaffRole.MANAGER)) for _ in range(3)]
        reports = [report(name, cookie) for cookie in cookies for name in REPORTS]
        async with locked(environment["HUGGG_DATABASE_URL"], "accounts"):
            async with besieged(server, reports) as answered:
                assert (await business(server, world.till, hugggs) == served_all(CALLS)) is served
            assert answered.keys() <= {503}


async def signed_in(server: Server, username: str) -> str:
    """Sign in at the till page; gives the cookie."""
    form = urlencode({"username": username, "password": PASSWORD}).encode()
    head = (
        "POST /till/session HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    async with lines_to([server], 1) as (line,):
        answer = await line.ask(head.encode() + form)
    return answer.headers["set-cookie"].partition(";")[0]


def report(name: str, cookie: str) -> bytes:
    return f"GET /till/{name} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode()


async def test_tills_that_are_known_are_served_beside_strangers(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    """Each token is another one, and none opens anything."""
    hugggs = await bought(world)
    tokens = [
        request("GET", "/api/v2/brands", Person(world.amara.id, f"x{n}")) for n in range(BESIEGERS)
    ]
    async with serving(narrow(environment), tmp_path) as server:
        assert await business(server, world.till, hugggs[:1]) == served_all(1)
        async with besieged(server, tokens) as answered:
            done = await business(server, world.till, hugggs[1:])
        assert done == served_all(CALLS - 1)
        assert answered.keys() == {401, 503}


async def test_tills_are_served_beside_log_ins(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    hugggs = await bought(world)
    body = {"grant_type": "password", "username": "amara@acorn.example", "password": "x" * 8}
    log_in = request("POST", "/oauth/token", Person(world.amara.id, world.client_token), body)
    async with (
        serving(narrow(environment) | {"HUGGG_LOGIN_FAILURES_MAX": "0"}, tmp_path) as server,
        besieged(server, [log_in]) as answered,
    ):
        assert await business(server, world.till, hugggs) == served_all(CALLS)
        assert answered.keys() <= {401, 503}


async def test_tills_are_served_beside_those_who_ask_whether_we_are_ready(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    """Even where the answer is slow to come, as the table that is asked is locked."""
    hugggs = await bought(world)
    async with serving(narrow(environment), tmp_path) as server:
        async with besieged(server, [READY]) as answered:
            assert await business(server, world.till, hugggs[:6]) == served_all(6)
            assert answered.keys() == {200}
        async with (
            locked(environment["HUGGG_DATABASE_URL"], "alembic_version"),
            besieged(server, [READY]),
        ):
            assert await business(server, world.till, hugggs[6:]) == served_all(6)


async def test_tills_are_served_beside_those_who_do_not_read_their_answers(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    hugggs = await bought(world)
    async with serving(narrow(environment), tmp_path) as server:
        with ExitStack() as stack:
            for _ in range(BESIEGERS):
                line = stack.enter_context(socket.socket())
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                line.connect(("127.0.0.1", server.port))
                line.setblocking(False)
                with suppress(BlockingIOError):
                    line.send(DOCUMENT * 50)
            await asyncio.sleep(1)
            assert await business(server, world.till, hugggs) == served_all(CALLS)

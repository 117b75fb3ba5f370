"""SIGTERM, as at every deployment: requests under way are finished, and nothing is left running."""

from __future__ import annotations

import asyncio
import json
import signal
from asyncio.subprocess import DEVNULL
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from huggg.database.pool import Database
from huggg.wallets.top_up import top_up
from tests.faults.lines import Answer, Line, all_serve, dial, lines_to, request
from tests.faults.load import Driving, check_nothing_lost, check_one_effect_each, prepare, settle
from tests.support.installation import Installation
from tests.support.processes import (
    HUGGG,
    REPLACED_SECONDS_MAX,
    Server,
    eventually,
    free_port,
    has_taken,
    serving,
    start,
)
from tests.support.sql import scalar
from tests.support.world import COFFEE_PENCE

BEFORE_THE_STOP = 40  # acknowledgements
MANY = 5_000  # hugggs, which take a while after the signal

READY = b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n"

WAITING = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database())"
)


async def waits_for_a_row(database: Database) -> None:
    """Wait until a statement of the server waits for the row that a test has locked."""
    async with asyncio.timeout(REPLACED_SECONDS_MAX):
        while not await scalar(database, WAITING):  # noqa: ASYNC110 - it rings no bell
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_server_told_to_stop_under_load_loses_nothing_and_stops_its_database(
    installation: Installation, tmp_path: Path, workers: str
) -> None:
    async with installation.world() as world:
        acts = await prepare(world, redemptions=200, purchases=200)

    async with serving(installation.environment, tmp_path, "--workers", workers) as server:
        load = Driving(server, acts)
        await load.until_acknowledged(BEFORE_THE_STOP)
        assert await server.stop() == 0
        await load.ended()
    assert installation.processes() == []

    async with installation.opened() as database:
        await check_nothing_lost(database, acts)
    async with serving(installation.environment, tmp_path) as server:
        await settle(server, acts)
        assert await server.stop() == 0
    assert installation.processes() == []
    async with installation.opened() as database:
        await check_one_effect_each(database, acts)


async def test_a_request_under_way_gets_its_answer_before_the_server_goes(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        await top_up(world.platform.database, wallet_id=world.wallet, amount=MANY * COFFEE_PENCE)

    async with (
        serving(installation.environment, tmp_path) as server,
        installation.opened() as database,
    ):
        line = await dial(server)
        order = world.order(quantity=MANY)
        async with database.transaction() as holder:
            await holder.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", world.wallet)
            task = asyncio.create_task(
                line.ask(request("POST", "/api/v2/transactions", world.amara, order))
            )
            await waits_for_a_row(database)
            stopped = asyncio.create_task(server.stop())
            await eventually(partial(has_taken, server, signal.SIGTERM))
            assert not task.done()
        answer = await task
        await line.hang_up()
        assert await stopped == 0

    assert (answer.status, len(answer.data["hugggs"])) == (201, MANY)
    async with installation.opened() as database, database.transaction() as connection:
        assert await connection.fetchval("SELECT count(*) FROM hugggs") == MANY


async def test_a_server_that_leaves_says_so_first_and_serves_on(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        ready = request("GET", "/health/ready", world.amara)
        me = request("GET", "/api/v2/auth/me", world.amara)
    environment = {**installation.environment, "HUGGG_DRAIN_SECONDS": "3600"}
    async with serving(environment, tmp_path) as server:
        async with lines_to([server], 2) as (one, other):
            before = await one.ask(ready)
            assert (before.status, before.closes) == (200, False)
            server.process.terminate()
            leaving = await last_answer(one, ready)
            if leaving.status == 200:  # the signal came between the decision and its headers
                async with lines_to([server], 1) as (next_one,):
                    leaving = await last_answer(next_one, ready)
            assert (leaving.status, leaving.closes) == (503, True)
            served = await other.ask(me)
            assert (served.status, served.closes) == (200, True)
        async with lines_to([server], 1) as (late,):  # a late caller is served as well
            assert (await late.ask(me)).status == 200
        assert await server.stop() == 0  # told twice: it is meant


async def last_answer(line: Line, content: bytes) -> Answer:
    """Ask down a line until the server closes it."""
    async with asyncio.timeout(REPLACED_SECONDS_MAX):
        while not (answer := await line.ask(content)).closes:  # noqa: ASYNC110 - it rings no bell
            await asyncio.sleep(0.02)
    return answer


async def test_workers_that_drain_go_at_once_when_they_are_told_twice(
    installation: Installation, tmp_path: Path
) -> None:
    environment = {**installation.environment, "HUGGG_DRAIN_SECONDS": "3600"}
    async with serving(environment, tmp_path, "--workers", "2") as server:
        await all_serve(server, 2)
        async with lines_to([server], 4) as lines:
            server.process.terminate()
            for line in lines:
                await last_answer(line, READY)
        assert len(server.workers) == 2
        assert await server.stop() == 0


async def test_two_signals_in_one_breath_are_two(installation: Installation, tmp_path: Path) -> None:
    environment = {**installation.environment, "HUGGG_DRAIN_SECONDS": "3600"}
    async with serving(environment, tmp_path, "--workers", "2") as server:
        await all_serve(server, 2)
        server.process.terminate()
        await eventually(partial(has_taken, server, signal.SIGTERM))
        assert await server.stop() == 0


async def test_workers_are_replaced_one_by_one_and_nothing_acknowledged_is_lost(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        acts = await prepare(world, redemptions=400, purchases=0)
    environment = {**installation.environment, "HUGGG_DRAIN_SECONDS": "1"}
    async with serving(environment, tmp_path, "--workers", "2") as server:
        before = set(server.workers)
        load = Driving(server, acts)
        await load.until_acknowledged(BEFORE_THE_STOP)
        server.process.send_signal(signal.SIGHUP)
        ready = asyncio.create_task(readiness(server))
        await eventually(lambda: len(server.workers) == 2 and not before & set(server.workers))
        ready.cancel()
        assert await ready == {200}, "A balancer would have sent requests elsewhere."
        await load.ended()
        assert await server.stop() == 0
    async with installation.opened() as database:
        await check_nothing_lost(database, acts)


async def readiness(server: Server) -> set[int]:
    """Ask again and again on new connections, until cancelled, and give the statuses there were.

    A worker that ends may close a connection whose request it has not read. A balancer asks again then.
    """
    statuses = set()
    with suppress(asyncio.CancelledError):
        while True:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                async with lines_to([server], 1) as (line,):
                    answer = await line.ask(READY)
                    statuses.add(answer.status)
            await asyncio.sleep(0.01)
    return statuses


async def test_a_server_that_cannot_start_says_why_in_one_line_and_fails(
    installation: Installation, tmp_path: Path
) -> None:
    environment = {**installation.environment, "HUGGG_LOG_LEVEL": "shout"}
    server = start(environment, tmp_path, "--workers", "2")
    await server.ended()
    assert server.process.returncode == 1
    assert server.log_text().splitlines() == [
        "huggg: HUGGG_LOG_LEVEL must be one of debug, info, warning, error, not 'shout'."
    ]


@pytest.mark.parametrize(("command", "code"), [("serve", 0), ("doctor", 128 + signal.SIGTERM)])
async def test_a_command_told_to_stop_while_its_database_starts_leaves_none(
    installation: Installation, command: str, code: int
) -> None:
    words = [*HUGGG, command, *(["--port", str(free_port())] if command == "serve" else [])]
    process = await asyncio.create_subprocess_exec(
        *words, env={"PATH": "/usr/bin:/bin", **installation.environment}, stderr=DEVNULL
    )
    await eventually(lambda: installation.processes() != [], seconds=30)
    process.terminate()
    assert await process.wait() == code
    assert installation.processes() == []


async def test_a_server_without_workers_stops_tidily_when_its_terminal_does(
    installation: Installation, tmp_path: Path
) -> None:
    async with serving(installation.environment, tmp_path) as server:
        server.process.send_signal(signal.SIGHUP)
        await server.ended()
        assert server.process.returncode == 0
    assert installation.processes() == []


SAYS = {
    "server starts",
    "process drains",
    "workers are replaced",
    "workers were replaced",
    "server ended",
}


def life_lines(server: Server) -> list[tuple[str, str | int | None]]:
    """Read a server's log lines about its own life, each with the reason or the number of kept rows."""
    lines = [json.loads(line) for line in server.log_text().splitlines() if line.startswith("{")]
    return [
        (line["event"], line.get("reason", line.get("kept"))) for line in lines if line["event"] in SAYS
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_server_says_that_it_starts_and_why_it_ended(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    async with serving({**environment, "HUGGG_LOG_LEVEL": "info"}, tmp_path) as server:
        server.process.send_signal(number)
        await server.ended()
    drained = [("process drains", None)] if number != signal.SIGINT else []
    assert life_lines(server) == [
        ("server starts", None),
        *drained,
        ("server ended", number.name),
    ]


async def test_a_supervisor_says_that_workers_are_replaced(
    environment: dict[str, str], tmp_path: Path
) -> None:
    env = {**environment, "HUGGG_LOG_LEVEL": "info"}
    async with serving(env, tmp_path, "--workers", "2") as server:
        await all_serve(server, 2)
        server.process.send_signal(signal.SIGHUP)
        await eventually(lambda: "workers were replaced" in server.log_text(), seconds=60)
        assert await server.stop() == 0
    log_lines = life_lines(server)
    assert [log_lines[0], log_lines[-1]] == [("server starts", None), ("server ended", "SIGTERM")]
    replaced = [line for line in log_lines if line[0].startswith("workers")]
    assert replaced == [("workers are replaced", "SIGHUP"), ("workers were replaced", 0)]
    assert log_lines.count(("process drains", None)) == 4  # two that were replaced, and two at the end

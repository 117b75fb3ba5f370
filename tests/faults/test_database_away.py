"""The database is stopped, or stands still: the API says so in time, and comes back by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from huggg.database.embedded import start_embedded
from tests.faults.launch import without
from tests.faults.lines import Answer, lines_to, redemption_of, request
from tests.faults.load import (
    Act,
    Driving,
    check_nothing_lost,
    check_one_effect_each,
    prepare,
    settle,
    unacknowledged,
)
from tests.support.installation import Installation
from tests.support.processes import HUGGG, Server, serving
from tests.support.world import World

PROBES = 24
AWAY_SECONDS_MAX = 3.0  # a connection is waited for for one
DEADLINE_SECONDS = 2.0
READY_SECONDS = 1.0  # for which a process remembers the state of the database
BEFORE_A_FAULT = 40  # acknowledgements

UNAVAILABLE = (503, "1", "Temporarily unavailable. Please try again.")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_stopped_database_is_answered_503_at_once_and_its_return_is_noticed(
    installation: Installation, tmp_path: Path, mode: str
) -> None:
    async with served_on_its_own(installation, tmp_path) as (world, acts, server):
        load = Driving(server, acts[: len(acts) // 2])
        await load.until_acknowledged(BEFORE_A_FAULT)
        await asyncio.to_thread(installation.stop_database, mode)

        assert await probed(server, world, seconds=AWAY_SECONDS_MAX) == {UNAVAILABLE}
        await asyncio.sleep(READY_SECONDS)
        assert await health(server) == {"live": 200, "ready": 503}
        await load.ended()

        await asyncio.to_thread(installation.start_database)
        await server.ready()
        assert await health(server) == {"live": 200, "ready": 200}
        await came_through(installation, server, acts)


async def test_a_database_that_stands_still_is_given_up_at_the_deadline(
    installation: Installation, tmp_path: Path
) -> None:
    """A halted statement may take effect later; its caller was told that the outcome is unknown."""
    command = without(deadline=DEADLINE_SECONDS)
    async with served_on_its_own(installation, tmp_path, *command) as (world, acts, server):
        load = Driving(server, acts[: len(acts) // 2])
        await load.until_acknowledged(BEFORE_A_FAULT)
        installation.signal(signal.SIGSTOP)
        try:
            seconds = DEADLINE_SECONDS + AWAY_SECONDS_MAX
            assert await probed(server, world, seconds=seconds) == {UNAVAILABLE}
            assert await health(server) == {"live": 200, "ready": 503}
            assert unacknowledged(acts[: len(acts) // 2])
        finally:
            installation.signal(signal.SIGCONT)
        await load.ended()

        await server.ready()
        await came_through(installation, server, acts)


@asynccontextmanager
async def served_on_its_own(
    installation: Installation, folder: Path, *command: str
) -> AsyncIterator[tuple[World, list[Act], Server]]:
    """Serve a database that, to the server, is an outside one."""
    async with installation.world() as world:
        acts = await prepare(world, redemptions=100, purchases=100)
    with start_embedded(installation.folder) as database:
        environment = installation.environment_with(database.url)
        async with serving(environment, folder, command=command or HUGGG) as server:
            yield world, acts, server


async def came_through(installation: Installation, server: Server, acts: list[Act]) -> None:
    """See that nothing acknowledged was lost, and everything can be done, once."""
    async with installation.opened() as database:
        await check_nothing_lost(database, acts)
        await settle(server, acts)
        await check_one_effect_each(database, acts)


async def probed(server: Server, world: World, *, seconds: float) -> set[tuple[int, str, str | None]]:
    """Ask many things at once, more than there are connections; no answer may be late."""
    questions = [
        request("GET", "/api/v2/hugggs/sent", world.amara),
        request("POST", "/api/v2/transactions", world.amara, world.order()),
        redemption_of(str(world.coffee), world.till),
        redemption_of(str(world.coffee), world.till, key="while it is away"),
    ]
    async with lines_to([server], PROBES) as lines:
        answers = await asyncio.gather(
            *(
                line.ask(questions[number % len(questions)], seconds=seconds)
                for number, line in enumerate(lines)
            )
        )
    return {(answer.status, answer.headers.get("retry-after", ""), error(answer)) for answer in answers}


def error(answer: Answer) -> str | None:
    assert answer.headers["content-type"] == "application/json", answer
    return answer.error


async def health(server: Server) -> dict[str, int]:
    async with httpx2.AsyncClient(base_url=server.url, timeout=5, trust_env=False) as client:
        return {word: (await client.get(f"/health/{word}")).status_code for word in ("live", "ready")}

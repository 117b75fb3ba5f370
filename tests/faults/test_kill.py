"""Kill -9 amid buying and redeeming: acknowledged acts are there, acts that were sent again are there
once, and the next start serves at once."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

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
from tests.support.processes import (
    Server,
    command_line,
    end,
    eventually,
    free_port,
    port_is_free,
    send_signal,
    serving,
    start,
)

KILLS = 3
BEFORE_A_KILL = 50  # acknowledgements
RESTART_SECONDS_MAX = 5.0
STARTS_TO_A_RESTART_MAX = 4  # where even a start after an orderly stop takes long
ORPHANED_SECONDS_MAX = 5.0


@pytest.mark.parametrize("database_too", [False, True], ids=["server", "server and database"])
async def test_an_acknowledged_call_survives_and_a_repeated_one_acts_once(
    installation: Installation, tmp_path: Path, *, database_too: bool
) -> None:
    async with installation.world() as world:
        acts = await prepare(world, redemptions=200, purchases=200)

    async with serving(installation.environment, tmp_path) as server:
        await killed_under_load(installation, server, acts, database_too=database_too)
        patience = max(RESTART_SECONDS_MAX, STARTS_TO_A_RESTART_MAX * server.seconds_to_ready)
    for _ in range(KILLS - 1):
        async with started_again(installation, tmp_path, acts, seconds=patience) as server:
            await killed_under_load(installation, server, acts, database_too=database_too)
    async with started_again(installation, tmp_path, acts, seconds=patience) as server:
        await settle(server, acts)
        assert await server.stop() == 0

    async with installation.opened() as database:
        await check_one_effect_each(database, acts)


async def test_a_killed_worker_is_replaced_and_nothing_acknowledged_is_lost(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        acts = await prepare(world, redemptions=200, purchases=200)

    async with serving(installation.environment, tmp_path, "--workers", "2") as server:
        await eventually(lambda: len(server.workers) == 2)
        victim, survivor = server.workers
        load = Driving(server, acts)
        await load.until_acknowledged(BEFORE_A_KILL)
        os.kill(victim, signal.SIGKILL)
        await load.ended()

        await eventually(lambda: len(server.workers) == 2 and victim not in server.workers)
        assert survivor in server.workers
        async with installation.opened() as database:
            await check_nothing_lost(database, acts)
        await settle(server, acts)
        assert await server.stop() == 0

    async with installation.opened() as database:
        await check_one_effect_each(database, acts)


async def test_workers_of_a_killed_supervisor_go_away_and_leave_the_port_to_the_next(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        acts = await prepare(world, redemptions=100, purchases=100)

    port = free_port()
    async with serving(installation.environment, tmp_path, "--workers", "2", port=port) as server:
        await eventually(lambda: len(server.workers) == 2)
        workers = server.workers
        load = Driving(server, acts)
        await load.until_acknowledged(BEFORE_A_KILL)
        server.kill()
        try:
            await eventually(lambda: port_is_free(port), seconds=ORPHANED_SECONDS_MAX)
            await load.ended()
            await eventually(lambda: not any("spawn_main" in command_line(pid) for pid in workers))
        finally:
            for pid in workers:
                send_signal(pid, signal.SIGKILL, only_if="spawn_main")

    async with serving(installation.environment, tmp_path, "--workers", "2", port=port) as server:
        async with installation.opened() as database:
            await check_nothing_lost(database, acts)
        await settle(server, acts)
    async with installation.opened() as database:
        await check_one_effect_each(database, acts)


async def killed_under_load(
    installation: Installation, server: Server, acts: Sequence[Act], *, database_too: bool
) -> None:
    """Kill it once it has acknowledged something."""
    load = Driving(server, unacknowledged(acts))
    await load.until_acknowledged(BEFORE_A_KILL)
    server.process.kill()
    if database_too:
        installation.signal(signal.SIGKILL)
    server.process.wait()
    await load.ended()
    assert unacknowledged(acts), "The kill came too late to hit anything."


@asynccontextmanager
async def started_again(
    installation: Installation, folder: Path, acts: Sequence[Act], *, seconds: float
) -> AsyncIterator[Server]:
    """Start a server on the database after a kill, and see that nothing is missing."""
    server = start(installation.environment, folder)
    try:
        await server.ready(seconds=seconds)
        async with installation.opened() as database:
            await check_nothing_lost(database, acts)
        yield server
    finally:
        await end(server)

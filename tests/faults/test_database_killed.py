"""The embedded database is killed under a running server: it is started again, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest

from huggg.cli.running import DATABASE_LOST
from tests.faults.launch import without
from tests.faults.load import (
    Driving,
    check_nothing_lost,
    check_one_effect_each,
    prepare,
    settle,
)
from tests.support.installation import Installation
from tests.support.processes import HUGGG, eventually, free_port, send_signal, serving

BACK_SECONDS_MAX = 30.0  # far beyond recovery, a connection, and a second of remembered readiness
STAYS_AWAY_SECONDS = 4.0
READY_SECONDS = 1.5  # for which a process remembers the state of the database
BEFORE_A_KILL = 50  # acknowledgements


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_killed_database_is_back_within_seconds_and_nothing_acknowledged_is_lost(
    installation: Installation, tmp_path: Path, workers: str
) -> None:
    async with installation.world() as world:
        acts = await prepare(world, redemptions=200, purchases=200)

    async with serving(installation.environment, tmp_path, "--workers", workers) as server:
        for part in (acts[: len(acts) // 2], acts[len(acts) // 2 :]):
            load = Driving(server, part)
            await load.until_acknowledged(BEFORE_A_KILL)
            killed = installation.processes()[0]
            installation.signal(signal.SIGKILL)
            await load.ended()
            await eventually(partial(started_again, installation, killed), seconds=BACK_SECONDS_MAX)
            await server.ready(seconds=BACK_SECONDS_MAX)
        async with installation.opened() as database:
            await check_nothing_lost(database, acts)
        await settle(server, acts)
        assert "the database was started again" in server.log_text()
        assert await server.stop() == 0

    assert installation.processes() == []
    async with installation.opened() as database:
        await check_one_effect_each(database, acts)


async def test_without_its_keeper_a_killed_database_stays_away(
    installation: Installation, tmp_path: Path
) -> None:
    async with serving(installation.environment, tmp_path, command=without("keeper")) as server:
        installation.signal(signal.SIGKILL)
        await asyncio.sleep(READY_SECONDS)

        with pytest.raises(AssertionError, match="does not serve"):
            await server.ready(seconds=STAYS_AWAY_SECONDS)


async def test_a_database_that_is_told_to_wait_for_sessions_is_stopped_and_started_again(
    installation: Installation, tmp_path: Path
) -> None:
    async with serving(installation.environment, tmp_path, "--workers", "2") as server:
        [stopping_pid, *_] = installation.processes()
        send_signal(stopping_pid, signal.SIGTERM, only_if="postgres")

        await eventually(partial(started_again, installation, stopping_pid), seconds=BACK_SECONDS_MAX)
        await server.ready(seconds=BACK_SECONDS_MAX)
        assert "the database stops slowly" in server.log_text()
        assert await server.stop() == 0


async def test_unless_it_is_sped_up_such_a_stop_does_not_end(
    installation: Installation, tmp_path: Path
) -> None:
    command = without("slow stop")
    async with serving(installation.environment, tmp_path, command=command) as server:
        [stopping_pid, *_] = installation.processes()
        send_signal(stopping_pid, signal.SIGTERM, only_if="postgres")
        await asyncio.sleep(STAYS_AWAY_SECONDS)

        assert installation.processes()[0] == stopping_pid
        send_signal(stopping_pid, signal.SIGINT, only_if="postgres")
        await server.ready(seconds=BACK_SECONDS_MAX)


async def test_a_server_whose_database_cannot_be_started_says_so_and_ends(
    installation: Installation, tmp_path: Path
) -> None:
    data = installation.folder / "postgres" / "data"
    heart, away = data / "global" / "pg_control", data / "pg_control.away"
    async with serving(installation.environment, tmp_path) as server:
        heart.rename(away)
        try:
            installation.signal(signal.SIGKILL)
            await server.ended()
        finally:
            away.rename(heart)

        assert server.process.returncode == DATABASE_LOST
        assert "huggg stops, as its database is lost. PostgreSQL did not start in" in server.log_text()


def test_a_server_whose_database_does_not_start_ends_with_the_same_code(
    installation: Installation,
) -> None:
    heart = installation.folder / "postgres" / "data" / "global" / "pg_control"
    away = heart.with_name("pg_control.away")
    heart.rename(away)
    try:
        result = subprocess.run(
            [*HUGGG, "serve", "--port", str(free_port())],
            env=installation.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=BACK_SECONDS_MAX,
        )
    finally:
        away.rename(heart)

    assert result.returncode == DATABASE_LOST
    assert "huggg: PostgreSQL did not start in" in result.stderr


def started_again(installation: Installation, killed: int) -> bool:
    return installation.processes()[:1] not in ([], [killed])

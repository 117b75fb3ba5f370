"""`huggg worker` does the work that servers leave to it; and told to stop, it stops."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import httpx2
import pytest

from huggg.database.pool import Database
from tests.support.processes import Server, serving
from tests.support.sql import scalar, sql

APART = {"HUGGG_WORKER": "apart"}
IDLE_SECONDS = 2.5  # more than two rounds of a consumer
READ_SECONDS_MAX = 20.0
CURSORS = "SELECT count(*) FROM cursors WHERE position > 0"


@pytest.fixture(autouse=True)
async def _told(database: Database) -> None:
    """An event to read."""
    await sql(
        database,
        "INSERT INTO events (subject_id, kind, at) VALUES (gen_random_uuid(), 'team.created', now())",
    )


async def read_within(database: Database, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while await scalar(database, CURSORS) == 0:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.05)
    return True


async def answered(worker: Server, path: str) -> tuple[int, str]:
    async with httpx2.AsyncClient(base_url=worker.url, trust_env=False) as client:
        answer = await client.get(path)
    return answer.status_code, answer.text


async def test_a_server_alone_reads_events_and_beside_workers_it_does_not(
    database: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    async with serving(environment | APART, tmp_path):
        assert not await read_within(database, IDLE_SECONDS)
    async with serving(environment, tmp_path):
        assert await read_within(database, READ_SECONDS_MAX)


async def test_a_worker_reads_events_and_answers_for_its_health_and_figures_only(
    database: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    async with serving(environment | APART, tmp_path, verb="worker") as worker:
        assert await read_within(database, READ_SECONDS_MAX)
        assert (await answered(worker, "/health/live"))[0] == 200
        assert (await answered(worker, "/health/ready"))[0] == 200
        status, figures = await answered(worker, "/metrics")
        assert status == 200
        assert 'huggg_consumer_lag_seconds{consumer="low pools"}' in figures
        assert (await answered(worker, "/api/v2/brands"))[0] == 404
        assert await worker.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_told_to_stop_stops(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    async with serving(environment, tmp_path, verb="worker") as worker:
        worker.process.send_signal(number)
        await worker.ended()
        assert "Traceback" not in worker.log_text()

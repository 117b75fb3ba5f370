"""Several workers answer as one, the dead ones included, and leave nothing behind."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import httpx2

from huggg.metrics.metrics import SAMPLE_SECONDS
from tests.support.processes import HUGGG, Server, send_signal, serving

LIVE = "/health/live"
ASKED = 60


async def figure(server: Server, name: str) -> float:
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False) as http:
        text = (await http.get("/metrics")).text
    match = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(match[1]) if match else 0.0


async def eventually(server: Server, name: str, value: float) -> None:
    for _ in range(200):
        if await figure(server, name) == value:
            return
        await asyncio.sleep(0.05)
    assert await figure(server, name) == value


async def ask(server: Server, times: int) -> None:
    """Over new connections, so that the kernel deals them out to all workers."""
    for _ in range(times):
        async with httpx2.AsyncClient(base_url=server.url, trust_env=False) as http:
            assert (await http.get(LIVE)).status_code == 200


async def replaced(server: Server, dead: int) -> None:
    """Wait until another worker has taken its place."""
    for _ in range(600):
        if dead not in server.workers and len(server.workers) == 2:
            return await server.ready()
        await asyncio.sleep(0.05)
    raise AssertionError("Nobody took its place.")


async def test_each_worker_answers_for_all(environment: dict[str, str], tmp_path: Path) -> None:
    places = tmp_path / "places"
    places.mkdir()
    environment |= {"HUGGG_METRICS_DIR": str(places)}
    sample = 'huggg_requests_total{operation="showLiveness",status="200"}'
    async with serving(environment, tmp_path, "--workers", "2", command=HUGGG) as server:
        await ask(server, ASKED)
        await eventually(server, "huggg_processes", 2)
        await eventually(server, sample, ASKED)

        await asyncio.sleep(2 * SAMPLE_SECONDS)  # a count that it has not left yet dies with it
        first, *_ = server.workers
        send_signal(first, signal.SIGKILL, only_if="spawn_main")
        await replaced(server, first)
        await eventually(server, "huggg_processes", 2)
        assert await figure(server, sample) == ASKED  # the dead one's count still counts
        [place] = places.iterdir()
        assert len([file for file in place.iterdir() if not file.suffix]) == 3
    assert list(places.iterdir()) == []

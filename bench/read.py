"""read: one huggg over HTTP ÷ a bare ASGI application answering the same bytes, in requests a second."""

from __future__ import annotations

import asyncio
import urllib.request
from pathlib import Path
from statistics import mean
from typing import Any

from bench.bare import READER
from bench.load import request, run
from bench.stand import bare_served, bought, buyer_token, platform, served, stand
from huggg.hugggs.huggg import Huggg

CONNECTIONS = 64
ROUNDS = 5


def measure(count: int = 50_000, *, workers: int = 2) -> dict[str, Any]:
    """Read `count` times over each server, in turns, as neither takes long enough to tell by itself.

    Each serves a round before, which does not count.
    """
    with stand() as at:

        async def prepare() -> tuple[list[Huggg], str]:
            async with platform(at) as tools:
                return await bought(at, tools, 1_000), await buyer_token(at, tools)

        hugggs, token = asyncio.run(prepare())
        paths = [f"/api/v2/hugggs/{huggg.codes.shortcode}" for huggg in hugggs]
        requests = [request("GET", paths[i % len(paths)], token) for i in range(count // ROUNDS)]
        sample = Path(at.settings.data_dir) / "answer.json"
        ours, bare = [], []
        with served(at, workers=workers) as port:
            sample.write_bytes(_get(port, paths[0], token))
            with bare_served(READER, sample, workers=workers) as bare_port:
                for warmed in (port, bare_port):  # connections are open, and statements are planned
                    run(warmed, requests, connections=CONNECTIONS)
                for _ in range(ROUNDS):
                    ours.append(run(port, requests, connections=CONNECTIONS))
                    bare.append(run(bare_port, requests, connections=CONNECTIONS))
    return {
        "ratio": sum(load.seconds for load in bare) / sum(load.seconds for load in ours),
        "reads_per_second": mean(load.per_second for load in ours),
        "bare_per_second": mean(load.per_second for load in bare),
        "errors": sum(load.other_than(200) for load in ours),
        "p99_ms": max(load.percentile(0.99) for load in ours) * 1000,
    }


def _get(port: int, path: str, token: str) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
        return body

"""read: one huggg over HTTP ÷ a bare ASGI application answering the same bytes, in requests a second."""

from __future__ import annotations

import asyncio
import urllib.request
from pathlib import Path
from typing import Any

from bench.load import request, run
from bench.stand import bare_served, bought, buyer_token, platform, served, stand
from huggg.hugggs.huggg import Huggg

CONNECTIONS = 64


def measure(count: int = 20_000, *, workers: int = 2) -> dict[str, Any]:
    """Read `count` times, over both servers."""
    with stand() as at:

        async def prepare() -> tuple[list[Huggg], str]:
            async with platform(at) as tools:
                return await bought(at, tools, 1_000), await buyer_token(at, tools)

        hugggs, token = asyncio.run(prepare())
        paths = [f"/api/v2/hugggs/{huggg.codes.shortcode}" for huggg in hugggs]
        requests = [request("GET", paths[i % len(paths)], token) for i in range(count)]
        with served(at, workers=workers) as port:
            sample = Path(at.settings.data_dir) / "answer.json"
            sample.write_bytes(_get(port, paths[0], token))
            ours = run(port, requests, connections=CONNECTIONS)
        with bare_served(sample, workers=workers) as port:
            bare = run(port, requests, connections=CONNECTIONS)
    return {
        "ratio": ours.per_second / bare.per_second,
        "reads_per_second": ours.per_second,
        "bare_per_second": bare.per_second,
        "errors": ours.statuses.total() - ours.statuses[200],
        "p99_ms": ours.percentile(0.99) * 1000,
    }


def _get(port: int, path: str, token: str) -> bytes:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    asked.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(asked, timeout=10) as answer:
        body: bytes = answer.read()
        return body

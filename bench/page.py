"""page: gift pages ÷ reads of the same hugggs over the API, in answers a second."""

from __future__ import annotations

import asyncio
from statistics import mean
from typing import Any

from bench.load import request, run
from bench.stand import bought, buyer_token, platform, served, stand
from huggg.hugggs.huggg import Huggg

CONNECTIONS = 64
ROUNDS = 5


def measure(count: int = 20_000, *, workers: int = 2) -> dict[str, Any]:
    """Open `count` pages and read as many hugggs, in turns, of a brand with eight places."""
    with stand() as at:

        async def prepare() -> tuple[list[Huggg], str]:
            async with platform(at) as tools:
                return await bought(at, tools, 1_000), await buyer_token(at, tools)

        hugggs, token = asyncio.run(prepare())
        codes = [hugggs[i % len(hugggs)].codes.shortcode for i in range(count // ROUNDS)]
        pages = [request("GET", f"/{code}", "none") for code in codes]
        reads = [request("GET", f"/api/v2/hugggs/{code}", token) for code in codes]
        opened, read = [], []
        with served(at, workers=workers) as port:
            run(port, pages[:1000], connections=CONNECTIONS)  # each process opens its templates once
            for _ in range(ROUNDS):
                opened.append(run(port, pages, connections=CONNECTIONS))
                read.append(run(port, reads, connections=CONNECTIONS))
    return {
        "ratio": sum(load.seconds for load in read) / sum(load.seconds for load in opened),
        "pages_per_second": mean(load.per_second for load in opened),
        "reads_per_second": mean(load.per_second for load in read),
        "errors": sum(load.other_than(200) for load in (*opened, *read)),
        "p99_ms": max(load.percentile(0.99) for load in opened) * 1000,
    }

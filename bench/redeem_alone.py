"""redeem-alone: latency of one redemption at a time over HTTP ÷ pgbench's at one client."""

from __future__ import annotations

import asyncio
from statistics import mean
from typing import Any

from bench.load import run
from bench.redeem import limit, prepare, redemptions
from bench.stand import served, stand

ROUNDS = 10


def measure(count: int = 4_000) -> dict[str, Any]:
    """Redeem one after the other over one connection, and with one pgbench client.

    In turns, as a machine that others use too is now faster and now slower, by more than we are.
    """
    each = count // ROUNDS
    with stand() as at:
        hugggs, token = asyncio.run(prepare(at, 2 * count, targets=count))
        requests = redemptions(at, hugggs[count:], token)
        ours, limits = [], []
        with served(at, workers=1) as port:
            for first in range(0, count, each):
                limits.append(limit(at, 1, each, offset=first))
                ours.append(run(port, requests[first : first + each], connections=1))
    latency_ms = mean(1000 / load.per_second for load in ours)
    pgbench_ms = mean(1000 / found.per_second for found in limits)
    return {
        "ratio": latency_ms / pgbench_ms,
        "latency_ms": latency_ms,
        "pgbench_latency_ms": pgbench_ms,
        "errors": sum(load.statuses.total() - load.statuses[201] for load in ours),
        "rounds": [
            load_ms / limit_ms
            for load_ms, limit_ms in zip(
                (1000 / load.per_second for load in ours),
                (1000 / found.per_second for found in limits),
                strict=True,
            )
        ],
    }

"""redeem-alone: latency of one redemption at a time over HTTP ÷ pgbench's at one client."""

from __future__ import annotations

import asyncio
from itertools import starmap
from operator import truediv
from statistics import mean
from typing import Any

from bench.load import run
from bench.redeem import limit, prepare, redemptions
from bench.stand import served, stand

ROUNDS = 10


def measure(each: int = 400) -> dict[str, Any]:
    """Redeem one after the other over one connection, and with one pgbench client, so many a round.

    In turns, as a machine that others use too is now faster and now slower, by more than we are.
    """
    count = each * ROUNDS
    with stand() as at:
        hugggs, token = asyncio.run(prepare(at, 2 * count, targets=count))
        requests = redemptions(at, hugggs[count:], token)
        ours, limits = [], []
        with served(at, workers=1) as port:
            for first in range(0, count, each):
                limits.append(limit(at, 1, each, offset=first))
                ours.append(run(port, requests[first : first + each], connections=1))
    latencies = [1000 / load.per_second for load in ours]
    pgbench_latencies = [1000 / found.per_second for found in limits]
    rounds = sorted(starmap(truediv, zip(latencies, pgbench_latencies, strict=True)))
    return {
        "ratio": mean(latencies) / mean(pgbench_latencies),
        "latency_ms": mean(latencies),
        "pgbench_latency_ms": mean(pgbench_latencies),
        "best_round": rounds[0],
        "worst_round": rounds[-1],
        "errors": sum(load.statuses.total() - load.statuses[201] for load in ours),
    }

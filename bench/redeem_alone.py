"""redeem-alone: latency of one redemption at a time over HTTP ÷ a bare application's.

The bare application sends the same two statements over the same HTTP server, and decides nothing: its
latency is the cost of two round trips and a request without any rules. Beside both, pgbench runs the
writes alone, at one client: `pgbench_ratio` is ours to that, and `bare_pgbench_ratio` the bare
application's.
"""

from __future__ import annotations

import asyncio
from itertools import starmap
from operator import truediv
from pathlib import Path
from statistics import mean
from typing import Any
from uuid import UUID

import msgspec

from bench.bare_redeemer import REDEEMER, Known
from bench.load import Load, run
from bench.redeem import limit, path, prepare, redemptions
from bench.stand import Stand, bare_served, merchant, served, stand
from huggg.hugggs.huggg import Huggg
from huggg.keys.load import load_vault

ROUNDS = 10
LIMIT = 1.25


def measure(each: int = 400) -> dict[str, Any]:
    """Redeem one after the other in each of the three ways, so many a round.

    In turns, as a machine that others use too is now faster and now slower, by more than we are.
    """
    count = each * ROUNDS
    with stand() as at:
        hugggs, token = asyncio.run(prepare(at, 3 * count, targets=count))
        ours, bares = hugggs[count : 2 * count], hugggs[2 * count :]
        known = Path(at.settings.data_dir) / "known.json"
        known.write_bytes(msgspec.json.encode(_known(at, bares, token)))
        loads, bare_loads, limits = [], [], []
        with served(at, workers=1) as port, bare_served(REDEEMER, known, workers=1) as bare_port:
            for n in range(0, count, each):
                limits.append(1000 / limit(at, 1, each, offset=n).per_second)
                loads.append(run(port, redemptions(at, ours[n : n + each], token), connections=1))
                requests = redemptions(at, bares[n : n + each], token)
                bare_loads.append(run(bare_port, requests, connections=1))
    latencies, bare_latencies = _latencies(loads), _latencies(bare_loads)
    rounds = sorted(starmap(truediv, zip(latencies, bare_latencies, strict=True)))
    return {
        "ratio": mean(latencies) / mean(bare_latencies),
        "limit": LIMIT,
        "latency_ms": mean(latencies),
        "bare_latency_ms": mean(bare_latencies),
        "best_round": rounds[0],
        "worst_round": rounds[-1],
        "pgbench_ratio": mean(latencies) / mean(limits),
        "bare_pgbench_ratio": mean(bare_latencies) / mean(limits),
        "pgbench_latency_ms": mean(limits),
        "errors": sum(load.other_than(201) for load in loads + bare_loads),
    }


def _latencies(loads: list[Load]) -> list[float]:
    return [1000 / load.per_second for load in loads]


def _known(at: Stand, hugggs: list[Huggg], token: str) -> Known:
    """Find out all that the bare application would have to."""
    vault, till = load_vault(at.settings), merchant(at)
    return Known(
        database_url=at.postgres.url,
        token=vault.fingerprints("access", token)[0],
        location_id=till["location_ids"][0],
        brand_id=UUID(str(till["brand_id"])),
        hugggs={
            path(huggg): (huggg.id, vault.fingerprints("shortcode", huggg.codes.shortcode)[0])
            for huggg in hugggs
        },
    )

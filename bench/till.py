"""till: whole jobs, codes and then redeeming, over HTTP ÷ pgbench doing both one by one, a second.

Each huggg's codes are asked for, and it is redeemed some hundred requests later, as a clerk rings it up
meanwhile. pgbench runs our own two statements for one huggg after the other.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bench.load import request, run
from bench.pgbench import HUGGG, Limit, one_by_one, written_out
from bench.redeem import CONNECTIONS, VALUES, prepare, redemptions
from bench.stand import Stand, merchant, served, stand
from huggg.hugggs.huggg import Huggg
from huggg.redemptions.redeem import queries

RINGING_UP = 4 * CONNECTIONS
"""The number of requests between a huggg's two, so that no connection is ahead of another's."""

CODES = {
    "huggg_id": f"ARRAY({HUGGG})",
    "fingerprint": "ARRAY[NULL::bytea]",
    "brand_id": "ARRAY['{brand}'::uuid]",
    "token": "ARRAY[NULL::bytea]",
}

LONG = {"count": 200_000}


def measure(count: int = 10_000, *, workers: int = 2) -> dict[str, Any]:
    """Do so many jobs over HTTP and as many with pgbench."""
    with stand() as at:
        hugggs, token = asyncio.run(prepare(at, 2 * count, targets=count))
        half = count // 2
        before = _limit(at, half)
        with served(at, workers=workers) as port:
            load = run(port, _jobs(at, hugggs[count:], token), connections=CONNECTIONS)
        after = _limit(at, half, offset=half)
    limit = (before.per_second + after.per_second) / 2
    jobs = load.statuses[201] / load.seconds
    return {
        "ratio": jobs / limit,
        "jobs_per_second": jobs,
        "pgbench_per_second": limit,
        "pgbench_runs": [before.per_second, after.per_second],
        "errors": 2 * count - load.statuses[200] - load.statuses[201],
        "p50_ms": load.percentile(0.5) * 1000,
        "p99_ms": load.percentile(0.99) * 1000,
    }


def _jobs(at: Stand, hugggs: list[Huggg], token: str) -> list[bytes]:
    codes = [request("GET", _path(huggg), token) for huggg in hugggs]
    spent = redemptions(at, hugggs, token)
    last = len(codes) - RINGING_UP
    between = (each for pair in zip(codes[RINGING_UP:], spent, strict=False) for each in pair)
    return [*codes[:RINGING_UP], *between, *spent[last:]]


def _path(huggg: Huggg) -> str:
    return f"/api/v2/hugggs/{huggg.codes.shortcode}/product/adjustment-codes"


def _limit(at: Stand, count: int, offset: int = 0) -> Limit:
    place = merchant(at)
    known = {"brand": place["brand_id"], "location": place["location_ids"][0]}
    look, redeem = (
        written_out(statement, {name: value.format(**known) for name, value in values.items()})
        for statement, values in ((queries.adjustable, CODES), (queries.redeem, VALUES))
    )
    return one_by_one(at, f"{look}\n{redeem}", clients=CONNECTIONS, count=count, offset=offset)

"""hold: hugggs held and then confirmed over HTTP ÷ pgbench doing the same writes one by one, a second.

All hugggs are held first, and then each hold is confirmed, as the ids of the holds come with their
answers. pgbench runs our own two record statements for one huggg after the other.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from bench.load import Load, request, run
from bench.pgbench import Limit, one_by_one, written_out
from bench.redeem import CONNECTIONS, VALUES, path, prepare
from bench.stand import Stand, merchant, platform, served, stand
from huggg.holds.store import queries as of_holds
from huggg.hugggs.huggg import Huggg
from huggg.redemptions.redeem import queries

LIMIT = 0.8

HOLD_ID = "ARRAY[lpad(to_hex(:n::bigint), 32, '0')::uuid]"
"""The id of a target's hold, which both statements of pgbench derive alike."""

PLACED = {
    **VALUES,  # some of which a hold does not have
    "id": HOLD_ID,
    "reference": "ARRAY[NULL]",
    "ends_at": "ARRAY[now() + interval '120 s']",
}
CONFIRMED = {**VALUES, "hold_id": HOLD_ID}


def measure(count: int = 10_000, *, workers: int = 2) -> dict[str, Any]:
    """Hold and confirm so many hugggs over HTTP, and as many with pgbench."""
    with stand() as at:
        hugggs, token = asyncio.run(prepare(at, 2 * count, targets=count))
        half = count // 2
        before = _limit(at, half)
        with served(at, workers=workers) as port:
            answers = run(port, _holds(at, hugggs[count:], token), connections=CONNECTIONS)
            confirmations = asyncio.run(_confirmations(at, hugggs[count:], token))
            confirmed = run(port, confirmations, connections=CONNECTIONS)
        after = _limit(at, half, offset=half)
    limit = (before.per_second + after.per_second) / 2
    pairs = confirmed.statuses[201] / (answers.seconds + confirmed.seconds)
    return {
        "ratio": pairs / limit,
        "limit": LIMIT,
        "pairs_per_second": pairs,
        "pgbench_per_second": limit,
        "pgbench_runs": [before.per_second, after.per_second],
        "holds_per_second": answers.per_second,
        "confirmations_per_second": confirmed.per_second,
        "errors": sum(_errors(load) for load in (answers, confirmed)),
        "p50_ms": confirmed.percentile(0.5) * 1000,
        "p99_ms": confirmed.percentile(0.99) * 1000,
    }


def _errors(load: Load) -> int:
    return load.other_than(201)


def _holds(at: Stand, hugggs: list[Huggg], token: str) -> list[bytes]:
    body = b'{"location_id":"%s"}' % merchant(at)["location_ids"][0].encode()
    return [request("POST", _path(huggg), token, body) for huggg in hugggs]


async def _confirmations(at: Stand, hugggs: list[Huggg], token: str) -> list[bytes]:
    """Write the request that confirms the hold of each."""
    ids: dict[UUID, UUID] = {}
    async with platform(at) as tools, tools.database.transaction() as connection:
        ids = dict(await connection.fetch("SELECT huggg_id, id FROM holds"))
    return [request("POST", f"{_path(huggg)}/{ids[huggg.id]}/confirmation", token) for huggg in hugggs]


def _path(huggg: Huggg) -> str:
    return path(huggg).replace("redemptions", "holds")


def _limit(at: Stand, count: int, offset: int = 0) -> Limit:
    place = merchant(at)
    known = {"brand": place["brand_id"], "location": place["location_ids"][0]}
    placed, confirmed = (
        written_out(statement, {name: value.format(**known) for name, value in values.items()})
        for statement, values in ((of_holds.place, PLACED), (queries.redeem, CONFIRMED))
    )
    return one_by_one(at, f"{placed}\n{confirmed}", clients=CONNECTIONS, count=count, offset=offset)

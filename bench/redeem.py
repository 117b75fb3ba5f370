"""redeem: redemptions a second over HTTP ÷ pgbench doing the same writes one by one.

Both redeem untouched hugggs of the same database: real tokens, all writes, durable.
pgbench runs before and after the server, and the mean of the two is the limit. Then pgbench runs the
record with sixteen hugggs a statement, as the server does when so many calls wait: `batched_ratio` is
against that, in hugggs a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bench.load import request, run
from bench.pgbench import HUGGG, LINK, Limit, beside, one_by_one, put_targets, written_out
from bench.stand import Stand, bought, merchant, platform, served, stand, till_token
from huggg.hugggs.huggg import Huggg
from huggg.redemptions.redeem import queries

CONNECTIONS = 64

VALUES = {
    "id": "ARRAY[gen_random_uuid()]",
    "huggg_id": f"ARRAY({HUGGG})",
    "brand_id": "ARRAY['{brand}'::uuid]",
    "location_id": "ARRAY['{location}']",
    "user_id": "ARRAY[gen_random_uuid()]",
    "client_id": "ARRAY['pgbench']",
    "link": f"ARRAY({LINK})",
    "at": "ARRAY[now()]",
    "transfer_id": "ARRAY[gen_random_uuid()]",
    "hold_id": "ARRAY[NULL]",
    "sale": "ARRAY[NULL]",
    "key_caller": "ARRAY[NULL]",
    "key": "ARRAY[NULL]",
    "key_attempt": "ARRAY[NULL]",
    "key_status": "ARRAY[NULL]",
    "key_answer": "ARRAY[NULL]",
}
"""The values that pgbench binds to the names of our own record statement, which it runs unchanged."""

BATCH = 16
BATCHED_LIMIT = 0.35
EACH = f"FROM generate_series(1, {BATCH})"
OF_TARGETS = (
    "FROM bench_targets"
    " WHERE n BETWEEN {first} + {size} * :n AND {first} + {size} * :n + {size} - 1 ORDER BY n"
)
BATCHED = {
    **dict.fromkeys(VALUES, "'{{}}'"),
    **dict.fromkeys(("id", "user_id", "transfer_id"), f"ARRAY(SELECT gen_random_uuid() {EACH})"),
    "huggg_id": f"ARRAY(SELECT huggg_id {OF_TARGETS})",
    "link": f"ARRAY(SELECT codes {OF_TARGETS})",
    "brand_id": f"ARRAY(SELECT '{{brand}}'::uuid {EACH})",
    "location_id": f"ARRAY(SELECT '{{location}}'::text {EACH})",
    "client_id": f"ARRAY(SELECT 'pgbench'::text {EACH})",
    "at": f"ARRAY(SELECT now() {EACH})",
}
"""The same for so many hugggs: as in a batch of ours, an array without any value is empty."""


LONG = {"count": 1_000_000}


def measure(count: int = 20_000, *, clients: int = CONNECTIONS, workers: int = 2) -> dict[str, Any]:
    """Redeem `count` hugggs over HTTP, and as many with pgbench, one by one and in batches."""
    with stand() as at:
        hugggs, token = asyncio.run(prepare(at, 3 * count, targets=2 * count))
        half = count // 2
        before = limit(at, clients, half)
        with served(at, workers=workers) as port:
            load = run(port, redemptions(at, hugggs[2 * count :], token), connections=clients)
        after = limit(at, clients, half, offset=half)
        batched = batched_limit(at, clients, count, offset=count)
    return {
        **beside(load, before, after, what="redemptions", status=201),
        "batched_ratio": load.per_second / batched,
        "batched_limit": BATCHED_LIMIT,
        "batched_per_second": batched,
    }


async def prepare(at: Stand, count: int, *, targets: int = 0) -> tuple[list[Huggg], str]:
    """Buy hugggs and log a till in; so many of the first are put where pgbench finds them."""
    async with platform(at) as tools:
        hugggs = await bought(at, tools, count)
        await put_targets(tools, hugggs[:targets])
        return hugggs, await till_token(at, tools)


def redemptions(at: Stand, hugggs: list[Huggg], token: str) -> list[bytes]:
    """Write the request that redeems each of them."""
    body = b'{"location_id":"%s"}' % merchant(at)["location_ids"][0].encode()
    return [request("POST", path(huggg), token, body) for huggg in hugggs]


def path(huggg: Huggg) -> str:
    """Write where a huggg is redeemed."""
    return f"/api/v2/hugggs/{huggg.codes.shortcode}/redemptions"


def limit(at: Stand, clients: int, count: int, offset: int = 0) -> Limit:
    """Redeem so many of the targets with pgbench."""
    return one_by_one(at, _record(at, VALUES), clients=clients, count=count, offset=offset)


def batched_limit(at: Stand, clients: int, count: int, *, offset: int) -> float:
    """Redeem so many of the targets with pgbench, BATCH in each statement; gives hugggs a second."""
    sql = _record(at, BATCHED, first=offset)
    return BATCH * one_by_one(at, sql, clients=clients, count=count // BATCH).per_second


def _record(at: Stand, values: Mapping[str, str], *, first: int = 0) -> str:
    place = merchant(at)
    known = {"brand": place["brand_id"], "location": place["location_ids"][0], "first": first}
    return written_out(
        queries.redeem, {name: value.format(**known, size=BATCH) for name, value in values.items()}
    )

"""growth: latency of a redemption and of a list page with many hugggs ÷ with few, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import mean
from typing import Any

import asyncpg

from bench.load import request, run
from bench.stand import Stand, bought, buyer_token, merchant, platform, served, stand, till_token
from huggg.transactions.order import QUANTITY_MAX

SIZES = (10_000, 1_000_000)
CHUNK = 500_000
ROUNDS = 10
SAMPLE = 300  # redemptions a round
PAGES = 50

LONG = {"sizes": (10_000, 1_000_000, 10_000_000)}

FILL = """
-- As purchases make them: ids sort by time, fingerprints are random, and each sender bought a few.
WITH filler AS (
    INSERT INTO hugggs (id, transaction_id, position, sender_id, product_id, commitment_id, value, codes,
                        theme_id, expiry_date, expires_at, created_at, updated_at, sent_at)
    SELECT uuidv7(), h.transaction_id, {start} + n, gen_random_uuid(), h.product_id,
           h.commitment_id, h.value, h.codes, h.theme_id, h.expiry_date, h.expires_at, h.created_at,
           h.updated_at, h.sent_at
      FROM (SELECT * FROM hugggs LIMIT 1) AS h, generate_series(1, {count}) AS n
    RETURNING id, commitment_id, value
), findable AS (
    INSERT INTO shortcodes (fingerprint, huggg_id, redeem_fingerprint)
    SELECT decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), id,
           decode(replace(gen_random_uuid()::text, '-', ''), 'hex') FROM filler
)
INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
SELECT uuidv7(), id, gen_random_uuid(), commitment_id, value, 'commit', now() FROM filler
"""


def measure(sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """Measure the same two requests, one at a time, at databases of these sizes, in turns.

    In turns, as a machine that others use too is now faster and now slower, by more than we look for.
    """
    redeemed: list[list[float]] = [[] for _ in sizes]
    listed: list[list[float]] = [[] for _ in sizes]
    with ExitStack() as stack:
        grown = [_grown(stack, size) for size in sizes]
        for n in range(ROUNDS):
            for place, (port, redeem, page) in enumerate(grown):
                redeemed[place].append(run(port, redeem[n::ROUNDS], connections=1).percentile(0.5))
                listed[place].append(run(port, [page] * PAGES, connections=1).percentile(0.5))
    redeem_ms = [mean(times) * 1000 for times in redeemed]
    list_ms = [mean(times) * 1000 for times in listed]
    return {
        "ratio": max(redeem_ms[-1] / redeem_ms[0], list_ms[-1] / list_ms[0]),
        "redeem_ms": redeem_ms,
        "list_ms": list_ms,
        "hugggs": list(sizes),
    }


def _grown(stack: ExitStack, size: int) -> tuple[int, list[bytes], bytes]:
    """Fill a database and serve it; gives the port, redemptions to ask for, and a page to list."""
    at = stack.enter_context(stand())

    async def fill() -> tuple[list[str], str, str]:
        async with platform(at) as tools:
            hugggs = await bought(at, tools, ROUNDS * SAMPLE)
            async with tools.database.transaction() as connection:
                for start in range(0, size, CHUNK):
                    count = min(CHUNK, size - start)
                    await connection.execute(FILL.format(start=QUANTITY_MAX + start, count=count))
            return (
                [huggg.codes.shortcode for huggg in hugggs],
                await till_token(at, tools),
                await buyer_token(at, tools),
            )

    shortcodes, till, buyer = asyncio.run(fill())
    asyncio.run(_settle(at))
    body = b'{"location_id":"%s"}' % merchant(at)["location_ids"][0].encode()
    redeem = [request("POST", f"/api/v2/hugggs/{code}/redemptions", till, body) for code in shortcodes]
    page = request("GET", "/api/v2/hugggs/sent?embed[]=message&embed[]=purchase", buyer)
    port = stack.enter_context(served(at, workers=1))
    run(port, [page] * PAGES, connections=1)
    return port, redeem, page


async def _settle(at: Stand) -> None:
    """Let the database tidy up after the load, as it would have while growing slowly."""
    connection = await asyncpg.connect(at.postgres.superuser_url)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()

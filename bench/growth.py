"""growth: latency of a redemption and of a list page with many hugggs ÷ with few."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from bench.load import request, run
from bench.stand import Stand, bought, buyer_token, merchant, platform, served, stand, till_token
from huggg.transactions.transaction import QUANTITY_MAX

FEW, MANY = 10_000, 1_000_000
CHUNK = 500_000
SAMPLE = 1_000
ROUNDS = 3
"""Of each; the quickest counts, as what else a machine does can only add."""

LONG = {"many": 10_000_000}

FILL = """
-- As purchases make them: ids sort by time, fingerprints are random, and everybody bought a few.
WITH filler AS (
    INSERT INTO hugggs (id, transaction_id, position, sender_id, product_id, commitment_id, value, codes,
                        theme_id, expiry_date, expires_at, created_at, updated_at, sent_at)
    SELECT uuidv7(), h.transaction_id, {start} + n, gen_random_uuid(), h.product_id,
           h.commitment_id, h.value, h.codes, h.theme_id, h.expiry_date, h.expires_at, h.created_at,
           h.updated_at, h.sent_at
      FROM (SELECT * FROM hugggs LIMIT 1) AS h, generate_series(1, {count}) AS n
    RETURNING id, commitment_id, value
), findable AS (
    INSERT INTO shortcodes (fingerprint, huggg_id)
    SELECT decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), id FROM filler
)
INSERT INTO transfers (id, huggg_id, debit_account, credit_account, amount, kind, created_at)
SELECT uuidv7(), id, gen_random_uuid(), commitment_id, value, 'commit', now() FROM filler
"""


def measure(few: int = FEW, many: int = MANY) -> dict[str, Any]:
    """Measure the same two requests, one at a time, at both sizes of one database."""
    with stand() as at:
        at_few = _measure_at(at, few)
        at_many = _measure_at(at, many - few)
    return {
        "ratio": max(at_many[key] / at_few[key] for key in at_few),
        "redeem_ms": [at_few["redeem"], at_many["redeem"]],
        "list_ms": [at_few["list"], at_many["list"]],
        "hugggs": [few, many],
    }


def _measure_at(at: Stand, more: int) -> dict[str, float]:
    async def prepare() -> tuple[list[str], str, str]:
        async with platform(at) as tools:
            hugggs = await bought(at, tools, ROUNDS * SAMPLE)
            async with tools.database.transaction() as connection:
                for start in range(0, more, CHUNK):
                    count = min(CHUNK, more - start)
                    await connection.execute(FILL.format(start=QUANTITY_MAX + start, count=count))
            return (
                [huggg.codes.shortcode for huggg in hugggs],
                await till_token(at, tools),
                await buyer_token(at, tools),
            )

    shortcodes, till, buyer = asyncio.run(prepare())
    asyncio.run(_settle(at))
    body = b'{"location_id":"%s"}' % merchant(at)["location_ids"][0].encode()
    redeem = [request("POST", f"/api/v2/hugggs/{code}/redemptions", till, body) for code in shortcodes]
    page = request("GET", "/api/v2/hugggs/sent?embed[]=message&embed[]=purchase", buyer)
    with served(at, workers=1) as port:
        run(port, [page] * 50, connections=1)
        rounds = [
            (run(port, redeem[n::ROUNDS], connections=1), run(port, [page] * 200, connections=1))
            for n in range(ROUNDS)
        ]
    return {
        "redeem": min(redeemed.percentile(0.5) for redeemed, _ in rounds) * 1000,
        "list": min(listed.percentile(0.5) for _, listed in rounds) * 1000,
    }


async def _settle(at: Stand) -> None:
    """Let the database tidy up after the load, as it would have while growing slowly."""
    connection = await asyncpg.connect(at.settings.database_url)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()

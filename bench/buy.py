"""buy: hugggs bought in one call over HTTP ÷ COPY of the same rows, in time.

Others redeem before and meanwhile, in the same process and at a pace that it can easily keep up with.
The bench also tells by how much the slowest of them wait longer, and the most memory that the process
held.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg
import msgspec

from bench.beside import ENOUGH, beside
from bench.load import request, run
from bench.redeem import redemptions
from bench.stand import (
    Stand,
    bought,
    buyer_token,
    merchant,
    peak_bytes,
    platform,
    serving,
    stand,
    till_token,
)
from huggg.wallets.top_up import top_up

TABLES = ("hugggs", "shortcodes", "transfers")


def measure(count: int = 100_000) -> dict[str, Any]:
    """Buy `count` hugggs in one call; then COPY the rows it made into empty copies of the tables."""
    with stand() as at:
        token, others = asyncio.run(_prepare(at, count))
        with serving(at, workers=1) as (port, pid):
            order = [_order(at, count, token)]
            result = beside(port, others, lambda: run(port, order, connections=1))
            peak = peak_bytes(pid)
        bulk = result.work
        copied = asyncio.run(_copy(at, count))
    return {
        "ratio": bulk.seconds / copied,
        "seconds": bulk.seconds,
        "copy_seconds": copied,
        "hugggs": count,
        "errors": result.errors() + bulk.other_than(201),
        "peak_mb": peak / 1e6,
        "peak_mb_limit": 400,
        **result.figures(),
    }


async def _prepare(at: Stand, count: int) -> tuple[str, list[bytes]]:
    async with platform(at) as tools:
        price = merchant(at)["products"][0]["sale_price"]
        wallet = at.world["buyer"]["wallet_id"]
        others = redemptions(at, await bought(at, tools, ENOUGH), await till_token(at, tools))
        await top_up(tools.database, wallet_id=wallet, amount=count * price)
        return await buyer_token(at, tools), others


def _order(at: Stand, count: int, token: str) -> bytes:
    order = {
        "payment": {"method": "walletCommitment", "reference": at.world["buyer"]["wallet_id"]},
        "purchase": {
            "type": "huggg",
            "reference": merchant(at)["products"][0]["id"],
            "quantity": count,
        },
    }
    return request("POST", "/api/v2/transactions", token, msgspec.json.encode(order))


async def _copy(at: Stand, count: int) -> float:
    """Load the same rows into tables with the same indexes, by COPY, each in one transaction."""
    connection = await asyncpg.connect(at.settings.database_url)
    spent = 0.0
    for table in TABLES:
        last = f"SELECT * FROM {table} ORDER BY ctid DESC LIMIT {count}"  # noqa: S608
        rows = [tuple(row) for row in await connection.fetch(last)]
        await connection.execute(f"CREATE TABLE copy_{table} (LIKE {table} INCLUDING ALL)")
        started = time.perf_counter()
        await connection.copy_records_to_table(f"copy_{table}", records=rows)
        spent += time.perf_counter() - started
    await connection.close()
    return spent

"""buy: hugggs bought in one call over HTTP ÷ COPY of the same rows, in time."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg
import msgspec

from bench.load import request, run
from bench.stand import Stand, buyer_token, merchant, platform, served, stand
from huggg.wallets.top_up import top_up

TABLES = ("hugggs", "shortcodes", "transfers")


def measure(count: int = 100_000) -> dict[str, Any]:
    """Buy `count` hugggs in one call; then COPY the rows it made into empty copies of the tables."""
    with stand() as at:
        token = asyncio.run(_prepare(at, count))
        with served(at, workers=1) as port:
            load = run(port, [_order(at, count, token)], connections=1)
        copied = asyncio.run(_copy(at))
    return {
        "ratio": load.seconds / copied,
        "seconds": load.seconds,
        "copy_seconds": copied,
        "hugggs": count,
        "errors": load.statuses.total() - load.statuses[201],
    }


async def _prepare(at: Stand, count: int) -> str:
    async with platform(at) as tools:
        price = merchant(at)["products"][0]["sale_price"]
        wallet = at.world["buyer"]["wallet_id"]
        await top_up(tools.database, wallet_id=wallet, amount=count * price)
        return await buyer_token(at, tools)


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


async def _copy(at: Stand) -> float:
    """Load the same rows into tables with the same indexes, by COPY, each in one transaction."""
    connection = await asyncpg.connect(at.settings.database_url)
    spent = 0.0
    for table in TABLES:
        rows = [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")]  # noqa: S608
        await connection.execute(f"CREATE TABLE copy_{table} (LIKE {table} INCLUDING ALL)")
        started = time.perf_counter()
        await connection.copy_records_to_table(f"copy_{table}", records=rows)
        spent += time.perf_counter() - started
    await connection.close()
    return spent

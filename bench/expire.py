"""expire: hugggs that end at one midnight ÷ the bare UPDATE and INSERT of the same rows, a second.

The bare statements are one for each table, on copies with the same indexes. A second lot ends while
others redeem at a pace that the server can easily keep up with. The bench also tells by how much
the slowest of them wait longer.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg

from bench.beside import ENOUGH, beside
from bench.redeem import redemptions
from bench.stand import Stand, bought, platform, served, stand, till_token
from huggg.transactions.ends.expire import expire_due

LONG = {"count": 1_000_000}

END = """
UPDATE hugggs
   SET sent_at = sent_at - interval '3 days', expiry_date = current_date - 1, expires_at = current_date
 WHERE redemption_id IS NULL AND id = ANY($1)
"""

BARE = (
    "CREATE TABLE bare_hugggs (LIKE hugggs INCLUDING ALL)",
    "CREATE TABLE bare_transfers (LIKE transfers INCLUDING ALL)",
    "CREATE TABLE bare_events (LIKE events INCLUDING ALL)",
    "INSERT INTO bare_hugggs SELECT * FROM hugggs WHERE expired_at IS NOT NULL",
    "UPDATE bare_hugggs SET expired_at = NULL, returns_at = NULL, returned_at = NULL",
    "VACUUM ANALYZE bare_hugggs",
)
MEASURED = (
    """UPDATE bare_hugggs
          SET expired_at = now(), returns_at = now(), returned_at = now(), updated_at = now()""",
    "INSERT INTO bare_transfers SELECT * FROM transfers WHERE kind = 'void'",
    "INSERT INTO bare_events OVERRIDING SYSTEM VALUE SELECT * FROM events WHERE kind = 'huggg.expired'",
)


def measure(count: int = 100_000) -> dict[str, Any]:
    """Let `count` hugggs expire alone, and as many again while others redeem."""
    with stand() as at:
        others = asyncio.run(_prepare(at, count))
        alone = asyncio.run(_expire(at))
        bare = asyncio.run(_bare(at))
        asyncio.run(_prepare_ends(at, count))
        with served(at, workers=1) as port:
            result = beside(port, others, lambda: asyncio.run(_expire(at)))
    return {
        "ratio": bare / alone,
        "limit": 0.5,
        "per_second": count / alone,
        "seconds": alone,
        "bare_seconds": bare,
        "hugggs": count,
        "errors": result.errors(),
        **result.figures(),
    }


async def _prepare(at: Stand, count: int) -> list[bytes]:
    async with platform(at) as tools:
        others = redemptions(at, await bought(at, tools, 2 * ENOUGH), await till_token(at, tools))
    await _prepare_ends(at, count)
    return others


async def _prepare_ends(at: Stand, count: int) -> None:
    """Buy hugggs whose last day was yesterday, and leave tables and WAL as a running server would.

    Autovacuum has been there, and a checkpoint, which keeps old WAL files for the next writes.
    """
    async with platform(at) as tools:
        hugggs = await bought(at, tools, count)
    connection = await asyncpg.connect(at.settings.database_url)
    await connection.execute(END, [huggg.id for huggg in hugggs])
    await connection.execute("VACUUM ANALYZE hugggs")
    await connection.close()
    superuser = await asyncpg.connect(at.postgres.superuser_url)
    await superuser.execute("CHECKPOINT")
    await superuser.close()


async def _expire(at: Stand) -> float:
    async with platform(at) as tools:
        started = time.perf_counter()
        await expire_due(tools.database)
        return time.perf_counter() - started


async def _bare(at: Stand) -> float:
    connection = await asyncpg.connect(at.settings.database_url)
    for statement in BARE:
        await connection.execute(statement)
    started = time.perf_counter()
    for statement in MEASURED:
        await connection.execute(statement)
    spent = time.perf_counter() - started
    await connection.close()
    return spent

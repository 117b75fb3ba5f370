"""list: a page of 20 hugggs with all embeds over HTTP ÷ the sum of its bare statements, in time."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from unittest.mock import patch

import asyncpg

from bench.load import request, run
from bench.stand import Stand, bought, buyer_token, platform, served, stand
from huggg.database import pool
from huggg.database.pool import connect
from huggg.database.queries import Statement
from huggg.hugggs.listing import EMBEDS
from huggg.hugggs.store import count_sent, hugggs_sent
from huggg.identity.authenticate import authenticate
from huggg.kit.pagination import PageAsked

Sent = list[tuple[Statement, list[Any]]]


def measure(times: int = 300) -> dict[str, Any]:
    """Read the first page over one connection; then run just its statements, one after the other."""
    with stand() as at:

        async def prepare() -> str:
            async with platform(at) as tools:
                await bought(at, tools, 100)
                return await buyer_token(at, tools)

        token = asyncio.run(prepare())
        path = "/api/v2/hugggs/sent?" + "&".join(f"embed[]={name}" for name in EMBEDS.relations)
        with served(at, workers=1) as port:
            run(port, [request("GET", path, token)] * 20, connections=1)
            ours = run(port, [request("GET", path, token)] * times, connections=1)
        statements, seconds = asyncio.run(_bare(at, token, times))
    return {
        "ratio": ours.percentile(0.5) / seconds,
        "page_ms": ours.percentile(0.5) * 1000,
        "statements_ms": seconds * 1000,
        "statements": statements,
        "errors": ours.statuses.total() - ours.statuses[200],
    }


async def _bare(at: Stand, token: str, times: int) -> tuple[int, float]:
    sent = await _statements(at, token)
    connection = await asyncpg.connect(at.settings.database_url)
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        for statement, values in sent:
            await connection.fetch(statement.sql, *values)
        spent.append(time.perf_counter() - started)
    await connection.close()
    return len(sent), sorted(spent)[len(spent) // 2]


async def _statements(at: Stand, token: str) -> Sent:
    """Read a page as the route does, and write down what it asks the database."""
    sent: Sent = []
    really = pool._run  # noqa: SLF001 - every statement passes here

    async def noted(connection: Any, statement: Statement, values: list[Any], seconds: float) -> Any:
        sent.append((statement, values))
        return await really(connection, statement, values, seconds)

    async with platform(at) as tools:
        database = await connect(at.settings.database_url or "")
        with patch.object(pool, "_run", noted):
            caller = await authenticate(database, tools.vault, f"Bearer {token}")
            user_id = caller.required_user()
            seen = await hugggs_sent(database, tools.vault, user_id, PageAsked(1, 20))
            await count_sent(database, user_id)
            await tools.embedding.embed(
                database, "hugggs", seen.hugggs, asked=EMBEDS.relations, supported=EMBEDS.relations
            )
        await database.close()
    return sent

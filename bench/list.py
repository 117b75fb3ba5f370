"""list: a page of 20 hugggs with all embeds over HTTP ÷ the sum of its bare statements, in time."""

from __future__ import annotations

import asyncio
import time
from statistics import mean, median
from typing import Any
from unittest.mock import patch

import asyncpg

from bench.load import request, run
from bench.stand import Stand, bought, buyer_token, platform, served, stand
from huggg.database import pool
from huggg.database.queries import Statement
from huggg.database.sessions import connect
from huggg.http.pagination import PageRequest
from huggg.hugggs.listing import EMBEDS
from huggg.hugggs.store import count_sent, hugggs_sent
from huggg.identity.authenticate import authenticate
from huggg.server.wiring import build_embedding

Sent = list[tuple[Statement, list[Any]]]


ROUNDS = 10

WARM = 10
"""After so many runs PostgreSQL has settled on its plans."""


def measure(times: int = 30) -> dict[str, Any]:
    """Read the first page over one connection, then just its statements, so many times a round.

    In turns, as a machine that others use too is now faster and now slower, by more than we look for.
    """
    with stand() as at:

        async def prepare() -> str:
            async with platform(at) as tools:
                await bought(at, tools, 100)
                return await buyer_token(at, tools)

        token = asyncio.run(prepare())
        path = "/api/v2/hugggs/sent?" + "&".join(f"embed[]={name}" for name in EMBEDS.relations)
        pages = [request("GET", path, token)] * times
        sent = asyncio.run(_statements(at, token))
        ours, bare = [], []
        with served(at, workers=1) as port:
            run(port, pages, connections=1)
            for _ in range(ROUNDS):
                ours.append(run(port, pages, connections=1))
                bare.append(asyncio.run(_bare(at, sent, times)))
    page, statements = mean(load.percentile(0.5) for load in ours), mean(bare)
    return {
        "ratio": page / statements,
        "page_ms": page * 1000,
        "statements_ms": statements * 1000,
        "statements": len(sent),
        "errors": sum(load.other_than(200) for load in ours),
    }


async def _bare(at: Stand, sent: Sent, times: int) -> float:
    """Run them so many times, and give the median, once the connection knows them all."""
    connection = await asyncpg.connect(at.settings.database_url)
    spent = []
    for _ in range(WARM + times):
        started = time.perf_counter()
        for statement, values in sent:
            await connection.fetch(statement.sql, *values)
        spent.append(time.perf_counter() - started)
    await connection.close()
    return median(spent[WARM:])


async def _statements(at: Stand, token: str) -> Sent:
    """Read a page as the route does, and write its queries down."""
    sent: Sent = []
    really = pool._run  # noqa: SLF001 - every statement passes here

    async def record_run(connection: Any, statement: Statement, values: list[Any]) -> Any:
        sent.append((statement, values))
        return await really(connection, statement, values)

    async with platform(at) as tools:
        database = await connect(at.settings.database_url or "")
        with patch.object(pool, "_run", record_run):
            caller = await authenticate(database, tools.vault, f"Bearer {token}")
            user_id = caller.required_user()
            total = await count_sent(database, user_id)
            page = await hugggs_sent(database, tools.vault, user_id, PageRequest(1, 20), total=total)
            embedding = build_embedding(tools.vault, at.settings.launch_url)
            await embedding.embed(database, "hugggs", page.hugggs, relations=EMBEDS.relations)
        await database.close()
    return sent

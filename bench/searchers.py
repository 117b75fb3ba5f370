"""searchers: tills' slowest per cent in peace ÷ the same beside 16 searchers of a million hugggs.

The searchers ask for each kind of search in turn, and again at once when one is answered or refused. No
till may be refused. All share the machine, so the ratio tells also who got a core.
"""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from bench.load import request
from bench.redeem import redemptions
from bench.sender import add_purchases, search_of, searches
from bench.siege import PACE, besieged, codes, flood, refused, tills
from bench.stand import Stand, bought, buyer_token, platform, served, stand, till_token
from huggg.hugggs.huggg import Huggg, new_codes
from huggg.hugggs.store import sealed_for
from huggg.kit.platform import Platform

SEARCHERS = 16
LIMIT = 1 / 3


def measure(purchases: int = 200_000, *, seconds: float = 10.0) -> dict[str, Any]:
    """Measure the tills in peace, beside the searchers, and in peace again."""
    pairs = int(PACE * 4 * seconds) // 2 + 1
    with stand() as at:
        hugggs, till, buyer = asyncio.run(_prepare(at, purchases, 2 * pairs))
        code_reads = codes(hugggs[:pairs], till)  # of others, as a redeemed one has no codes
        calls = chain.from_iterable(zip(code_reads, redemptions(at, hugggs[pairs:], till), strict=True))
        bodies = [
            msgspec.json.encode({"query": {"bool": {"must": must}}}) for must in searches().values()
        ]
        search_requests = tuple(request("POST", "/api/v2/search", buyer, body) for body in bodies)
        with served(at, workers=1) as port:
            tills(port, calls, seconds)  # the first calls find everything cold
            before = tills(port, calls, seconds)
            beside = besieged(port, partial(flood, search_requests, SEARCHERS), calls, seconds)
            after = tills(port, calls, seconds)
    calm, busy = max(before.percentile(0.99), after.percentile(0.99)), beside.percentile(0.99)
    return {
        "ratio": calm / busy,
        "limit": LIMIT,
        "calls": beside.statuses.total(),
        "refused": refused(beside),
        "calm_p99_ms": calm * 1000,
        "p99_ms": busy * 1000,
        "hugggs": purchases * 5,
    }


async def _prepare(at: Stand, purchases: int, count: int) -> tuple[list[Huggg], str, str]:
    async with platform(at) as tools:
        hugggs = await bought(at, tools, count)
        sender_id = UUID(str(at.world["buyer"]["user_id"]))
        await add_purchases(tools, purchases, sender_id=sender_id)
        for must in searches().values():
            await _give_codes(tools, await search_of(tools, must, sender_id=sender_id)())
        return hugggs, await till_token(at, tools), await buyer_token(at, tools)


async def _give_codes(tools: Platform, rows: list[Record]) -> None:
    """Give the hugggs of a page codes that open, as the answer to a search shows them."""
    sealed = [
        (row["id"], tools.vault.seal(codes.packed(), bound_to=sealed_for(row["id"])))
        for row, codes in zip(rows, new_codes(len(rows)), strict=True)
    ]
    async with tools.database.transaction() as connection:
        await connection.executemany("UPDATE hugggs SET codes = $2 WHERE id = $1", sealed)

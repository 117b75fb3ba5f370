"""sender: latency of a sender's first pages with a million hugggs ÷ with fifty thousand, side by side.

Of the statements alone, without HTTP. `slowest_search` is that of the searches at a million ÷ 50 ms.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from bench.stand import platform, stand
from huggg.database.pool import Database
from huggg.http.pagination import NEWEST_FIRST, PageRequest, window_of
from huggg.hugggs.conditions import Words
from huggg.hugggs.query import read_search
from huggg.hugggs.search import choose_way
from huggg.hugggs.store import count_received, count_sent, queries
from huggg.hugggs.ways import SearchStatements
from huggg.hugggs.word_fingerprints import searched_fingerprints
from huggg.kit.platform import Platform
from huggg.transactions.store import count_transactions, transactions_of

SIZES = (10_000, 200_000)
"""Purchases of five hugggs each, over 400 days."""

ROUNDS = 10
WANTED_MS = 50.0
SENDER = UUID(int=1)

Read = Callable[[], Awaitable[object]]

PURCHASES = """
INSERT INTO transactions (id, sender_id, account_id, product_id, quantity, retail, status, message,
                          theme_id, created_at, updated_at, word_fingerprints, word_key)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || lpad(to_hex(n), 19, '0'))::uuid, $2, $2,
       (SELECT id FROM products ORDER BY id LIMIT 1), 5, 1750,
       'successful',
       CASE WHEN n % 2000 = 7 THEN 'Rare' ELSE 'Common' END, 'default', at, at,
       CASE WHEN n % 2000 = 7 THEN $3::bigint[] ELSE $4::bigint[] END, 1
  FROM generate_series(0, $1::int - 1) AS n
 CROSS JOIN LATERAL (SELECT now() - interval '400 days' + n * interval '400 days' / $1) AS moment (at)
"""

HUGGGS = """
-- Three in five are redeemed within a month, one in a thousand is cancelled, some others are over.
INSERT INTO hugggs (id, transaction_id, position, sender_id, receiver_id, product_id, commitment_id,
                    value, codes, theme_id, expiry_date, expires_at, created_at, updated_at, sent_at,
                    redemption_id, cancelled_at, expired_at)
SELECT (left(replace(t.id::text, '-', ''), 12) || '7' || lpad(to_hex(p), 3, '0')
        || right(replace(t.id::text, '-', ''), 16))::uuid,
       t.id, p, t.sender_id, t.sender_id, t.product_id, t.account_id, 350,
       decode(repeat('00', 53), 'hex'), 'default',
       (t.created_at + interval '365 days')::date, t.created_at + interval '365 days', t.created_at,
       least(now(), t.created_at + CASE WHEN fate < 601 THEN fate % 30 ELSE 0 END * interval '1 day'),
       t.created_at, CASE WHEN fate < 600 THEN gen_random_uuid() END,
       CASE WHEN fate = 600 THEN t.created_at END,
       CASE WHEN fate > 600 AND t.created_at + interval '365 days' <= now() THEN now() END
  FROM transactions t
 CROSS JOIN generate_series(1, 5) AS p
 CROSS JOIN LATERAL (SELECT abs(hashtext(t.id::text || p)) % 1000) AS fates (fate)
 WHERE t.sender_id = $1
 ORDER BY t.id, p
"""


def measure() -> dict[str, Any]:
    """Measure pages of lists and searches, one at a time, at both sizes in turns."""
    with ExitStack() as stack:
        return asyncio.run(_measure([stack.enter_context(stand()) for _ in SIZES]))


async def _measure(stands: list[Any]) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        tools = [await stack.enter_async_context(platform(at)) for at in stands]
        reads = [await _reads(each, size) for each, size in zip(tools, SIZES, strict=True)]
        ms: list[dict[str, float]] = [{} for _ in SIZES]
        for _ in range(ROUNDS):
            for took, calls in zip(ms, reads, strict=True):
                for name, read in calls.items():
                    took[name] = min(took.get(name, 1e9), await _ms(read))
    few, many = ms
    firsts = {name: many[name] / few[name] for name in many if name.startswith("first")}
    return {
        "ratio": max(firsts.values()),
        "slowest_search": max(many[name] for name in many if name.startswith("search")) / WANTED_MS,
        "ms": {name: [few[name], many[name]] for name in many},
        "hugggs": [size * 5 for size in SIZES],
    }


async def _ms(read: Read) -> float:
    began = time.perf_counter()
    await read()
    return (time.perf_counter() - began) * 1000


async def add_purchases(tools: Platform, size: int, *, sender_id: UUID) -> None:
    """Add so many purchases of five hugggs for a sender."""
    rare, common = (
        searched_fingerprints(tools.vault, [word], sender_id=sender_id)[0] for word in ("rare", "common")
    )
    async with tools.database.transaction() as connection:
        await connection.execute(PURCHASES, size, sender_id, rare, common)
        await connection.execute(HUGGGS, sender_id)
    async with tools.database.transaction() as connection:
        await connection.execute("ANALYZE hugggs, transactions")


async def _reads(tools: Platform, size: int) -> dict[str, Read]:
    await add_purchases(tools, size, sender_id=SENDER)
    database = tools.database
    return {
        "first page sent": lambda: _sent(database, 1),
        "first page received": lambda: _received(database, 1),
        "first page of transactions": lambda: _transactions(database, 1),
        "middle page sent": lambda: _sent(database, size * 5 // 40),
        "middle page of transactions": lambda: _transactions(database, size // 40),
        **{
            f"search {name}": search_of(tools, must, sender_id=SENDER)
            for name, must in searches().items()
        },
        **{
            f"in another order: {name}": search_of(tools, must, sender_id=SENDER, sort=sort)
            for name, (must, sort) in searches_in_another_order().items()
        },
    }


def searches() -> dict[str, Any]:
    """Give the conditions of each kind of search."""
    month = str((datetime.now(UTC) - timedelta(days=370)).date())
    year = str((datetime.now(UTC) - timedelta(days=200)).date())
    redeemed = {"term": {"status": "redeemed"}}
    return {
        "redeemed, of the first month": [{"range": {"created_at": {"lt": month}}}, redeemed],
        "redeemed, of the first half": [{"range": {"created_at": {"lt": year}}}, redeemed],
        "expired": [{"term": {"status": "expired"}}],
        "cancelled": [{"term": {"status": "cancelled"}}],
        "rare word": [{"match": {"message": "rare"}}],
        "common word": [{"match": {"message": "common"}}],
    }


def searches_in_another_order() -> dict[str, tuple[Any, str]]:
    """Give conditions that many hugggs meet, and the field by which all of these are sorted."""
    year = str((datetime.now(UTC) - timedelta(days=200)).date())
    sent = {"term": {"status": "sent"}}
    return {
        "expired, by the last day": ([{"term": {"status": "expired"}}], "expiry_date"),
        "redeemed, by the purchase": ([{"term": {"status": "redeemed"}}], "created_at"),
        "sent, changed in the first half, by the last day": (
            [{"range": {"updated_at": {"lt": year}}}, sent],
            "expiry_date",
        ),
    }


async def _sent(database: Database, number: int) -> None:
    total, page = await count_sent(database, SENDER), PageRequest(number, 20)
    before = NEWEST_FIRST[0]
    await database.rows(queries.sent, sender_id=SENDER, before=before, **window_of(page, total))


async def _received(database: Database, number: int) -> None:
    total, page = await count_received(database, SENDER), PageRequest(number, 20)
    before = NEWEST_FIRST[0]
    await database.rows(queries.received, receiver_id=SENDER, before=before, **window_of(page, total))


async def _transactions(database: Database, number: int) -> None:
    total = await count_transactions(database, SENDER)
    await transactions_of(database, SENDER, PageRequest(number, 20), total=total)


def search_of(
    tools: Platform, must: Any, *, sender_id: UUID, sort: str = "updated_at"
) -> Callable[[], Awaitable[list[Record]]]:
    """Prepare a sender's search for the first page of these conditions, the latest first."""
    search = {"query": {"bool": {"must": must}}, "sort": [{sort: {"order": "desc"}}]}
    criteria = read_search(msgspec.json.encode(search))
    words = Words(tools.vault, sender_id, older=False)
    statements = SearchStatements(criteria, words, sender_id=sender_id)

    async def read() -> list[Record]:
        statement, values = statements.page(await choose_way(tools.database, statements))
        return await tools.database.rows(statement, **values)

    return read

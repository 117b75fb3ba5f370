"""events: PostgreSQL's work for a redemption without positions of events ÷ with them.

One connection runs the record statement in blocks, a few hundred of each variant in turns: without the
column's default and its index, with both, and, as the alternative, with a row beside the event in a
table of its own. Work is the time on the processor of the backend, which a busy machine falsifies less
than any clock, and bytes of WAL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import asyncpg
from asyncpg import Record

from bench.stand import Stand, bought, merchant, platform, stand
from huggg.database.queries import Statement
from huggg.database.sessions import LANE_SESSION
from huggg.redemptions.redeem import queries

ROUNDS = 16
BLOCK = 128
BATCHES = (1, 32)
WARM_UP = 2

POSITION = "pg_current_xact_id()::text::bigint + event_base()"
INDEX = """
CREATE INDEX IF NOT EXISTS events_in_commit_order ON events (position, id) WHERE position IS NOT NULL
"""
WITHOUT = """
ALTER TABLE events ALTER COLUMN position DROP DEFAULT;
DROP INDEX IF EXISTS events_in_commit_order
"""
WITH = f"ALTER TABLE events ALTER COLUMN position SET DEFAULT {POSITION}; {INDEX}"
BESIDE = """
CREATE TABLE IF NOT EXISTS bench_outbox (
    subject_id uuid NOT NULL, event_id bigint NOT NULL, PRIMARY KEY (subject_id, event_id)
)
"""
OUTBOX = """
    RETURNING subject_id, id
), beside AS (
    INSERT INTO bench_outbox (subject_id, event_id) SELECT subject_id, id FROM new_events
), kept_answers AS (
"""
VARIANTS = {"without": WITHOUT, "position": WITH, "outbox": f"{WITHOUT};{BESIDE}"}

LONG = {"rounds": 5 * ROUNDS}


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """Redeem a block of hugggs in each variant, `rounds` times, for each size of a batch."""
    with stand() as at:
        return asyncio.run(measured(at, rounds))


async def measured(at: Stand, rounds: int) -> dict[str, Any]:
    """Give the medians of all blocks: microseconds of work and bytes of WAL for a redemption."""
    size = (BLOCK + WARM_UP * max(BATCHES)) * len(VARIANTS) * len(BATCHES) * rounds
    async with platform(at) as tools:
        ids = [huggg.id for huggg in await bought(at, tools, size)]
    connection = await asyncpg.connect(at.postgres.url, server_settings=LANE_SESSION)
    hugggs = iter(await connection.fetch("SELECT id, codes FROM hugggs WHERE id = ANY($1)", ids))
    await connection.execute("ANALYZE")
    figures: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for batch in BATCHES:
            for variant, change in VARIANTS.items():
                await connection.execute(change)
                block = await one_block(connection, at, variant, hugggs, batch)
                figures.setdefault(f"{variant}_{batch}", []).append(block)
    await connection.close()
    work = {name: median(block[0] for block in blocks) for name, blocks in figures.items()}
    return {
        "ratio": work["without_32"] / work["position_32"],
        "outbox_ratio": work["without_32"] / work["outbox_32"],
        "microseconds": work,
        "wal_bytes": {name: median(block[1] for block in blocks) for name, blocks in figures.items()},
    }


async def one_block(
    connection: asyncpg.Connection, at: Stand, variant: str, hugggs: Iterator[Record], batch: int
) -> tuple[float, float]:
    """Redeem a block, and give the cost of each of its redemptions."""
    prepared = await connection.prepare(statement_of(variant, queries.redeem))
    place, now = merchant(at), await connection.fetchval("SELECT now()")

    async def redeem(times: int) -> None:
        for _ in range(times):
            await prepared.fetch(*values(place, list(islice(hugggs, batch)), now))

    await redeem(WARM_UP)
    before = await spent(connection)
    await redeem(BLOCK // batch)
    after = await spent(connection)
    return (after[0] - before[0]) / BLOCK / 1000, (after[1] - before[1]) / BLOCK


async def spent(connection: asyncpg.Connection) -> tuple[int, int]:
    """Read the backend's CPU time, in nanoseconds, and the amount of WAL."""
    wal = await connection.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    return on_processor(connection.get_server_pid()), int(wal)


def on_processor(pid: int) -> int:
    """Read how many nanoseconds a process has run."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def statement_of(variant: str, statement: Statement) -> str:
    """Write the record statement, with a row beside its event if that is the variant."""
    if variant != "outbox":
        return statement.sql
    assert statement.sql.count("\n), kept_answers AS (\n") == 1
    return statement.sql.replace("\n), kept_answers AS (\n", OUTBOX)


def values(place: dict[str, Any], hugggs: list[Record], now: datetime) -> list[Any]:
    """Bind a batch, as calls without a key do."""
    arguments: dict[str, list[Any]] = {
        "id": [uuid4() for _ in hugggs],
        "huggg_id": [huggg["id"] for huggg in hugggs],
        "link": [huggg["codes"] for huggg in hugggs],
        "brand_id": [place["brand_id"]] * len(hugggs),
        "location_id": [place["location_ids"][0]] * len(hugggs),
        "transfer_id": [uuid4() for _ in hugggs],
        "at": [now] * len(hugggs),
        "user_id": [uuid4()] * len(hugggs),
        "client_id": ["bench"] * len(hugggs),
    }
    return queries.redeem.bind({name: arguments.get(name, []) for name in queries.redeem.names})

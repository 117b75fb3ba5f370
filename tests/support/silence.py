"""Silence: a refused request leaves the database exactly as it found it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from huggg.database.pool import Database
from tests.support.sql import sql

# Without the leases of limits, which change with every request and need not survive a crash.
TABLES = """
SELECT c.relname AS name
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
 ORDER BY c.relname
"""

Snapshot = dict[str, tuple[int, str]]


async def snapshot(database: Database, *, but: Collection[str] = ()) -> Snapshot:
    """Count every table's rows and add up their hashes, so that a changed row shows as well."""
    names = [row["name"] for row in await sql(database, TABLES)]
    each = [
        f"SELECT '{name}' AS name, count(*) AS rows,"  # noqa: S608 - names from the catalogue
        f" coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS said FROM {name} AS t"
        for name in names
        if name not in but
    ]
    rows = await sql(database, " UNION ALL ".join(each))
    return {row["name"]: (row["rows"], row["said"]) for row in rows}


def moved(before: Snapshot, after: Snapshot) -> dict[str, int]:
    """Name the tables that say something else now, with how many rows they grew by."""
    return {
        table: after[table][0] - before[table][0] for table in after if after[table] != before[table]
    }


@asynccontextmanager
async def nothing_moves(database: Database, *, but: Collection[str] = ()) -> AsyncIterator[None]:
    """Insist that no row of any table is added, changed or lost meanwhile, `but` in these."""
    before = await snapshot(database, but=but)
    yield
    assert moved(before, await snapshot(database, but=but)) == {}

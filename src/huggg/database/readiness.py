"""Readiness: whether a database can be served from, as this process reaches it now."""

from __future__ import annotations

import asyncpg

from huggg.database.migrate import wrong_schema
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.refusal import Unavailable

queries = Queries(__file__, "readiness.sql")


AWAY = "The database is away, or gives no answer in time."
READ_ONLY = "The database is read-only."


async def hindrance_of(database: Database) -> str | None:
    """Say why a server cannot serve from a database: it is away, read-only, or at another schema."""
    try:
        row = await database.row(queries.schema_revision)
    except asyncpg.UndefinedTableError:
        row = None
    except Unavailable:
        return AWAY
    if row is None:
        return wrong_schema(None)
    return wrong_schema(row["version_num"]) or (READ_ONLY if row["is_read_only"] else None)

"""Readiness: whether a database can be served from, as this process reaches it now."""

from __future__ import annotations

import asyncpg

from huggg.database.migrate import wrong_schema
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.refusal import Unavailable

queries = Queries(__file__, "readiness.sql")


async def hindrance_of(database: Database) -> str | None:
    """Say why a server cannot serve from a database: it is away, or at another schema."""
    try:
        revision = await _schema_revision(database)
    except Unavailable as refusal:
        return str(refusal)
    return wrong_schema(revision)


async def _schema_revision(database: Database) -> str | None:
    """Read which revision the schema is at; None for an empty database. Raises DatabaseAwayError."""
    try:
        row = await database.row(queries.schema_revision)
    except asyncpg.UndefinedTableError:
        row = None
    return str(row["version_num"]) if row is not None else None

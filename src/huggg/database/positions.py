"""Positions of events go on rising where a dump was restored into another cluster.

A position is the id of a transaction, and another cluster has counted fewer of them: events that are
added there would stand before those of the dump, behind every consumer's cursor. So a database whose
events are ahead of its cluster is not served before `huggg migrate` has raised the base of positions.
"""

from __future__ import annotations

import asyncpg

BASE_NEEDED = """
SELECT known.last + 1 - pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS base
  FROM (SELECT greatest((SELECT max(position) FROM events), (SELECT max(position) FROM cursors)) AS last)
    AS known
 WHERE known.last >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + event_base()
"""
"""One row where some position is not below that of the next transaction: the base that puts it there."""

BASE = """
CREATE OR REPLACE FUNCTION event_base() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN {base:d}::bigint
"""

RESTORED = (
    "The events of this database were recorded by another PostgreSQL, whose transactions had higher ids:"
    " run `huggg migrate`."
)


class RestoredElsewhereError(Exception):
    """The database is a dump's, and its events are ahead of this cluster."""

    def __init__(self) -> None:
        super().__init__(RESTORED)


async def continue_positions(connection: asyncpg.Connection) -> None:
    """Raise the base, if need be, so that the next event comes after all that there are."""
    base = await connection.fetchval(BASE_NEEDED)
    if base is not None:
        await connection.execute(BASE.format(base=base))


async def refuse_positions_ahead(connection: asyncpg.Connection) -> None:
    """Check the positions before serving. Raises RestoredElsewhereError, which names the mend."""
    if await connection.fetchval(BASE_NEEDED) is not None:
        raise RestoredElsewhereError

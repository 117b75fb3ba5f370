"""The doctor: every invariant as a query that must return no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huggg.database.pool import Database
from huggg.database.queries import Queries

queries = Queries(__file__, "doctor.sql")


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant, and the rows that break it: none, if all is well."""

    rule: str
    rows: list[dict[str, Any]]


async def examine(database: Database) -> list[Finding]:
    """Run every query of `doctor.sql`; a rule has the name of its query."""
    return [
        Finding(
            statement.name.replace("_", " "),
            [dict(row) for row in await database.bulk(statement)],
        )
        for statement in queries
    ]

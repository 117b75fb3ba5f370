"""The findings of the doctor after a fault."""

from __future__ import annotations

from huggg.database.doctor import examine
from huggg.database.pool import Database


async def broken_rules(database: Database) -> list[str]:
    """Name the invariants that do not hold; none, if all is well."""
    return [finding.rule for finding in await examine(database) if finding.rows]

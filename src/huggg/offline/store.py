"""Rules, shown codes and offline scans, from the database."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.offline.rule import LossBearer, OfflineRule

queries = Queries(__file__)


async def rule_of(database: Database, brand_id: UUID) -> OfflineRule | None:
    """Read the rule of a brand; None for one without offline scans."""
    row = await database.row(queries.rule, brand_id=brand_id)
    if row is None:
        return None
    return OfflineRule(row["scans"], row["value"], row["hours"], LossBearer(row["losses"]))

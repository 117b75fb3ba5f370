"""Links that moved: the huggg behind them has another receiver and a new link."""

from __future__ import annotations

from huggg.database.pool import Database
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.store import queries


async def is_moved(database: Database, link: HugggReference) -> bool:
    """Tell whether a link that finds no huggg did so before its huggg moved."""
    return await database.row(queries.moved_link, fingerprints=link.fingerprints) is not None

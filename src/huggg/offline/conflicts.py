"""Conflicts: the inbox of a merchant's supervisors, and of operators for all merchants."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from uuid import UUID

from msgspec import Struct

from huggg.database.pool import Database
from huggg.offline.scan import OfflineScan
from huggg.offline.store import queries, scan_from

LISTED_MAX = 500


class ListedConflict(Struct, frozen=True):
    """A conflict, with the names of its brand and product."""

    scan: OfflineScan
    brand: str | None
    product: str | None


async def conflicts(
    database: Database,
    *,
    brand_id: UUID | None = None,
    location_ids: AbstractSet[str] | None = None,
    waiting: bool = True,
) -> list[ListedConflict]:
    """List the conflicts that wait, or all, the oldest first and no more than 500.

    Of a brand and some of its locations, or of all of them.
    """
    rows = await database.rows(
        queries.conflicts,
        brand_id=brand_id,
        location_ids=None if location_ids is None else sorted(location_ids),
        waiting=waiting,
        most=LISTED_MAX,
    )
    return [ListedConflict(scan_from(row), row["brand"], row["product"]) for row in rows]

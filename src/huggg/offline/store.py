"""Rules, shown codes and offline scans, from the database."""

from __future__ import annotations

from uuid import UUID

import msgspec
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.offline.scan import ConflictReason, OfflineScan, Settlement
from huggg.redemptions.sale import Sale

queries = Queries(__file__)


async def rule_of(database: Database, brand_id: UUID) -> OfflineRule | None:
    """Read the rule of a brand; None for one without offline scans."""
    row = await database.row(queries.rule, brand_id=brand_id)
    return None if row is None else rule_from(row)


def rule_from(row: Record) -> OfflineRule | None:
    """Read a rule; None where the row has none."""
    if row["losses"] is None:
        return None
    return OfflineRule(row["scans"], row["value"], row["hours"], LossBearer(row["losses"]))


async def find_scan(database: Database, huggg_id: UUID, scan_id: UUID) -> OfflineScan | None:
    """Read a scan of a huggg; None where none of this id was taken in."""
    row = await database.row(queries.scan, huggg_id=huggg_id, id=scan_id)
    return None if row is None else scan_from(row)


def scan_from(row: Record) -> OfflineScan:
    """Read a scan that was taken in."""
    return OfflineScan(
        id=row["id"],
        huggg_id=row["huggg_id"],
        brand_id=row["brand_id"],
        location_id=row["location_id"],
        device_id=row["device_id"],
        user_id=row["user_id"],
        value=row["value"],
        scanned_at=row["scanned_at"],
        arrived_at=row["arrived_at"],
        sale=msgspec.json.decode(row["sale"], type=Sale),
        reason=None if row["reason"] is None else ConflictReason(row["reason"]),
        losses=LossBearer(row["losses"]),
        sequence=row["sequence"],
        settlement=None if row["settlement"] is None else Settlement(row["settlement"]),
        settled_at=row["settled_at"],
        settled_by=row["settled_by"],
        note=row["note"],
    )

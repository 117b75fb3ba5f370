"""The levels of the pools: imported codes by their state."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from huggg.database.pool import Database
from huggg.vouchers.store import queries


@dataclass(frozen=True, slots=True)
class Level:
    """One segment's pool, counted. Of the free codes, some may be expired and are never drawn."""

    segment_id: UUID
    brand: str
    segment: str
    imported: int
    free: int
    reserved: int
    assigned: int
    withdrawn: int
    expired: int
    low_water: int

    @property
    def low(self) -> bool:
        """Tell whether an operator should import more."""
        return self.free - self.expired <= self.low_water


async def pool_levels(database: Database, *, segment_id: UUID | None = None) -> list[Level]:
    """Count one pool, or all."""
    return [Level(**row) for row in await database.bulk(queries.pool_levels, segment_id=segment_id)]


async def set_low_water(database: Database, *, segment_id: UUID, low_water: int) -> bool:
    """Choose the level at which `pool.low` is said; False for a segment without a pool."""
    row = await database.row(queries.set_low_water, segment_id=segment_id, low_water=low_water)
    return row is not None

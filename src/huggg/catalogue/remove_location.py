"""Remove a location: no till redeems there any more, and the redemptions from before stay."""

from __future__ import annotations

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.errors import Invalid

queries = Queries(__file__)


async def set_removed(database: Database, location_id: str, *, removed: bool) -> bool:
    """Remove a location, or restore it, from the next redemption on; tell whether that changed anything.

    Raises Invalid for one that does not exist.
    """
    row = await database.row(queries.set_location_removed, id=location_id, removed=removed)
    if row is None:
        raise Invalid(f"There is no location {location_id}.")
    return bool(row["changed"])

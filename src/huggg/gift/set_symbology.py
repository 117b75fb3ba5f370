"""Set the symbology in which a brand's tills scan codes."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.gift.store import queries
from huggg.gift.symbols import Symbology
from huggg.kit.errors import Invalid


async def set_symbology(database: Database, brand_id: UUID, symbology: Symbology) -> None:
    """Have pages draw a brand's codes so, within half a minute. Raises Invalid."""
    row = await database.row(queries.set_symbology, brand_id=brand_id, symbology=symbology)
    if row is None:
        raise Invalid(f"There is no brand {brand_id}.")

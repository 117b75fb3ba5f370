"""Create a brand, before anything of its catalogue is known."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from huggg.catalogue.documents import brand_document
from huggg.catalogue.importing import import_catalogue
from huggg.database.pool import Database
from huggg.kit.clock import timestamp
from huggg.kit.ids import new_id
from huggg.kit.names import clean_name


async def create_brand(
    database: Database,
    *,
    name: str,
    integration_id: int,
    weight: int,
    website: str | None,
    now: datetime,
) -> UUID:
    """Add a brand with no products and no stores, as an import of nothing else. Raises BadCatalogue."""
    brand_id = new_id()
    document = brand_document(
        brand_id,
        name=clean_name(name, "name"),
        integration_id=integration_id,
        weight=weight,
        website=website,
        at=timestamp(now),
    )
    page = {"data": [document], "embedded": {"products": [], "stores": []}}
    await import_catalogue(database, msgspec.json.encode(page))
    return brand_id

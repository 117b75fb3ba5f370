"""A choice in the small world: any treat, which is a coffee, a tea or a dinner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from huggg.catalogue.documents import brand_document, product_document
from huggg.catalogue.importing import import_catalogue
from huggg.catalogue.report import Report
from huggg.kit.ids import new_id
from tests.support.world import AT, COFFEE_PENCE, World


def any_treat(*products: UUID, pence: int = COFFEE_PENCE) -> dict[str, Any]:
    """Write the page of a choice, which a brand without shops sells."""
    owner = new_id()
    brand = brand_document(owner, name="any treat", integration_id=5, at=AT, consolidated=True)
    choice = product_document(
        new_id(), brand, label="Any treat", sale_price=pence, description="", redemption_instructions=""
    )
    choices = [{"product_id": choice["id"], "product_ids": list(products)}]
    brand["products"] = [choice["id"]]
    return {"data": [brand], "embedded": {"products": [choice], "choices": choices}}


async def add_choice(world: World, *products: UUID, pence: int = COFFEE_PENCE) -> UUID:
    """Bring the choice of these products into the catalogue, or of a coffee and a tea."""
    page = any_treat(*(products or (world.coffee, world.tea)), pence=pence)
    await import_page(world, page)
    return UUID(page["embedded"]["products"][0]["id"])


async def import_page(world: World, page: dict[str, Any], **options: bool) -> Report:
    """Import a page."""
    return await import_catalogue(world.platform.database, msgspec.json.encode(page), **options)

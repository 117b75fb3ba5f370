"""Exporting the catalogue: everything, as one page that import accepts.

It is the published page with five more keys in `embedded`, for entities that have no published list. One
of them, `unlisted_stores`, is always present: import then derives no unlisted stores itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from asyncpg import Record
from msgspec import Raw

from huggg.catalogue.store import Brand, brand_from, queries
from huggg.catalogue.wire import published_brand
from huggg.database.pool import Database, run
from huggg.http.pagination import PageRequest, paginate


async def export_catalogue(database: Database) -> bytes:
    """Write down all brands, given or not, and all that belongs to them, as of one instant."""
    async with database.transaction() as connection:
        await run(connection, queries.one_moment)
        brands = [brand_from(row) for row in await run(connection, queries.every_brand)]
        embedded = {**await _embedded(connection, brands), **await _own_entities(connection)}
    one_page = PageRequest(number=1, size=max(1, len(brands)))
    data = [published_brand(brand) for brand in brands]
    page, _ = paginate(data, page=one_page, total=len(data), address="", query=[])
    return msgspec.json.encode(page | {"embedded": embedded})


async def _embedded(connection: asyncpg.Connection, brands: Sequence[Brand]) -> dict[str, Any]:
    products = await run(connection, queries.every_product)
    stores = await run(connection, queries.every_store)
    unlisted = [
        {"brand_id": brand.id, "store_ids": brand.embedded_stores[len(brand.stores) :]}
        for brand in brands
        if len(brand.embedded_stores) > len(brand.stores)
    ]
    product_ids = (id_ for brand in brands for id_ in (*brand.products, *brand.consolidated_products))
    store_ids = (id_ for brand in brands for id_ in brand.embedded_stores)
    return {
        "products": _in_order(products, product_ids),
        "stores": _in_order(stores, store_ids),
        "unlisted_stores": unlisted,
    }


def _in_order(rows: Iterable[Record], references: Iterable[UUID]) -> list[Raw]:
    """Put documents into the order of first reference; unreferenced ones come last."""
    documents = {row["id"]: Raw(row["published"]) for row in rows}
    return [documents[id_] for id_ in dict.fromkeys((*references, *documents))]


async def _own_entities(connection: asyncpg.Connection) -> dict[str, Any]:
    own_entities = {
        "segments": await run(connection, queries.every_segment),
        "locations": await run(connection, queries.every_location),
        "adjustment_codes": await run(connection, queries.every_adjustment_code),
        "choices": await run(connection, queries.every_choice),
    }
    return {name: [dict(row) for row in rows] for name, rows in own_entities.items() if rows}

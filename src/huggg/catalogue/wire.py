"""The catalogue as it is published: documents as they were imported, with the lists put back in."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from huggg.catalogue.store import Brand, Integration, Product, Segment, Store


def published_brand(row: Brand) -> dict[str, Any]:
    """Write a brand; its lists take the places they had in the imported document."""
    return row.document | {
        "products": row.products,
        "consolidated_products": row.consolidated_products,
        "stores": row.stores,
    }


def published_product(row: Product) -> Raw:
    """Write a product, all 35 keys of it."""
    return row.document


def published_product_with_segments(row: Product) -> dict[str, Any]:
    """Write a product whose segments stand beside it: without their ids nobody could tell whose."""
    document = msgspec.json.decode(row.document, type=dict[str, Raw])
    return document | {"segments": row.segment_ids}


def published_store(row: Store) -> Raw:
    """Write a store."""
    return row.document


def published_segment(row: Segment) -> dict[str, Any]:
    """Write a segment. Published by name only; these two keys are what we know of it."""
    return {"id": row.id, "name": row.name}


def published_integration(row: Integration) -> dict[str, Any]:
    """Write an integration. Published by number only, as segments are by name."""
    return {"id": row.id, "name": row.name}

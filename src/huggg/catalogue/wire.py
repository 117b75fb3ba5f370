"""The catalogue as it is published: documents as they were imported, with the lists put back in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

from huggg.catalogue.published import PublishedIntegration, PublishedSegment
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


def with_segments(document: Raw, segment_ids: list[UUID]) -> dict[str, Any]:
    """Add the ids of a product's segments, where they stand beside it: nobody could tell whose else."""
    return msgspec.json.decode(document, type=dict[str, Raw]) | {"segments": segment_ids}


def published_store(row: Store) -> Raw:
    """Write a store."""
    return row.document


def published_segment(row: Segment) -> PublishedSegment:
    """Write a segment."""
    return PublishedSegment(row.id, row.name)


def published_integration(row: Integration) -> PublishedIntegration:
    """Write an integration."""
    return PublishedIntegration(row.id, row.name)

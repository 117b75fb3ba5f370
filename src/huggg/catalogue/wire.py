"""The catalogue as it is published: documents as they were imported, with the lists put back in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

from huggg.catalogue.published import (
    Area,
    Coordinate,
    PublishedCluster,
    PublishedIntegration,
    PublishedSegment,
)
from huggg.catalogue.store import Brand, BrandIntegration, Product, Segment, Store
from huggg.catalogue.tiles import Cell
from huggg.catalogue.view import DEGREE_E7

Document = Raw | dict[str, Any]
"""A published document; with ids that were added to it, its keys."""


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


def with_segments(document: Document, segment_ids: list[UUID]) -> dict[str, Any]:
    """Add the ids of a product's segments, if they were embedded."""
    return _keys(document) | {"segments": segment_ids}


def with_choices(document: Document, product_ids: list[UUID]) -> dict[str, Any]:
    """Add the ids of the products that a choice stands for, if they were embedded."""
    return _keys(document) | {"choices": product_ids}


def _keys(document: Document) -> dict[str, Any]:
    return document if isinstance(document, dict) else msgspec.json.decode(document, type=dict[str, Raw])


def published_store(row: Store) -> Raw:
    """Write a store."""
    return row.document


def published_segment(row: Segment) -> PublishedSegment:
    """Write a segment."""
    return PublishedSegment(row.id, row.name)


def published_integration(row: BrandIntegration) -> PublishedIntegration:
    """Write an integration."""
    return PublishedIntegration(row.id, row.name)


def published_cluster(cell: Cell) -> PublishedCluster:
    """Write a cluster of the stores in a cell of the grid."""
    return PublishedCluster(
        type="cluster",
        image_url=None,
        count=cell.count,
        pin=_coordinate(cell.longitude_e7, cell.latitude_e7),
        area=Area(
            north_west=_coordinate(cell.west_e7, cell.north_e7),
            south_east=_coordinate(cell.east_e7, cell.south_e7),
        ),
    )


def published_tile(pins: Iterable[Store | Cell]) -> dict[str, list[Raw | PublishedCluster]]:
    """Write a tile with these pins."""
    return {
        "pins": [
            published_store(pin) if isinstance(pin, Store) else published_cluster(pin) for pin in pins
        ]
    }


def _coordinate(longitude_e7: int, latitude_e7: int) -> Coordinate:
    return Coordinate(longitude=longitude_e7 / DEGREE_E7, latitude=latitude_e7 / DEGREE_E7)

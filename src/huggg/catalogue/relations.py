"""The embeddable relations of the catalogue, for its own lists and for all entities with a product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from huggg.catalogue import store, wire
from huggg.catalogue.published import (
    PublishedBrand,
    PublishedIntegration,
    PublishedProduct,
    PublishedSegment,
    PublishedStore,
)
from huggg.http.embedding import Entity, Relation
from huggg.identity.permissions import Scope


@dataclass(frozen=True, slots=True)
class CatalogueRelations:
    """The catalogue's own relations, and the entities that other nouns lead to."""

    relations: list[Relation]
    products: Entity
    segments: Entity


def catalogue_relations() -> CatalogueRelations:
    """Name them."""
    brands = _entity("brands", store.load_brands, wire.published_brand, PublishedBrand)
    products = _entity("products", store.load_products, wire.published_product, PublishedProduct)
    stores = _entity("stores", store.load_stores, wire.published_store, PublishedStore)
    segments = _entity("segments", store.load_segments, wire.published_segment, PublishedSegment)
    integrations = _entity(
        "integrations", store.load_integrations, wire.published_integration, PublishedIntegration
    )
    relations = [
        Relation("brands", "products", products, lambda brand: brand.products),
        Relation("brands", "consolidated_products", products, lambda brand: brand.consolidated_products),
        Relation("brands", "stores", stores, lambda brand: brand.embedded_stores),
        Relation("brands", "integration", integrations, _integration_keys),
        Relation("products", "brand", brands, _brand_keys),
        Relation("stores", "brand", brands, _brand_keys),
        # A product's published keys say nothing of these; they are linked where they are shown.
        Relation(
            "products", "segments", segments, lambda product: product.segment_ids, wire.with_segments
        ),
        Relation("products", "choices", products, lambda product: product.choice_ids, wire.with_choices),
    ]
    return CatalogueRelations(relations, products, segments)


_entity = partial(Entity, scope=Scope.CATALOGUE_READ)


def _integration_keys(brand: store.Brand) -> Iterable[int]:
    return () if brand.integration_id is None else (brand.integration_id,)


def _brand_keys(row: store.Product | store.Store) -> Iterable[UUID]:
    return (row.brand_id,)

"""Checking that every entity to which a file refers exists, in the file or in the stored catalogue."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from huggg.catalogue.catalogue_file import CatalogueFile, LocatedEntity
from huggg.catalogue.problems import Problems
from huggg.catalogue.shapes import ImportedProduct, ImportedStore
from huggg.kit.json_path import JsonPath


@dataclass(frozen=True, slots=True)
class StoredCatalogue:
    """The stored catalogue: the products and stores that the file refers to, and all other entities."""

    brand_positions: dict[str, int] = field(default_factory=dict)
    segment_positions: dict[str, int] = field(default_factory=dict)
    product_ids: frozenset[str] = frozenset()
    store_ids: frozenset[str] = frozenset()
    integration_ids: frozenset[int] = frozenset()


EntityReference = tuple[JsonPath, str]


def find_dangling(catalogue: CatalogueFile, existing: StoredCatalogue, problems: Problems) -> None:
    """Add a problem for every reference to a missing entity.

    The merchant of a product or store may be unknown, with a warning: a page names merchants of other
    pages. Entities that only our own exports contain refer to known ones only.
    """
    brands = {entry.value.id for entry in catalogue.brands} | existing.brand_positions.keys()
    products = {entry.value.id for entry in catalogue.products} | existing.product_ids
    stores = {entry.value.id for entry in catalogue.stores} | existing.store_ids
    _note(product_references(catalogue), products, "product", problems)
    _note(store_references(catalogue), stores, "store", problems)
    _note(_brand_references(catalogue), brands, "brand", problems)
    _warn_of_strangers(catalogue, brands, problems)
    _find_integrations(catalogue, existing.integration_ids, problems)


def product_references(catalogue: CatalogueFile) -> Iterator[EntityReference]:
    """Walk over all that names a product."""
    for brand in catalogue.brands:
        yield from _each(brand.path, "products", brand.value.products)
        yield from _each(brand.path, "consolidated_products", brand.value.consolidated_products)
    for segment in catalogue.segments:
        yield from _each(segment.path, "product_ids", segment.value.product_ids)
    for codes in catalogue.adjustment_codes:
        yield (*codes.path, "product_id"), codes.value.product_id
    for choice in catalogue.choices:
        yield (*choice.path, "product_id"), choice.value.product_id
        yield from _each(choice.path, "product_ids", choice.value.product_ids)


def store_references(catalogue: CatalogueFile) -> Iterator[EntityReference]:
    """Walk over all that names a store."""
    for brand in catalogue.brands:
        yield from _each(brand.path, "stores", brand.value.stores)
    for unlisted in catalogue.unlisted_stores:
        yield from _each(unlisted.path, "store_ids", unlisted.value.store_ids)
    for location in catalogue.locations:
        if location.value.store_id is not None:
            yield (*location.path, "store_id"), location.value.store_id


def _brand_references(catalogue: CatalogueFile) -> Iterator[EntityReference]:
    all_entries = (
        catalogue.unlisted_stores,
        catalogue.segments,
        catalogue.locations,
        catalogue.adjustment_codes,
    )
    for entries in all_entries:
        for entry in entries:
            yield (*entry.path, "brand_id"), entry.value.brand_id


def _warn_of_strangers(catalogue: CatalogueFile, existing: Container[str], problems: Problems) -> None:
    kinds: tuple[
        tuple[Sequence[LocatedEntity[ImportedProduct] | LocatedEntity[ImportedStore]], str], ...
    ] = (
        (catalogue.products, "the product cannot be bought until it is"),
        (catalogue.stores, "the store is found only where another brand lists it"),
    )
    for entries, effect in kinds:
        for entry in entries:
            if entry.value.brand_id not in existing:
                reason = f"brand {entry.value.brand_id} is neither in this file nor in the catalogue"
                problems.warn((*entry.path, "brand_id"), reason, effect)


def _each(path: JsonPath, name: str, ids: Iterable[str]) -> Iterator[EntityReference]:
    for number, id_ in enumerate(ids):
        yield (*path, name, number), id_


def _note(
    references: Iterable[EntityReference], existing: Iterable[str], noun: str, problems: Problems
) -> None:
    for path, id_ in references:
        if id_ not in existing:
            problems.add(path, f"{noun} {id_} is neither in this file nor in the catalogue")


def _find_integrations(catalogue: CatalogueFile, existing: frozenset[int], problems: Problems) -> None:
    choice = ", ".join(map(str, sorted(existing)))
    for brand in catalogue.brands:
        integration = brand.value.integration_id
        if integration is not None and integration not in existing:
            reason = f"integration {integration} is unknown, it must be null or one of {choice}"
            problems.add((*brand.path, "integration_id"), reason)

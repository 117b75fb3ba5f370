"""Checking that every entity to which a file refers exists, in the file or in the stored catalogue."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from huggg.catalogue.catalogue_file import CatalogueFile, Located
from huggg.catalogue.problems import Problems
from huggg.catalogue.shapes import Product, Store
from huggg.kit.json_path import JsonPath


@dataclass(frozen=True, slots=True)
class Known:
    """The stored catalogue: the products and stores that the file refers to, and all other entities."""

    brand_positions: dict[str, int] = field(default_factory=dict)
    segment_positions: dict[str, int] = field(default_factory=dict)
    product_ids: frozenset[str] = frozenset()
    store_ids: frozenset[str] = frozenset()
    integration_ids: frozenset[int] = frozenset()


Reference = tuple[JsonPath, str]


def find_dangling(reading: CatalogueFile, known: Known, problems: Problems) -> None:
    """Add a problem for every reference to a missing entity.

    The merchant of a product or store may be unknown, with a warning: a page names merchants of other
    pages. Entities that only our own exports contain refer to known ones only.
    """
    brands = {entry.value.id for entry in reading.brands} | known.brand_positions.keys()
    products = {entry.value.id for entry in reading.products} | known.product_ids
    stores = {entry.value.id for entry in reading.stores} | known.store_ids
    _note(product_references(reading), products, "product", problems)
    _note(store_references(reading), stores, "store", problems)
    _note(_brand_references(reading), brands, "brand", problems)
    _warn_of_strangers(reading, brands, problems)
    _find_integrations(reading, known.integration_ids, problems)


def product_references(reading: CatalogueFile) -> Iterator[Reference]:
    """Walk over all that names a product."""
    for brand in reading.brands:
        yield from _each(brand.path, "products", brand.value.products)
        yield from _each(brand.path, "consolidated_products", brand.value.consolidated_products)
    for segment in reading.segments:
        yield from _each(segment.path, "product_ids", segment.value.product_ids)
    for codes in reading.adjustment_codes:
        yield (*codes.path, "product_id"), codes.value.product_id


def store_references(reading: CatalogueFile) -> Iterator[Reference]:
    """Walk over all that names a store."""
    for brand in reading.brands:
        yield from _each(brand.path, "stores", brand.value.stores)
    for unlisted in reading.unlisted_stores:
        yield from _each(unlisted.path, "store_ids", unlisted.value.store_ids)
    for location in reading.locations:
        if location.value.store_id is not None:
            yield (*location.path, "store_id"), location.value.store_id


def _brand_references(reading: CatalogueFile) -> Iterator[Reference]:
    ours = (reading.unlisted_stores, reading.segments, reading.locations, reading.adjustment_codes)
    for entries in ours:
        for entry in entries:
            yield (*entry.path, "brand_id"), entry.value.brand_id


def _warn_of_strangers(reading: CatalogueFile, known: Container[str], problems: Problems) -> None:
    kinds: tuple[tuple[Sequence[Located[Product] | Located[Store]], str], ...] = (
        (reading.products, "the product cannot be bought until it is"),
        (reading.stores, "the store is found only where another brand lists it"),
    )
    for entries, effect in kinds:
        for entry in entries:
            if entry.value.brand_id not in known:
                what = f"brand {entry.value.brand_id} is neither in this file nor in the catalogue"
                problems.warn((*entry.path, "brand_id"), what, effect)


def _each(path: JsonPath, name: str, ids: Iterable[str]) -> Iterator[Reference]:
    for number, id_ in enumerate(ids):
        yield (*path, name, number), id_


def _note(
    references: Iterable[Reference], existing: Iterable[str], what: str, problems: Problems
) -> None:
    for path, id_ in references:
        if id_ not in existing:
            problems.add(path, f"{what} {id_} is neither in this file nor in the catalogue")


def _find_integrations(reading: CatalogueFile, known: frozenset[int], problems: Problems) -> None:
    choice = ", ".join(map(str, sorted(known)))
    for brand in reading.brands:
        integration = brand.value.integration_id
        if integration is not None and integration not in known:
            reason = f"integration {integration} is unknown, it must be null or one of {choice}"
            problems.add((*brand.path, "integration_id"), reason)

"""A catalogue file: the page that `GET /brands` answers, or a list of such pages.

Reading checks all that needs no database, and collects all problems, so that an author puts a file
right in one go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from huggg.catalogue.doubts import doubts_about, is_moment
from huggg.catalogue.problems import Problems
from huggg.catalogue.sameness import say_the_same
from huggg.catalogue.shapes import (
    MOMENT,
    SENTENCES,
    UNBROKEN,
    ImportedAdjustmentCodes,
    ImportedBrand,
    ImportedChoice,
    ImportedEntity,
    ImportedLocation,
    ImportedProduct,
    ImportedSegment,
    ImportedStore,
    ImportedUnlistedStores,
)
from huggg.catalogue.text import path_and_reason, read_text, without_mark
from huggg.catalogue.unlisted import unlisted_stores
from huggg.kit.doubles import doubled_names
from huggg.kit.json_path import JsonPath, path_text
from huggg.kit.names import is_invisible

S = TypeVar("S", bound=ImportedEntity)


class EmbeddedEntities(Struct):
    """The entities beside the brands; the last five keys are in our own exports only."""

    products: list[Raw] = []
    stores: list[Raw] | UnsetType = UNSET
    unlisted_stores: list[Raw] | UnsetType = UNSET
    segments: list[Raw] = []
    locations: list[Raw] = []
    adjustment_codes: list[Raw] = []
    choices: list[Raw] = []


class BrandsPage(Struct):
    """One page of `GET /brands`."""

    data: list[Raw]
    embedded: EmbeddedEntities = msgspec.field(default_factory=EmbeddedEntities)


@dataclass(frozen=True, slots=True)
class LocatedEntity(Generic[S]):
    """One entity of the file: its path, its text, and the part of it that we rely on."""

    path: JsonPath
    text: bytes
    value: S


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """The entities of a file, or of one page of it, each once and in the order of the file."""

    brands: Sequence[LocatedEntity[ImportedBrand]]
    products: Sequence[LocatedEntity[ImportedProduct]]
    stores: Sequence[LocatedEntity[ImportedStore]]
    unlisted_stores: Sequence[LocatedEntity[ImportedUnlistedStores]]
    segments: Sequence[LocatedEntity[ImportedSegment]]
    locations: Sequence[LocatedEntity[ImportedLocation]]
    adjustment_codes: Sequence[LocatedEntity[ImportedAdjustmentCodes]]
    choices: Sequence[LocatedEntity[ImportedChoice]]

    @property
    def silent_brands(self) -> list[str]:
        """Name the blank brands whose stores the file does not list."""
        listed_brand_ids = {entry.value.brand_id for entry in self.unlisted_stores}
        return [
            brand.value.id
            for brand in self.brands
            if brand.value.is_blank and brand.value.id not in listed_brand_ids
        ]


def read_catalogue(text: bytes) -> tuple[CatalogueFile, Problems]:
    """Take a file apart; more problems may turn up when it meets the database. Raises BadCatalogue."""
    text = without_mark(text)
    problems = Problems(text)
    pages: BrandsPage | list[BrandsPage] = read_text(text, BrandsPage | list[BrandsPage])
    if isinstance(pages, BrandsPage):
        files = [_read_page(pages, (), problems)]
    else:
        files = [_read_page(page, (number,), problems) for number, page in enumerate(pages)]
    for path in doubled_names(text):
        problems.add(path, "stands more than once in its object")
    catalogue = CatalogueFile(
        *(_without_repetitions(kind, problems) for kind in _entries_by_kind(files))
    )
    problems.refuse_if_any()
    document_entries: Iterable[LocatedEntity[Any]] = chain(
        catalogue.brands, catalogue.products, catalogue.stores
    )
    for entry in document_entries:
        for doubt in doubts_about(entry.value):
            problems.warn((*entry.path, doubt.key), doubt.reason, doubt.effect)
    return catalogue, problems


def _read_page(page: BrandsPage, at: JsonPath, problems: Problems) -> CatalogueFile:
    def read(shape: type[S], entries: list[Raw] | UnsetType, *steps: str) -> list[LocatedEntity[S]]:
        return list(_entries(shape, [] if entries is UNSET else entries, (*at, *steps), problems))

    embedded = page.embedded
    brands = read(ImportedBrand, page.data, "data")
    stores = read(ImportedStore, embedded.stores, "embedded", "stores")
    unlisted = read(ImportedUnlistedStores, embedded.unlisted_stores, "embedded", "unlisted_stores")
    if embedded.unlisted_stores is UNSET and embedded.stores is not UNSET:
        unlisted = _derived_unlisted_stores(brands, stores)
    return CatalogueFile(
        brands=brands,
        products=read(ImportedProduct, embedded.products, "embedded", "products"),
        stores=stores,
        unlisted_stores=unlisted,
        segments=read(ImportedSegment, embedded.segments, "embedded", "segments"),
        locations=read(ImportedLocation, embedded.locations, "embedded", "locations"),
        adjustment_codes=read(
            ImportedAdjustmentCodes, embedded.adjustment_codes, "embedded", "adjustment_codes"
        ),
        choices=read(ImportedChoice, embedded.choices, "embedded", "choices"),
    )


def _derived_unlisted_stores(
    brands: Sequence[LocatedEntity[ImportedBrand]], stores: Sequence[LocatedEntity[ImportedStore]]
) -> list[LocatedEntity[ImportedUnlistedStores]]:
    stretches = unlisted_stores([brand.value for brand in brands], [store.value.id for store in stores])
    return [
        LocatedEntity(brand.path, b"", ImportedUnlistedStores(brand.value.id, stretches[brand.value.id]))
        for brand in brands
        if brand.value.id in stretches
    ]


def _entries(
    shape: type[S], entries: list[Raw], at: JsonPath, problems: Problems
) -> Iterator[LocatedEntity[S]]:
    decoder = msgspec.json.Decoder(shape)
    for number, raw in enumerate(entries):
        path = (*at, number)
        try:
            value = decoder.decode(raw)
        except msgspec.ValidationError as error:
            steps, reason = path_and_reason(error)
            problems.add((*path, *steps), reason)
        else:
            _find_repeated(value, path, problems)
            _find_impossible(value, path, problems)
            yield LocatedEntity(path, bytes(raw), value)


def _find_repeated(value: ImportedEntity, path: JsonPath, problems: Problems) -> None:
    for name in value.__struct_fields__:
        items = getattr(value, name)
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            continue
        if len(set(items)) < len(items):
            [(repeated_id, _)] = Counter(items).most_common(1)
            problems.add((*path, name), f"names {repeated_id} more than once")


def _find_impossible(value: ImportedEntity, path: JsonPath, problems: Problems) -> None:
    if (
        isinstance(value, ImportedBrand)
        and value.deleted_at is not None
        and not is_moment(value.deleted_at)
    ):
        problems.add((*path, "deleted_at"), SENTENCES[MOMENT])
    if isinstance(value, ImportedLocation) and any(map(is_invisible, value.id)):
        problems.add((*path, "id"), SENTENCES[UNBROKEN])  # no clerk could type it
    if isinstance(value, ImportedChoice) and value.product_id in value.product_ids:
        problems.add((*path, "product_ids"), "names the choice itself")


def _entries_by_kind(files: Sequence[CatalogueFile]) -> Iterator[list[LocatedEntity[Any]]]:
    for name in CatalogueFile.__slots__:
        yield list(chain.from_iterable(getattr(file, name) for file in files))


def _without_repetitions(
    entries: Iterable[LocatedEntity[S]], problems: Problems
) -> list[LocatedEntity[S]]:
    """Keep the first of each; that it comes again is no problem as long as it says the same."""
    first: dict[str, LocatedEntity[S]] = {}
    for entry in entries:
        earlier = first.setdefault(entry.value.key, entry)
        if not _same_contents(earlier, entry):
            problems.add(entry.path, f"has the id of {path_text(earlier.path)} and other contents")
    return list(first.values())


def _same_contents(one: LocatedEntity[S], other: LocatedEntity[S]) -> bool:
    """Compare without `pivot`, which differs from page to page; a derived document has no text."""
    if not one.text or not other.text:
        return one.value == other.value
    return say_the_same(one.text, other.text, but=("pivot",))

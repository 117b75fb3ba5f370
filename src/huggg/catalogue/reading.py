"""Reading a catalogue file: the page that `GET /brands` answers, or a list of such pages.

Everything that can be known without the database is checked here, and everything that is wrong is
collected, so that a file is put right in one go.
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
    AdjustmentCodes,
    Brand,
    Location,
    Product,
    Segment,
    Shape,
    Store,
    UnlistedStores,
)
from huggg.catalogue.text import read_text, told, without_mark
from huggg.catalogue.unlisted import unlisted_stores
from huggg.kit.doubles import doubled_names
from huggg.kit.json_place import Place, written
from huggg.kit.names import is_invisible

S = TypeVar("S", bound=Shape)


class Embedded(Struct):
    """What stands beside the brands; the last four stand in our own exports only."""

    products: list[Raw] = []
    stores: list[Raw] | UnsetType = UNSET
    unlisted_stores: list[Raw] | UnsetType = UNSET
    segments: list[Raw] = []
    locations: list[Raw] = []
    adjustment_codes: list[Raw] = []


class Page(Struct):
    """One page of `GET /brands`."""

    data: list[Raw]
    embedded: Embedded = msgspec.field(default_factory=Embedded)


@dataclass(frozen=True, slots=True)
class Entry(Generic[S]):
    """One thing in the file: where it stands, its text, and the part of it that we rely on."""

    place: Place
    text: bytes
    value: S


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds, or one page of it, each thing once and in the order of the file."""

    brands: Sequence[Entry[Brand]]
    products: Sequence[Entry[Product]]
    stores: Sequence[Entry[Store]]
    unlisted_stores: Sequence[Entry[UnlistedStores]]
    segments: Sequence[Entry[Segment]]
    locations: Sequence[Entry[Location]]
    adjustment_codes: Sequence[Entry[AdjustmentCodes]]

    @property
    def silent_brands(self) -> list[str]:
        """Name the brands of which the file does not say where they are found."""
        told_of = {entry.value.brand_id for entry in self.unlisted_stores}
        return [b.value.id for b in self.brands if b.value.is_blank and b.value.id not in told_of]


def read_catalogue(text: bytes) -> tuple[Reading, Problems]:
    """Take a file apart; more problems may turn up when it meets the database. Raises BadCatalogue."""
    text = without_mark(text)
    problems = Problems(text)
    pages: Page | list[Page] = read_text(text, Page | list[Page])
    if isinstance(pages, Page):
        readings = [_read_page(pages, (), problems)]
    else:
        readings = [_read_page(page, (number,), problems) for number, page in enumerate(pages)]
    for place in doubled_names(text):
        problems.add(place, "stands more than once in its object")
    whole = Reading(*(_once(kind, problems) for kind in _joined(readings)))
    problems.refuse_if_any()
    looked_at: Iterable[Entry[Any]] = chain(whole.brands, whole.products, whole.stores)
    for entry in looked_at:
        for doubt in doubts_about(entry.value):
            problems.warn((*entry.place, doubt.key), doubt.what, doubt.effect)
    return whole, problems


def _read_page(page: Page, at: Place, problems: Problems) -> Reading:
    def read(shape: type[S], found: list[Raw] | UnsetType, *steps: str) -> list[Entry[S]]:
        return list(_entries(shape, [] if found is UNSET else found, (*at, *steps), problems))

    beside = page.embedded
    brands = read(Brand, page.data, "data")
    stores = read(Store, beside.stores, "embedded", "stores")
    unlisted = read(UnlistedStores, beside.unlisted_stores, "embedded", "unlisted_stores")
    if beside.unlisted_stores is UNSET and beside.stores is not UNSET:
        unlisted = _worked_out(brands, stores)
    return Reading(
        brands=brands,
        products=read(Product, beside.products, "embedded", "products"),
        stores=stores,
        unlisted_stores=unlisted,
        segments=read(Segment, beside.segments, "embedded", "segments"),
        locations=read(Location, beside.locations, "embedded", "locations"),
        adjustment_codes=read(AdjustmentCodes, beside.adjustment_codes, "embedded", "adjustment_codes"),
    )


def _worked_out(
    brands: Sequence[Entry[Brand]], stores: Sequence[Entry[Store]]
) -> list[Entry[UnlistedStores]]:
    found = unlisted_stores([brand.value for brand in brands], [store.value.id for store in stores])
    return [
        Entry(brand.place, b"", UnlistedStores(brand.value.id, found[brand.value.id]))
        for brand in brands
        if brand.value.id in found
    ]


def _entries(shape: type[S], found: list[Raw], at: Place, problems: Problems) -> Iterator[Entry[S]]:
    decoder = msgspec.json.Decoder(shape)
    for number, raw in enumerate(found):
        place = (*at, number)
        try:
            value = decoder.decode(raw)
        except msgspec.ValidationError as wrong:
            steps, reason = told(wrong)
            problems.add((*place, *steps), reason)
        else:
            _find_repeated(value, place, problems)
            _find_impossible(value, place, problems)
            yield Entry(place, bytes(raw), value)


def _find_repeated(value: Shape, place: Place, problems: Problems) -> None:
    for name in value.__struct_fields__:
        listed = getattr(value, name)
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            continue
        if len(set(listed)) < len(listed):
            [(twice, _)] = Counter(listed).most_common(1)
            problems.add((*place, name), f"names {twice} more than once")


def _find_impossible(value: Shape, place: Place, problems: Problems) -> None:
    if isinstance(value, Brand) and value.deleted_at is not None and not is_moment(value.deleted_at):
        problems.add((*place, "deleted_at"), SENTENCES[MOMENT])
    if isinstance(value, Location) and any(map(is_invisible, value.id)):
        problems.add((*place, "id"), SENTENCES[UNBROKEN])  # no clerk could type it


def _joined(readings: Sequence[Reading]) -> Iterator[list[Entry[Any]]]:
    for name in Reading.__slots__:
        yield list(chain.from_iterable(getattr(reading, name) for reading in readings))


def _once(entries: Iterable[Entry[S]], problems: Problems) -> list[Entry[S]]:
    """Keep the first of each; that it comes again is no problem as long as it says the same."""
    first: dict[str, Entry[S]] = {}
    for entry in entries:
        known = first.setdefault(entry.value.key, entry)
        if not _same(known, entry):
            problems.add(entry.place, f"has the id of {written(known.place)} and other contents")
    return list(first.values())


def _same(one: Entry[S], other: Entry[S]) -> bool:
    """Compare but for `pivot`, which differs from page to page; what was worked out has no text."""
    if not one.text or not other.text:
        return one.value == other.value
    return say_the_same(one.text, other.text, but=("pivot",))

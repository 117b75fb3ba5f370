"""The offering of a gift: its product, brand, places and segments, as its page shows them.

All of it is catalogue, the same for every holder of a gift of that product. A process keeps it for half
a minute, so that most pages cost one statement; a change of the catalogue is shown after that time.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.catalogue.store import (
    Brand,
    Segment,
    Store,
    load_brands,
    load_products,
    load_segments,
    load_stores,
    sellers_of,
)
from huggg.database.pool import Database
from huggg.gift.documents import text_in, texts_of
from huggg.gift.gift import symbol_of
from huggg.gift.options import Option, read_options
from huggg.gift.store import queries
from huggg.gift.symbols import DEFAULTS, Symbology
from huggg.kit.cached import CachedByKey
from huggg.offline.store import rule_of
from huggg.themes.colours import Colours, colours_of
from huggg.themes.store import brand_pictures
from huggg.themes.theme import Pictures

TTL_SECONDS = 30.0
KEPT_MAX = 500

DIRECTIONS = "https://www.openstreetmap.org/directions"

_TOWN = re.compile(r".*\((?P<town>[^()]+)\)\s*|.*,\s*(?P<after>[^,()]+)")


class Place(Struct, frozen=True):
    """A store where a gift can be used."""

    name: str
    town: str  # empty where the name says it
    note: str  # opening times and the like
    latitude: float | None
    longitude: float | None

    @property
    def directions(self) -> str:
        """Give the address of a map that leads there; empty where the catalogue has no coordinates."""
        if self.latitude is None:
            return ""
        return f"{DIRECTIONS}?route=%3B{self.latitude:.5f}%2C{self.longitude:.5f}"


class Shop(Struct, frozen=True):
    """A location whose staff can redeem by a PIN."""

    id: str
    name: str


class Offering(Struct, frozen=True):
    """The parts of a page that come from the catalogue; texts are empty where a file has none."""

    product: str
    description: str
    instructions: str
    is_for_adults: bool
    brand_id: UUID
    brand: str
    website: str
    coverage: str  # its places in words
    integration_id: int | None
    symbology: Symbology
    has_offline_codes: bool
    time_zone: str
    colours: Colours
    pictures: Pictures
    segments: tuple[Segment, ...]
    places: tuple[Place, ...]  # by town
    shops: tuple[Shop, ...]
    options: tuple[Option, ...]  # of a choice


class Offerings(CachedByKey[UUID, Offering]):
    """The offerings that a process has read lately, by their products. One per process."""

    def __init__(self, database: Database) -> None:
        super().__init__(partial(read_offering, database), seconds=TTL_SECONDS, keys_max=KEPT_MAX)


async def read_offering(database: Database, product_id: UUID) -> Offering:
    """Read an offering by a fixed number of statements, however many places it has."""
    [product] = await load_products(database, [product_id])
    sellers = await sellers_of(database, product_id)
    brands = {brand.id: brand for brand in await load_brands(database, [product.brand_id, *sellers])}
    brand = brands[product.brand_id]
    tills = await database.one(queries.tills, brand_id=brand.id)
    shops = await database.rows(queries.shops, brand_ids=list(brands))
    texts, brand_texts = texts_of(product.document), texts_of(msgspec.json.encode(brand.document))
    default = DEFAULTS.get(symbol_of(brand.integration_id), Symbology.QR)
    return Offering(
        product=text_in(texts, "label"),
        description=text_in(texts, "recipient_description") or text_in(texts, "description"),
        instructions=text_in(texts, "redemption_instructions"),
        is_for_adults=bool(texts.get("over_18_offer")),
        brand_id=brand.id,
        brand=text_in(brand_texts, "name"),
        website=_website(text_in(brand_texts, "website")),
        coverage=text_in(brand_texts, "location_text"),
        integration_id=brand.integration_id,
        symbology=Symbology(tills["symbology"]) if tills["symbology"] else default,
        has_offline_codes=await rule_of(database, brand.id) is not None,
        time_zone=tills["time_zone"],
        colours=colours_of(brand.id, text_in(brand_texts, "colour")),
        pictures=await brand_pictures(database, brand.id),
        segments=tuple(await load_segments(database, product.segment_ids)),
        places=_places(await load_stores(database, _store_ids(brands, brand)), brand_texts),
        shops=tuple(Shop(row["id"], row["name"]) for row in shops),
        options=await read_options(database, product.choice_ids),
    )


def _store_ids(brands: dict[UUID, Brand], brand: Brand) -> list[UUID]:
    """List the stores of all brands that honour a product, each once."""
    all_brands = [brand, *brands.values()]
    return list(dict.fromkeys(store for each in all_brands for store in each.embedded_stores))


def _places(stores: list[Store], brand: dict[str, Any]) -> tuple[Place, ...]:
    fallback = text_in(brand, "default_location_description_markdown")
    documents = [texts_of(store.document) for store in stores]
    name = text_in(brand, "name")
    places = [_place(each, name, fallback) for each in documents if each.get("visible") != 0]
    return tuple(sorted(places, key=lambda place: (place.town.casefold(), place.name.casefold())))


def _place(document: dict[str, Any], brand: str, fallback: str) -> Place:
    name = text_in(document, "name")
    note = text_in(document, "description") or text_in(document, "description_markdown") or fallback
    latitude = _degrees(document.get("latitude") or document.get("latitiude"), 90)
    longitude = _degrees(document.get("longitude"), 180)
    town = text_in(document, "town") or text_in(document, "city") or town_in(name)
    if latitude is None or longitude is None:
        latitude = longitude = None
    if town and name in (brand, f"{brand} ({town})", f"{brand}, {town}"):
        return Place(town, "", note, latitude, longitude)  # the brand's name would stand there again
    return Place(name, town, note, latitude, longitude)


def town_in(name: str) -> str:
    """Find the town in a store's name: `Harbour Roast (Bath)` or `Harbour Roast, Bath`; else empty."""
    match = _TOWN.fullmatch(name)
    return (match["town"] or match["after"]).strip() if match else ""


def _degrees(value: object, most: float) -> float | None:
    try:
        degrees = float(str(value))
    except ValueError:
        return None
    return degrees if abs(degrees) <= most else None


def _website(text: str) -> str:
    """Give the address of a website that is an address or only a host; empty for all else."""
    address = text if "://" in text else f"https://{text}"
    return address if re.fullmatch(r"https?://[\w.-]+\.\w+(?:[/?#][^\s\"<>]*)?", address) else ""

"""The demo world's catalogue: invented brands over all six integrations, a consolidated one, a choice.

It is written as a published page and goes through the ordinary import. Ids are derived from names, so
building it twice gives the same world.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from huggg.catalogue.documents import brand_document, product_document, store_document

NAMESPACE = UUID("6f0c9c1e-7d0a-4d53-9a52-8f1e4b1f9a10")
BORN = "2026-01-05 09:00:00"

CITIES = {
    "Bristol": ("51.4545", "-2.5879"),
    "Bath": ("51.3811", "-2.3590"),
    "London": ("51.5072", "-0.1276"),
    "Cardiff": ("51.4816", "-3.1791"),
    "Leeds": ("53.8008", "-1.5491"),
    "Glasgow": ("55.8642", "-4.2518"),
    "Norwich": ("52.6309", "1.2974"),
    "Exeter": ("50.7184", "-3.5339"),
}

INSTRUCTIONS = {
    1: "Show the number at the till.",
    2: "Ask the staff to enter the shop's PIN on your phone.",
    3: "Show the QR code and ask to pay by gift card.",
    4: "Pick your area and show the code at the box office.",
    5: "Show the QR code at the till.",
    6: "Show the barcode at the till.",
}


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product: its name, its price in pence, and its adjustment codes."""

    label: str
    sale_price: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoBrand:
    """A brand with its products, its cities, and its segments if its codes are drawn by area."""

    name: str
    slug: str
    integration_id: int
    weight: int
    products: tuple[DemoProduct, ...]
    cities: tuple[str, ...]
    segments: tuple[str, ...] = ()
    honours_any_coffee: bool = False

    @property
    def id(self) -> UUID:
        """Derive the brand's id."""
        return demo_id("brand", self.slug)


def demo_id(*parts: str) -> UUID:
    """Derive an id from names."""
    return uuid5(NAMESPACE, "/".join(parts))


ALL = tuple(CITIES)

BRANDS = (
    DemoBrand(
        "Starlight Pictures",
        "starlight",
        4,
        1100,
        (
            DemoProduct("Cinema ticket", 1100, ("TICKET-STD", "TICKET-2D")),
            DemoProduct("Cinema ticket with popcorn", 1650, ("TICKET-COMBO",)),
            DemoProduct("Ticket for two", 2100, ("TICKET-PAIR",)),
        ),
        ALL,
        ("Inside London", "Outside London"),
    ),
    DemoBrand(
        "Harbour Roast",
        "harbour",
        5,
        1080,
        (
            DemoProduct("Any hot drink", 350, ("HOT-REG", "HOT-LARGE", "HOT-OAT")),
            DemoProduct("Coffee and cake", 650, ("COMBO-CAKE",)),
            DemoProduct("Bag of beans", 1250, ("BEANS-250",)),
        ),
        ALL,
        honours_any_coffee=True,
    ),
    DemoBrand(
        "Kettle & Finch",
        "kettle",
        2,
        1060,
        (
            DemoProduct("Pot of tea", 320, ("TEA-POT",)),
            DemoProduct("Cream tea", 795, ("TEA-CREAM",)),
        ),
        ("Bristol", "Bath", "Exeter", "Norwich", "London", "Cardiff", "Leeds"),
        honours_any_coffee=True,
    ),
    DemoBrand(
        "Crumb Theory",
        "crumb",
        6,
        1040,
        (
            DemoProduct("A doughnut", 300, ("DNUT-1",)),
            DemoProduct("Box of six doughnuts", 1500, ("DNUT-6",)),
            DemoProduct("Birthday box", 2400, ("DNUT-12", "DNUT-BDAY")),
        ),
        ALL,
        honours_any_coffee=True,
    ),
    DemoBrand(
        "Lantern Street Kitchen",
        "lantern",
        3,
        1020,
        (
            DemoProduct("Lunch", 1200, ("LUNCH",)),
            DemoProduct("Dinner for two", 4500, ("DINNER-2",)),
            DemoProduct("£25 to spend", 2500, ("GIFT-25",)),
        ),
        ("London", "Leeds", "Glasgow", "Cardiff", "Bristol", "Norwich", "Bath"),
    ),
    DemoBrand(
        "Marrow & Thyme",
        "marrow",
        1,
        1010,
        (
            DemoProduct("Market basket", 2000, ("BASKET-S",)),
            DemoProduct("Sunday roast", 1850, ("ROAST",)),
        ),
        ("Norwich", "Exeter", "Bath", "Leeds", "London", "Glasgow", "Bristol"),
    ),
    DemoBrand(
        "Paper Lighthouse Books",
        "lighthouse",
        2,
        1000,
        (
            DemoProduct("A paperback", 999, ("BOOK-PB",)),
            DemoProduct("£20 book token", 2000, ("TOKEN-20",)),
        ),
        ALL,
    ),
    DemoBrand(
        "Glasshouse Gin Bar",
        "glasshouse",
        5,
        990,
        (
            DemoProduct("A cocktail", 950, ("COCKTAIL",)),
            DemoProduct("Tasting flight", 2200, ("FLIGHT",)),
        ),
        ("Glasgow", "Leeds", "London", "Bristol", "Cardiff", "Exeter", "Norwich"),
    ),
)

ANY_COFFEE = DemoBrand(
    "any coffee place",
    "any-coffee",
    2,
    1090,
    (DemoProduct("A coffee, anywhere", 375, ("ANY-COFFEE",)),),
    (),
)

CHOICE = DemoBrand(
    "a treat of your choice",
    "any-treat",
    2,
    1005,
    (DemoProduct("A £20 treat", 2000),),
    (),
)
CHOSEN = (("marrow", "Market basket"), ("lighthouse", "£20 book token"))
"""The products of which the receiver of a choice picks one: brand and name, all at its price."""

SHOPLESS = (ANY_COFFEE, CHOICE)
"""Brands whose products the shops of others honour."""


def product_id(brand: DemoBrand, product: DemoProduct) -> UUID:
    """Derive a product's id."""
    return demo_id("product", brand.slug, product.label)


def location_ids(brand: DemoBrand) -> list[str]:
    """Name a brand's locations, as they would be handed out: `harbour-bristol`."""
    return [f"{brand.slug}-{city.lower()}" for city in brand.cities]


def segment_ids(brand: DemoBrand) -> list[UUID]:
    """Derive the ids of a brand's segments."""
    return [demo_id("segment", brand.slug, name) for name in brand.segments]


def sold_by(brand: DemoBrand) -> Iterator[tuple[DemoBrand, DemoProduct]]:
    """List the products that a brand's tills honour: its own, and the consolidated ones."""
    yield from ((brand, product) for product in brand.products)
    if brand.honours_any_coffee:
        yield from ((ANY_COFFEE, product) for product in ANY_COFFEE.products)


def adjustment_codes(brand: DemoBrand, product: DemoProduct) -> list[str]:
    """Name this brand's adjustment codes for the product."""
    return [f"{brand.slug[:3].upper()}-{code}" for code in product.codes]


def demo_page() -> dict[str, Any]:
    """Write the whole catalogue as one published page, with our own entities beside."""
    everyone = (*BRANDS, *SHOPLESS)
    documents = {brand.slug: _brand(brand) for brand in everyone}
    return {
        "data": list(documents.values()),
        "embedded": {
            "products": [_product(b, p, documents[b.slug]) for b in everyone for p in b.products],
            "stores": [_store(b, city, documents[b.slug]) for b in BRANDS for city in b.cities],
            "segments": [_segment(b, name) for b in BRANDS for name in b.segments],
            "locations": [_location(b, city) for b in BRANDS for city in b.cities],
            "adjustment_codes": [_codes(b, owner, p) for b in BRANDS for owner, p in sold_by(b)],
            "choices": [_choice()],
        },
    }


def _brand(brand: DemoBrand) -> dict[str, Any]:
    return brand_document(
        brand.id,
        name=brand.name,
        integration_id=brand.integration_id,
        at=BORN,
        weight=brand.weight,
        consolidated=brand in SHOPLESS,
        website=f"https://{brand.slug}.example",
        location_text="the UK" if brand.cities == ALL else " and ".join(brand.cities[:2]),
        products=[product_id(brand, product) for product in brand.products],
        consolidated_products=[
            product_id(owner, product) for owner, product in sold_by(brand) if owner is not brand
        ],
        stores=[_store_id(b, city) for b in _participants(brand) for city in b.cities],
    )


def _participants(brand: DemoBrand) -> list[DemoBrand]:
    """List the brands in whose shops a brand's products are honoured, once each."""
    if brand is ANY_COFFEE:
        return [b for b in BRANDS if b.honours_any_coffee]
    if brand is CHOICE:
        return [b for b in BRANDS if b.slug in dict(CHOSEN)]
    return [brand]


def _choice() -> dict[str, Any]:
    chosen = [demo_id("product", slug, label) for slug, label in CHOSEN]
    return {"product_id": product_id(CHOICE, CHOICE.products[0]), "product_ids": chosen}


def _store_id(brand: DemoBrand, city: str) -> UUID:
    return demo_id("store", brand.slug, city)


def _product(brand: DemoBrand, product: DemoProduct, document: dict[str, Any]) -> dict[str, Any]:
    return product_document(
        product_id(brand, product),
        document,
        label=product.label,
        sale_price=product.sale_price,
        description=f"{product.label} at {brand.name}.",
        redemption_instructions=INSTRUCTIONS[brand.integration_id],
        over_18="Gin" in brand.name,
    )


def _store(brand: DemoBrand, city: str, document: dict[str, Any]) -> dict[str, Any]:
    latitude, longitude = _street(brand, city)
    return store_document(
        _store_id(brand, city),
        document,
        name=f"{brand.name} ({city})",
        latitude=latitude,
        longitude=longitude,
    )


def _street(brand: DemoBrand, city: str) -> tuple[str, str]:
    """Pick a spot within a mile of the middle of the city, the same one every time."""
    dice = _store_id(brand, city).bytes
    north, east = (
        (int.from_bytes(dice[i : i + 3]) / 2**24 - 0.5) * reach for i, reach in ((0, 0.026), (3, 0.04))
    )
    latitude, longitude = CITIES[city]
    return f"{float(latitude) + north:.7f}", f"{float(longitude) + east:.7f}"


def _segment(brand: DemoBrand, name: str) -> dict[str, Any]:
    return {
        "id": str(demo_id("segment", brand.slug, name)),
        "name": name,
        "brand_id": str(brand.id),
        "product_ids": [str(product_id(brand, product)) for product in brand.products],
    }


def _location(brand: DemoBrand, city: str) -> dict[str, Any]:
    return {
        "id": f"{brand.slug}-{city.lower()}",
        "brand_id": str(brand.id),
        "store_id": str(_store_id(brand, city)),
        "name": f"{brand.name}, {city}",
    }


def _codes(brand: DemoBrand, owner: DemoBrand, product: DemoProduct) -> dict[str, Any]:
    return {
        "brand_id": str(brand.id),
        "product_id": str(product_id(owner, product)),
        "codes": adjustment_codes(brand, product),
    }

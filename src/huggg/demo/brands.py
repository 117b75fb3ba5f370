"""The invented brands of the demo world, over all six integrations, a consolidated one, a choice.

Ids are derived from names, so building the world twice gives the same world.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

NAMESPACE = UUID("6f0c9c1e-7d0a-4d53-9a52-8f1e4b1f9a10")

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

"""The map in the database: where stores are, which of them are on it, and that every cluster adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from huggg.catalogue import tiles
from huggg.catalogue.importing import import_catalogue
from huggg.catalogue.store import Store
from huggg.catalogue.tiles import Cell, pins_of
from huggg.catalogue.view import (
    CIRCLE_E7,
    GRANULARITY_MAX,
    MERIDIAN_E7,
    View,
    divisions_for,
    read_view,
)
from huggg.database.migrate import migrate, newest_revision, upgrade
from huggg.database.pool import Database
from tests.conftest import fresh_database
from tests.support.catalogue import Document, brand, id_of, ids, page, product, store, text
from tests.support.sql import sql

WORLD = read_view("90,-180:-90,180")


@pytest.mark.parametrize(
    ("coordinate", "latitude", "longitude"),
    [
        ("51.4545", 514_545_000, 514_545_000),
        ("-2.5879000", -25_879_000, -25_879_000),
        ("51", 510_000_000, 510_000_000),
        ("+51.", 510_000_000, 510_000_000),
        ("-.1276", -1_276_000, -1_276_000),
        (" 51.4545 ", 514_545_000, 514_545_000),
        ("0", 0, 0),
        ("-0.00", 0, 0),
        ("51.00000004", 510_000_000, 510_000_000),
        ("51.00000005", 510_000_001, 510_000_001),
        ("-51.00000005", -510_000_001, -510_000_001),
        ("90", 900_000_000, 900_000_000),
        ("-90.0", -900_000_000, -900_000_000),
        ("90.00000000001", None, 900_000_000),
        ("-179.9999999", None, -1_799_999_999),
        ("180", None, 1_800_000_000),
        ("180.00000001", None, None),
        ("999", None, None),
        ("5145450", None, None),
        *(
            (nothing, None, None)
            for nothing in (
                *("", " ", '""', "-", ".", "+", "x", "51,4545", "51.4545N", "51 27 16", "5 1", "--5"),
                *("NaN", "nan", "Infinity", "-inf", "1e1", "5E1", "0x33", "5_1", "51.4\n", "\t51.4"),
                *("\u0665\u0661.\u0664", "\uff15\uff11", "51.\u0664", "51.4" + 21 * "0", 300 * "9"),
                None,
            )
        ),
    ],
)
async def test_a_coordinate_is_a_text_that_may_be_no_number(
    database: Database, coordinate: str | None, latitude: int | None, longitude: int | None
) -> None:
    await import_catalogue(
        database, text(page([], [], [store("Quay", latitude=coordinate, longitude=coordinate)]))
    )
    [row] = await sql(database, "SELECT latitude_e7, longitude_e7 FROM stores")
    assert (row["latitude_e7"], row["longitude_e7"]) == (latitude, longitude)


async def on_maps(database: Database) -> dict[str, list[str]]:
    """Name the stores on the map of each platform."""
    by_name = {}
    for platform in ("app", "imessage"):
        pins = await pins_of(database, WORLD, sold_on=platform, granularity=None)
        names = [msgspec.json.decode(pin.document)["name"] for pin in pins if isinstance(pin, Store)]
        by_name[platform] = sorted(names)
    return by_name


def one_shop(name: str, *sold: Document, **changes: Any) -> tuple[Document, Document]:
    """Write a brand that sells these as its own, and its only store, of the same name."""
    document = brand(name, products=ids(sold), **changes)
    shop = store(name, document)
    return document | {"stores": [shop["id"]]}, shop


async def test_a_store_is_on_the_maps_of_the_platforms_on_which_its_brand_sells_something(
    database: Database,
) -> None:
    owner = brand("any coffee place", consolidated=1)
    both = product("Both", brand("Both"))
    app = product("App", brand("App"), on_imessage=0)
    imessage = product("iMessage", brand("iMessage"), on_app=0)
    neither = product("Neither", brand("Neither"), on_app=0, on_imessage=0)
    untold = product("Untold", brand("Untold"), on_app=None, on_imessage=None)
    inactive = product("Inactive", brand("Inactive"), active=0)
    coffee = product("A coffee, anywhere", owner, on_imessage=0)
    shops = [
        one_shop("Both", both),
        one_shop("App", app),
        one_shop("iMessage", imessage),
        one_shop("Neither", neither),
        one_shop("Untold", untold),
        one_shop("Inactive", inactive),
        one_shop("Sells nothing"),
        one_shop("Coffee", consolidated_products=ids([coffee])),
        one_shop("Gone", deleted_at="2026-05-01 00:00:00"),
    ]
    shops[-1][0]["products"] = ids([both])
    owner |= {"products": ids([coffee])}
    products = [both, app, imessage, neither, untold, inactive, coffee]
    brands = [owner, *(document for document, _ in shops)]
    await import_catalogue(database, text(page(brands, products, [shop for _, shop in shops])))
    assert await on_maps(database) == {
        "app": ["App", "Both", "Coffee"],
        "imessage": ["Both", "iMessage"],
    }


async def test_a_store_that_only_a_consolidated_brand_lists_is_on_its_maps(database: Database) -> None:
    owner = brand("any coffee place", consolidated=1)
    coffee = product("A coffee, anywhere", owner, on_imessage=0)
    gone, its_shop = one_shop("Gone", deleted_at="2026-05-01 00:00:00")
    stranger = store("Of a brand we do not know")
    unlisted = store("Of another brand we do not know")
    owner |= {"products": ids([coffee])}
    blank = page([owner, gone], [coffee], [unlisted, stranger, its_shop])  # its stretch is unlisted
    await import_catalogue(database, text(blank))
    expected = ["Of a brand we do not know", "Of another brand we do not know"]
    assert await on_maps(database) == {"app": expected, "imessage": []}
    owner |= {"stores": ids([stranger, its_shop])}
    await import_catalogue(database, text(page([owner, gone], [coffee], [stranger, its_shop])))
    assert await on_maps(database) == {"app": ["Of a brand we do not know"], "imessage": []}


async def test_a_store_that_is_hidden_or_nowhere_is_on_no_map(database: Database) -> None:
    sold = product("Tea", brand("Tea"))
    tea, shop = one_shop("Tea", sold)
    others = [
        store("Hidden", tea, visible=0),
        store("No latitude", tea, latitude=""),
        store("No longitude", tea, longitude=""),
        store("Latitude unknown", tea, latitude=None),
        store("Beyond the pole", tea, latitude="90.1"),
        store("Beyond the meridian", tea, longitude="-180.1"),
        store("A word", tea, latitude="north"),
    ]
    tea |= {"stores": ids([shop, *others])}
    await import_catalogue(database, text(page([tea], [sold], [shop, *others])))
    assert await on_maps(database) == {"app": ["Tea"], "imessage": ["Tea"]}


async def test_every_import_keeps_the_map_up_to_date(database: Database) -> None:
    sold = product("Tea", brand("Tea"))
    tea, shop = one_shop("Tea", sold)
    await import_catalogue(database, text(page([tea], [sold], [shop])))
    changes: list[tuple[Document, list[str], list[str]]] = [
        (page([], [sold | {"active": 0}]), [], []),
        (page([], [sold | {"on_app": 0}]), [], ["Tea"]),
        (page([tea | {"products": []}]), [], []),
        (page([tea], [sold]), ["Tea"], ["Tea"]),
        (page([], [], [shop | {"visible": 0}]), [], []),
        (page([], [], [shop | {"longitude": ""}]), [], []),
        (page([tea | {"stores": []}], [], [shop]), [], []),
        (page([tea]), ["Tea"], ["Tea"]),
        (page([tea | {"deleted_at": "2026-05-01 00:00:00"}]), [], []),
    ]
    for file, on_app, on_imessage in changes:
        await import_catalogue(database, text(file))
        assert await on_maps(database) == {"app": on_app, "imessage": on_imessage}


async def test_a_database_from_before_the_map_gets_it_by_migrating(postgres: str) -> None:
    sold = product("Tea", brand("Tea"), on_imessage=0)
    tea, shop = one_shop("Tea", sold)
    odd = store("Odd", tea, latitude="north", visible=False)
    async with fresh_database(postgres, "template1") as url:
        connection = await asyncpg.connect(url)
        await connection.execute(upgrade("base:0002"))
        await connection.execute("INSERT INTO brands (published, position) VALUES ($1, 1)", json_of(tea))
        await connection.execute("INSERT INTO products (published) VALUES ($1)", json_of(sold))
        for document in (shop, odd):
            await connection.execute("INSERT INTO stores (published) VALUES ($1)", json_of(document))
        await connection.execute(
            "INSERT INTO brand_products SELECT b.id, p.id, false, 0 FROM brands b, products p"
        )
        await connection.execute(
            "INSERT INTO brand_stores SELECT b.id, s.id, 0, true FROM brands b, stores s"
        )
        assert await migrate(url) == ("0002", newest_revision())
        rows = await connection.fetch("SELECT * FROM stores ORDER BY shown DESC")
        await connection.close()
    keys = ("latitude_e7", "longitude_e7", "visible", "shown", "on_app", "on_imessage")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        (514_500_000, -25_900_000, True, True, True, False),
        (None, -25_900_000, False, False, False, False),
    ]


def json_of(document: Document) -> str:
    return text(document).decode()


# Corners and stores fall on the same few places again and again: on edges of cells and of views.
latitudes = st.integers(-900_000_000, 900_000_000) | st.sampled_from(
    [-900_000_000, -450_000_000, 0, 225_000_000, 514_545_000, 900_000_000]
)
longitudes = st.integers(-1_800_000_000, 1_800_000_000) | st.sampled_from(
    [-1_800_000_000, -1_799_999_999, -900_000_000, 0, 450_000_000, 1_799_999_999, 1_800_000_000]
)
positions = st.lists(st.tuples(latitudes, longitudes), max_size=40)
corners = st.tuples(latitudes, longitudes, latitudes, longitudes)

any_map = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def degrees(e7: int) -> str:
    return f"{Decimal(e7) / 10_000_000:.7f}"


async def place(database: Database, places: Sequence[tuple[int, int]]) -> None:
    """Leave no stores but some at these places, on every map."""
    documents = [
        json_of(store(f"Shop {n}", latitude=degrees(latitude), longitude=degrees(longitude)))
        for n, (latitude, longitude) in enumerate(places)
    ]
    await sql(database, "DELETE FROM stores")
    await sql(
        database,
        "INSERT INTO stores (published, shown, on_app, on_imessage)"
        " SELECT document::json, true, true, true FROM unnest($1::text[]) AS given (document)",
        documents,
    )


@dataclass(frozen=True)
class Rectangle:
    """The meaning of a view, said without any arithmetic of ours."""

    north: int
    west: int
    south: int
    east: int

    @classmethod
    def between(cls, one: int, first: int, other: int, second: int) -> Rectangle:
        """Order the corners of a view; one that reaches one end of the map reaches the other."""
        west, east = first, second
        if 0 < first - second <= CIRCLE_E7 // 2 or first - second == CIRCLE_E7:
            west, east = second, first
        if (west, east) != (-MERIDIAN_E7, MERIDIAN_E7):
            west = MERIDIAN_E7 if west == -MERIDIAN_E7 else west
            east = -MERIDIAN_E7 if east == MERIDIAN_E7 else east
        return cls(max(one, other), west, min(one, other), east)

    def holds(self, latitude: int, longitude: int) -> bool:
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


def view_between(one: int, first: int, other: int, second: int) -> View:
    return read_view("{},{}:{},{}".format(*map(degrees, (one, first, other, second))))


def check_clusters(
    cells: Sequence[Any], rectangle: Rectangle, inside: Sequence[tuple[int, int]], divisions: int
) -> None:
    assert sum(cell.count for cell in cells) == len(inside)
    for cell in cells:
        box = Rectangle(cell.north_e7, cell.west_e7, cell.south_e7, cell.east_e7)
        assert 0 <= (box.east - box.west) * divisions <= CIRCLE_E7  # no wider than a cell …
        assert (box.north - box.south) * divisions <= CIRCLE_E7 // 2  # … nor higher
        assert rectangle.holds(box.north, box.west)
        assert rectangle.holds(box.south, box.east)
        assert not (
            rectangle.west > rectangle.east and box.west <= rectangle.east and box.east >= rectangle.west
        )
        members = [place for place in inside if box.holds(*place)]
        assert cell.count == len(members) > 0  # each box holds its own and no other's
        up, along = zip(*members, strict=True)
        assert (box.south, box.north, box.west, box.east) == (min(up), max(up), min(along), max(along))
        assert abs(cell.latitude_e7 - Fraction(sum(up), len(up))) <= Fraction(1, 2)
        assert abs(cell.longitude_e7 - Fraction(sum(along), len(along))) <= Fraction(1, 2)
        assert box.holds(cell.latitude_e7, cell.longitude_e7)


END_OF_A_ROW, START_OF_THE_NEXT = (100_000_000, 1_800_000_000), (500_000_000, -1_800_000_000)
EVERYWHERE = (900_000_000, -1_800_000_000, -900_000_000, 1_800_000_000)


@any_map
@given(positions, corners, st.integers(0, GRANULARITY_MAX))
@example([END_OF_A_ROW, START_OF_THE_NEXT], EVERYWHERE, 0)
@example([(0, 0), (0, 100_000_000)], (0, 100_000_000, 0, 0), 0)  # swapped
@example([(0, 0), (0, 1)], (0, 1, 0, 0), 0)
@example([(0, 1_799_999_999), (0, -1_799_999_999)], (0, 1_700_000_000, 0, -1_700_000_000), 0)
@example(  # either side of a gap within a cell
    [(0, -1_800_000_000), (0, -1_795_000_000)], (0, -1_799_000_000, 0, 1_800_000_000), 0
)
@example([(0, 1_800_000_000), (0, -1_800_000_000)], (0, 1_700_000_000, 0, 1_800_000_000), 0)
@example([(0, 0), (0, 1)], (0, -1_800_000_000, 0, 1_800_000_000), 0)
async def test_clusters_add_up_to_the_stores_they_stand_for(
    database: Database,
    places: list[tuple[int, int]],
    edges: tuple[int, int, int, int],
    granularity: int,
) -> None:
    await place(database, places)
    rectangle, view = Rectangle.between(*edges), view_between(*edges)
    cells = await pins_of(database, view, sold_on="app", granularity=granularity)
    inside = [place for place in places if rectangle.holds(*place)]
    check_clusters(cells, rectangle, inside, divisions_for(view, granularity))


@any_map
@given(positions, corners)
async def test_a_view_holds_its_stores_or_if_they_are_too_many_clusters_of_them(
    database: Database, places: list[tuple[int, int]], edges: tuple[int, int, int, int]
) -> None:
    await place(database, places)
    rectangle, view = Rectangle.between(*edges), view_between(*edges)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "STORES_MAX", 5)
        pins = await pins_of(database, view, sold_on="imessage", granularity=None)
    inside = [place for place in places if rectangle.holds(*place)]
    if len(inside) > 5:
        check_clusters(pins, rectangle, inside, divisions_for(view, None))
        return
    expected = [id_of("store", f"Shop {n}") for n, place in enumerate(places) if rectangle.holds(*place)]
    assert [str(pin.id) for pin in pins if isinstance(pin, Store)] == sorted(expected)


async def test_the_180th_meridian_parts_no_view_and_joins_no_cluster(database: Database) -> None:
    taveuni, suva, apia = (
        (-168_000_000, 1_799_000_000),
        (-181_000_000, 1_784_000_000),
        (-138_000_000, -1_717_000_000),
    )
    on_both_sides = [(-165_000_000, 1_800_000_000), (-165_000_000, -1_800_000_000)]
    await place(database, [taveuni, suva, apia, *on_both_sides])
    pacific = view_between(0, 1_700_000_000, -300_000_000, -1_700_000_000)
    for granularity, counts in [(0, [2, 1, 2]), (4, [1, 1, 1, 1, 1])]:
        cells = await pins_of(database, pacific, sold_on="app", granularity=granularity)
        counted = [cell.count for cell in cells if isinstance(cell, Cell)]
        assert counted == counts

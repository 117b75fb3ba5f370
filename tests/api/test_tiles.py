"""`GET /api/v2/tiles/{corner}:{corner}`: the map."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from huggg.catalogue import tiles
from huggg.catalogue.importing import import_catalogue
from huggg.database.pool import Database
from tests.support.catalogue import Document, brand, high_street, ids, page, product, store, text
from tests.support.reading import Query, read, refusal
from tests.support.silence import nothing_moves
from tests.support.sql import statements_ran
from tests.support.world import World

TILES = "/api/v2/tiles"
BRITAIN = f"{TILES}/61.091,-11.042:49.655,2.104"
BRISTOL = f"{TILES}/51.55,-2.75:51.35,-2.45"
NOWHERE = f"{TILES}/0.5,-30.5:0.1,-30.1"

PLACES = {
    "Quay": ("51.4500000", "-2.6000000"),
    "Market": ("51.4550000", "-2.5900000"),
    "Arcade": ("51.4560000", "-2.5890000"),
    "Spa": ("51.3800000", "-2.3600000"),
    "Minster": ("53.9600000", "-1.0800000"),
}
"""Three stores in Bristol, one in Bath, one in York."""


def coffee_shops(**changes: Any) -> Document:
    """A brand with stores in three cities, which sells coffee everywhere and tea on iMessage only."""
    harbour = brand("Harbour Roast")
    coffee, tea = product("Coffee", harbour, **changes), product("Tea", harbour, on_app=0, **changes)
    stores = [
        store(name, harbour, latitude=latitude, latitiude=latitude, longitude=longitude)
        for name, (latitude, longitude) in PLACES.items()
    ]
    return page(
        [harbour | {"products": ids([coffee, tea]), "stores": ids(stores)}], [coffee, tea], stores
    )


def pins(answer: Document) -> list[Document]:
    assert list(answer) == ["data"]
    [tile] = answer["data"]
    assert list(tile) == ["pins"]
    pins_of_tile: list[Document] = tile["pins"]
    return pins_of_tile


def counts(answer: Document) -> list[int]:
    return [cluster["count"] for cluster in pins(answer)]


async def test_pins_are_stores_as_they_were_imported(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = coffee_shops()
    await import_catalogue(database, text(catalogue, indent=2))
    answer = await read(window, BRITAIN)
    expected = sorted(catalogue["embedded"]["stores"], key=lambda document: str(document["id"]))
    assert json.dumps(pins(answer)) == json.dumps(expected)
    assert {pin["latitiude"] for pin in pins(answer)} == {latitude for latitude, _ in PLACES.values()}


async def test_a_view_shows_what_is_between_its_corners(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    pins_seen = pins(await read(window, BRISTOL))
    assert sorted(pin["name"] for pin in pins_seen) == ["Arcade", "Market", "Quay"]
    on_the_edge = pins(await read(window, f"{TILES}/51.456,-2.6:51.455,-2.589"))
    assert sorted(pin["name"] for pin in on_the_edge) == ["Arcade", "Market"]
    assert pins(await read(window, NOWHERE)) == []


@pytest.mark.parametrize(
    "corners",
    [
        "51.55,-2.75:51.35,-2.45",  # north-west, south-east
        "51.35,-2.75:51.55,-2.45",  # south-west, north-east
        "51.55,-2.45:51.35,-2.75",  # north-east, south-west
        "51.35,-2.45:51.55,-2.75",  # south-east, north-west
    ],
)
async def test_any_two_opposite_corners_show_the_same_pins(
    database: Database, window: httpx2.AsyncClient, corners: str
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    assert await read(window, f"{TILES}/{corners}") == await read(window, BRISTOL)
    by_zoom = [("granularity", "11")]
    assert await read(window, f"{TILES}/{corners}", by_zoom) == await read(window, BRISTOL, by_zoom)


@pytest.mark.parametrize("corners", ["51.234,52.343:51.3442,53.53534", "10,10:10.1,10.1"])
@pytest.mark.parametrize("query", [[], [("granularity", "5")]])
async def test_an_area_without_stores_is_a_tile_without_pins(
    database: Database, window: httpx2.AsyncClient, corners: str, query: Query
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    assert await read(window, f"{TILES}/{corners}", query) == {"data": [{"pins": []}]}


async def test_whole_degrees_and_a_slash_at_the_end_are_understood(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    assert len(pins(await read(window, f"{TILES}/52,-3:51,-2/"))) == 4
    assert len(pins(await read(window, f"{TILES}/52%2C-3%3A51%2C-2"))) == 4


async def test_a_granularity_makes_clusters_from_north_to_south(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    answer = await read(window, BRITAIN, [("granularity", "6")])
    york, bristol_and_bath = pins(answer)
    assert json.dumps(york) == json.dumps(
        {
            "type": "cluster",
            "image_url": None,
            "count": 1,
            "pin": {"longitude": -1.08, "latitude": 53.96},
            "area": {
                "north_west": {"longitude": -1.08, "latitude": 53.96},
                "south_east": {"longitude": -1.08, "latitude": 53.96},
            },
        }
    )
    assert bristol_and_bath == {
        "type": "cluster",
        "image_url": None,
        "count": 4,
        "pin": {"longitude": -2.53475, "latitude": 51.43525},
        "area": {
            "north_west": {"longitude": -2.6, "latitude": 51.456},
            "south_east": {"longitude": -2.36, "latitude": 51.38},
        },
    }


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [("0", [4]), ("6", [4]), ("8", [3, 1]), ("11", [2, 1, 1])],
)
async def test_a_finer_granularity_tells_more_apart_and_counts_the_same(
    database: Database, window: httpx2.AsyncClient, granularity: str, expected: list[int]
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    close = f"{TILES}/51.5,-2.61:51.37,-2.35"
    assert counts(await read(window, close, [("granularity", granularity)])) == expected


async def test_a_granularity_too_fine_for_the_view_is_coarsened(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    assert counts(await read(window, BRITAIN, [("granularity", "22")])) == [1, 4]
    assert counts(await read(window, BRISTOL, [("granularity", "22")])) == [2, 1]
    street = f"{TILES}/51.457,-2.591:51.454,-2.588"
    assert counts(await read(window, street, [("granularity", "22")])) == [1, 1]


async def test_a_cluster_counts_only_what_is_in_view(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    [cluster] = pins(await read(window, BRISTOL, [("granularity", "0")]))
    assert cluster["count"] == 3
    assert cluster["area"] == {
        "north_west": {"longitude": -2.6, "latitude": 51.456},
        "south_east": {"longitude": -2.589, "latitude": 51.45},
    }
    assert pins(await read(window, NOWHERE, [("granularity", "9")])) == []


async def test_too_many_stores_to_show_are_clustered_as_suits_the_view(
    database: Database, window: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    monkeypatch.setattr(tiles, "STORES_MAX", 4)
    assert counts(await read(window, BRITAIN)) == [1, 4]
    assert len(pins(await read(window, f"{TILES}/52,-3:51,-2"))) == 4
    assert "count" not in pins(await read(window, f"{TILES}/52,-3:51,-2"))[0]
    monkeypatch.setattr(tiles, "STORES_MAX", 2)
    assert counts(await read(window, f"{TILES}/52,-3:51,-2")) == [3, 1]


async def test_a_platform_shows_the_stores_of_brands_that_sell_something_on_it(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(coffee_shops(on_imessage=0)))
    assert len(pins(await read(window, BRITAIN))) == 5
    assert len(pins(await read(window, BRITAIN, [("platform", "app")]))) == 5
    assert pins(await read(window, BRITAIN, [("platform", "imessage")])) == []
    both: Query = [("platform", "imessage"), ("granularity", "0")]
    assert pins(await read(window, BRITAIN, both)) == []
    assert counts(await read(window, BRITAIN, [("platform", "app"), ("granularity", "0")])) == [5]


async def test_consolidated_products_count_as_sold_and_blank_places_are_on_no_map(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(high_street()))  # Harbour Roast honours any coffee, no more
    names = sorted(pin["name"] for pin in pins(await read(window, BRITAIN)))
    assert names == [
        "Attic",
        "Barge",
        "Corner",
        "Kiosk",
        "Loft",
        "Market",
        "Screen 1",
        "Screen 2",
        "Screen 3",
    ]


async def test_a_view_across_the_180th_meridian_is_one_view(
    database: Database, window: httpx2.AsyncClient
) -> None:
    harbour = brand("Harbour Roast")
    coffee = product("Coffee", harbour)
    stores = [
        store("Suva", harbour, latitude="-18.14", longitude="178.44"),
        store("Apia", harbour, latitude="-13.83", longitude="-171.76"),
        store("Bristol", harbour, latitude="51.45", longitude="-2.59"),
    ]
    harbour |= {"products": ids([coffee]), "stores": ids(stores)}
    await import_catalogue(database, text(page([harbour], [coffee], stores)))
    pacific = f"{TILES}/0.0,170.0:-30.0,-170.0"
    assert sorted(pin["name"] for pin in pins(await read(window, pacific))) == ["Apia", "Suva"]
    clusters = pins(await read(window, pacific, [("granularity", "0")]))
    assert [(cluster["count"], cluster["pin"]["longitude"]) for cluster in clusters] == [
        (1, -171.76),
        (1, 178.44),
    ]
    the_other_way_round = f"{TILES}/0.0,-170.0:-30.0,170.0"
    assert pins(await read(window, the_other_way_round)) == []


async def test_a_map_costs_one_statement_and_another_where_it_shows_stores(
    database: Database, window: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_catalogue(database, text(coffee_shops()))
    ran = statements_ran(monkeypatch)
    await read(window, BRITAIN)
    assert ran == ["caller", "clusters_in_view", "stores_in_view"]
    ran.clear()
    await read(window, BRITAIN, [("granularity", "5")])
    assert ran == ["caller", "clusters_in_view"]
    ran.clear()
    monkeypatch.setattr(tiles, "STORES_MAX", 4)
    await read(window, BRITAIN)
    assert ran == ["caller", "clusters_in_view"]


PAIRS = "tiles: must be latitude,longitude:latitude,longitude, two opposite corners."


@pytest.mark.parametrize(
    ("corners", "query", "sentence"),
    [
        ("3", [], PAIRS),
        ("61.091,-11.042", [], PAIRS),
        ("61.091,-11.042:49.655,2.104:0,0", [], PAIRS),
        ("61.091,-11.042:49.655,2.104,1", [], PAIRS),
        (
            "NaN,-11.042:49.655,2.104",
            [],
            "tiles: the first latitude must be a number of degrees like 51.4545.",
        ),
        (
            "61.091,-1e1:49.655,2.104",
            [],
            "tiles: the first longitude must be a number of degrees like 51.4545.",
        ),
        (
            "61.091,-11.042:%D9%A5%D9%A1.%D9%A4,2.104",
            [],
            "tiles: the second latitude must be a number of degrees like 51.4545.",
        ),
        (
            "61.091,-11.042:49.655,Infinity",
            [],
            "tiles: the second longitude must be a number of degrees like 51.4545.",
        ),
        ("90.1,0.0:0.0,0.0", [], "tiles: the first latitude must be from -90 to 90."),
        ("0.0,-180.1:0.0,0.0", [], "tiles: the first longitude must be from -180 to 180."),
        *(
            (
                "1.0,1.0:0.0,2.0",
                [("granularity", bad)],
                "granularity: must be a whole number from 0 to 22.",
            )
            for bad in ("", "-1", "23", "1.5", "1e1", "NaN", "ten", "\u0665")
        ),
        *(
            ("1.0,1.0:0.0,2.0", [("platform", bad)], "platform: must be one of app, imessage.")
            for bad in ("", "web", "App")
        ),
        ("%00", [], PAIRS),
    ],
)
async def test_a_view_that_makes_no_sense_is_refused_with_what_is_wrong_with_it(
    window: httpx2.AsyncClient, database: Database, corners: str, query: Query, sentence: str
) -> None:
    async with nothing_moves(database):
        assert await refusal(window, f"{TILES}/{corners}", query) == (422, sentence)


async def test_every_caller_with_a_token_may_see_the_map(town: World) -> None:
    for caller in (town.client_token, town.amara, town.till):
        answer = await town.call("GET", BRITAIN, caller)
        names = sorted(pin["name"] for pin in pins(answer.json()))
        assert names == ["bath2", "bristol17", "leeds5", "york1"]


@pytest.mark.parametrize("path", [BRITAIN, f"{TILES}/nonsense"])
async def test_no_caller_sees_the_map_without_a_token(http: httpx2.AsyncClient, path: str) -> None:
    assert await refusal(http, path) == (401, "Authentication failed.")

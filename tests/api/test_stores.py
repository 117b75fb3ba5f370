"""`GET /api/v2/stores`."""

from __future__ import annotations

import json

import httpx2
import pytest

from huggg.catalogue.importing import import_catalogue
from huggg.database.pool import Database
from tests.support.catalogue import Document, brand, high_street, id_of, ids, page, store, text
from tests.support.reading import PAGE_KEYS, Query, paging, read, refusal
from tests.support.sql import statements_ran
from tests.support.world import World

STORES = "/api/v2/stores"
GONE = "2019-05-01 00:00:00"

SCREENS = ["Screen 1", "Screen 2", "Screen 3"]
EVERYWHERE = ["Attic", "Barge", "Corner", "Kiosk", "Loft", "Market", "Quay", *SCREENS]


def of(*names: str) -> Query:
    return [("brand_id[]", id_of("brand", name)) for name in names]


def names(answer: Document) -> list[str]:
    """Name the stores of a page, by the alphabet: their order is that of their ids."""
    return sorted(document["name"] for document in answer["data"])


async def test_stores_are_answered_as_they_were_imported_in_the_order_of_their_ids(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    await import_catalogue(database, text(catalogue, indent=2))
    answer = await read(window, STORES)
    expected = sorted(catalogue["embedded"]["stores"], key=lambda document: str(document["id"]))
    assert json.dumps(answer["data"]) == json.dumps(expected)
    assert list(answer) == PAGE_KEYS


async def test_pages_are_twenty_long_and_linked(database: Database, window: httpx2.AsyncClient) -> None:
    harbour = brand("Harbour Roast")
    stores = [store(f"Shop {number}", harbour) for number in range(45)]
    await import_catalogue(database, text(page([harbour | {"stores": ids(stores)}], [], stores)))
    answer = await read(window, STORES, [("page", "2"), ("embed[]", "brand"), *of("Harbour Roast")])
    assert ids(answer["data"]) == sorted(ids(stores))[20:40]
    here = f"http://huggg.test{STORES}?brand_id%5B0%5D={harbour['id']}&embed%5B0%5D=brand"
    assert paging(answer) == {
        "current_page": 2,
        "from": 21,
        "last_page": 3,
        "next_page_url": f"{here}&page=3",
        "path": here,
        "per_page": 20,
        "prev_page_url": f"{here}&page=1",
        "to": 40,
        "total": 45,
    }
    beyond = await read(window, STORES, [("page", "9")])
    assert (beyond["data"], beyond["from"], beyond["to"], beyond["total"]) == ([], None, None, 45)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ([], EVERYWHERE),
        (of("Harbour Roast"), ["Market", "Quay"]),
        (of("Harbour Roast", "Starlight Pictures"), ["Market", "Quay", *SCREENS]),
        (of("any coffee place"), ["Barge", "Corner", "Kiosk", "Loft", "Market", "Quay"]),
        (of("nobody"), []),
        ([("brand_id[9]", id_of("brand", "Kettle & Finch").upper())], ["Attic", "Corner"]),
    ],
)
async def test_brands_pick_the_stores_they_are_found_at(
    database: Database, window: httpx2.AsyncClient, query: Query, expected: list[str]
) -> None:
    await import_catalogue(database, text(high_street()))
    answer = await read(window, STORES, query)
    assert (names(answer), answer["total"]) == (expected, len(expected))


async def test_hidden_and_closed_stores_and_those_given_no_longer_are_left_out(
    database: Database, window: httpx2.AsyncClient
) -> None:
    here, gone = brand("Here"), brand("Gone", deleted_at=GONE)
    anywhere = brand("any coffee place", consolidated=1)
    open_ = store("Open", here)
    hidden = store("Hidden", here, visible=0)
    closed = store("Closed: no brand is found there", here)
    left = store("Left: listed by a brand that is gone", here)
    of_gone = store("Of a brand that is gone, whoever lists it", gone)
    of_a_stranger = store("Of a brand we do not know")
    untold = store("Of which nobody says whether it is hidden", here, visible=None)
    here |= {"stores": ids([open_, hidden, untold])}
    gone |= {"stores": ids([left, of_gone])}
    anywhere |= {"stores": ids([open_, of_gone, of_a_stranger])}
    stores = [open_, hidden, closed, left, of_gone, of_a_stranger, untold]
    await import_catalogue(database, text(page([here, gone, anywhere], [], stores)))
    answer = await read(window, STORES)
    assert ids(answer["data"]) == sorted(ids([open_, of_a_stranger, untold]))
    assert answer["total"] == 3
    assert names(await read(window, STORES, of("any coffee place"))) == [
        "Of a brand we do not know",
        "Open",
    ]
    assert names(await read(window, STORES, of("Gone"))) == []


async def test_an_import_that_changes_who_is_found_where_changes_the_list(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    await import_catalogue(database, text(catalogue))
    harbour = catalogue["data"][2]
    await import_catalogue(database, text(page([harbour | {"deleted_at": GONE}])))
    assert set(EVERYWHERE) - set(names(await read(window, STORES))) == {"Market", "Quay"}
    await import_catalogue(database, text(page([harbour])))
    assert names(await read(window, STORES)) == EVERYWHERE
    kettle = catalogue["data"][3]
    await import_catalogue(database, text(page([kettle | {"stores": kettle["stores"][:1]}])))
    assert set(EVERYWHERE) - set(names(await read(window, STORES))) == {"Attic"}


async def test_brands_can_be_embedded_where_we_know_them(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    await import_catalogue(database, text(catalogue))
    answer = await read(window, STORES, [("embed[]", "brand"), ("embed[]", "products")])
    assert list(answer) == [*PAGE_KEYS, "embedded"]
    assert list(answer["embedded"]) == ["brands"]
    met = dict.fromkeys(document["brand_id"] for document in answer["data"])
    by_id = {document["id"]: document for document in catalogue["data"]}
    expected = [by_id[brand_id] for brand_id in met if brand_id in by_id]
    assert len(expected) == 3
    assert json.dumps(answer["embedded"]["brands"]) == json.dumps(expected)


async def test_no_stores_are_an_empty_page(window: httpx2.AsyncClient) -> None:
    answer = await read(window, STORES, [("embed[]", "brand")])
    assert (answer["data"], answer["total"], answer["last_page"]) == ([], 0, 1)
    assert answer["embedded"] == {"brands": []}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ([("brandId", "17")], "brandId: is not known; did you mean brand_id?"),
        ([("page", "0")], "page: must be a whole number from 1 to 1000000000."),
        ([("per_page", "x")], "per_page: must be a whole number from 1 to 100."),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    window: httpx2.AsyncClient, query: Query, sentence: str
) -> None:
    assert await refusal(window, STORES, query) == (422, sentence)


async def test_a_page_costs_two_statements_and_one_for_its_brands(
    database: Database, window: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_catalogue(database, text(high_street()))
    ran = statements_ran(monkeypatch)
    await read(window, STORES)
    assert ran == ["caller", "stores_page", "count_stores"]
    ran.clear()
    await read(window, STORES, [("embed[]", "brand")])
    assert ran == ["caller", "stores_page", "count_stores", "brands"]


async def test_every_caller_with_a_token_may_read(town: World) -> None:
    for caller in (town.client_token, town.amara, town.till):
        assert (await town.call("GET", STORES, caller)).status_code == 200


async def test_no_caller_reads_without_a_token(http: httpx2.AsyncClient) -> None:
    assert await refusal(http, STORES) == (401, "Authentication failed.")

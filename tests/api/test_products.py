"""`GET /api/v2/products`, and one by one."""

from __future__ import annotations

import json

import httpx2
import pytest

from huggg.catalogue.importing import import_catalogue
from huggg.database.pool import Database
from tests.support.catalogue import (
    Document,
    brand,
    high_street,
    id_of,
    ids,
    page,
    product,
    text,
    with_own_entities,
)
from tests.support.reading import PAGE_KEYS, Query, paging, read, refusal
from tests.support.sql import statements_ran
from tests.support.world import World

PRODUCTS = "/api/v2/products"

TEA, COFFEE, CAKE, TICKET = "A pot of tea", "A coffee, anywhere", "Tea and cake", "A ticket"
"""The products of the high street, from the cheapest to the dearest."""


def of(*names: str) -> Query:
    return [("brand_id[]", id_of("brand", name)) for name in names]


def labels(answer: Document) -> list[str]:
    return [document["label"] for document in answer["data"]]


async def test_products_are_answered_as_they_were_imported_and_the_cheapest_first(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    await import_catalogue(database, text(catalogue, indent=2))
    answer = await read(window, PRODUCTS)
    by_label = {document["label"]: document for document in catalogue["embedded"]["products"]}
    expected = [by_label[label] for label in (TEA, COFFEE, CAKE, TICKET)]
    assert json.dumps(answer["data"]) == json.dumps(expected)
    assert list(answer) == PAGE_KEYS


async def test_numbers_are_answered_as_they_were_written(
    database: Database, window: httpx2.AsyncClient
) -> None:
    harbour = brand("Harbour Roast", products=[id_of("product", "Tea")])
    file = text(page([harbour], [product("Tea", harbour, weight=1234567890123)]))
    await import_catalogue(database, file.replace(b"1234567890123", b"1.50e1"))
    assert b'"weight":1.50e1,' in (await window.get(PRODUCTS)).content


async def test_equal_prices_keep_one_order(database: Database, window: httpx2.AsyncClient) -> None:
    harbour = brand("Harbour Roast")
    products = [product(f"Tea {number}", harbour, sale_price=300) for number in range(30)]
    await import_catalogue(database, text(page([harbour | {"products": ids(products)}], products)))
    first = await read(window, PRODUCTS)
    second = await read(window, PRODUCTS, [("page", "2")])
    assert ids([*first["data"], *second["data"]]) == sorted(ids(products))


async def test_products_that_cannot_be_bought_are_left_out(
    database: Database, window: httpx2.AsyncClient
) -> None:
    gone = brand("Gone", deleted_at="2019-05-01 00:00:00")
    here = brand("Here")
    sold = product("Sold", here)
    inactive = product("Inactive", here, active=0)
    listed_by_gone = product("Listed by a brand that is gone", here)
    listed_by_nobody = product("Listed by nobody", here)
    of_gone = product("Of a brand that is gone", gone)
    of_a_stranger = product("Of a brand we do not know", brand("Stranger"))
    here |= {
        "products": ids([sold, inactive]),
        "consolidated_products": ids([of_gone, of_a_stranger]),
    }
    gone |= {"products": ids([listed_by_gone])}
    products = [sold, inactive, listed_by_gone, listed_by_nobody, of_gone, of_a_stranger]
    await import_catalogue(database, text(page([here, gone], products)))
    answer = await read(window, PRODUCTS)
    assert (labels(answer), answer["total"]) == (["Sold"], 1)
    for left_out in products[1:]:
        assert await refusal(window, f"{PRODUCTS}/{left_out['id']}") == (404, "product not found")


async def test_all_that_is_listed_can_be_bought(world: World) -> None:
    answer = await world.call("GET", PRODUCTS, world.client_token)
    assert sorted(labels(answer.json())) == ["Any coffee", "Coffee", "Dinner", "Tea"]
    for document in answer.json()["data"]:
        bought = await world.call(
            "POST", "/api/v2/transactions", world.amara, world.order(document["id"])
        )
        assert bought.status_code == 201


async def test_pages_are_twenty_long_and_linked(database: Database, window: httpx2.AsyncClient) -> None:
    harbour = brand("Harbour Roast")
    products = [product(f"Tea {n:02}", harbour, sale_price=100 + n) for n in range(45)]
    await import_catalogue(database, text(page([harbour | {"products": ids(products)}], products)))
    query = [("platform", "app"), ("page", "2"), ("embed[]", "brand"), *of("Harbour Roast")]
    answer = await read(window, PRODUCTS, query)
    assert labels(answer) == [f"Tea {n:02}" for n in range(20, 40)]
    here = f"http://huggg.test{PRODUCTS}?brand_id%5B0%5D={harbour['id']}&embed%5B0%5D=brand"
    assert paging(answer) == {
        "current_page": 2,
        "from": 21,
        "last_page": 3,
        "next_page_url": f"{here}&page=3&platform=app",
        "path": f"{here}&platform=app",
        "per_page": 20,
        "prev_page_url": f"{here}&page=1&platform=app",
        "to": 40,
        "total": 45,
    }
    assert ids(answer["embedded"]["brands"]) == [harbour["id"]]
    assert len((await read(window, PRODUCTS, [("per_page", "100")]))["data"]) == 45
    beyond = await read(window, PRODUCTS, [("page", "9")])
    assert (beyond["data"], beyond["from"], beyond["to"], beyond["total"]) == ([], None, None, 45)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (of("Kettle & Finch"), [TEA, COFFEE, CAKE]),
        (of("Harbour Roast"), [COFFEE]),
        (of("any coffee place"), [COFFEE]),
        (of("Harbour Roast", "Kettle & Finch", "Harbour Roast"), [TEA, COFFEE, CAKE]),
        (of("nobody"), []),
        ([("brand_id[3]", id_of("brand", "Starlight Pictures").upper())], [TICKET]),
        ([("platform", "app")], [TEA, COFFEE, TICKET]),
        ([("platform", "imessage")], [COFFEE, CAKE, TICKET]),
        ([("platform", "imessage"), *of("Kettle & Finch")], [COFFEE, CAKE]),
        ([("platform", "imessage"), *of("Kettle & Finch"), ("per_page", "1")], [COFFEE]),
    ],
)
async def test_filters_narrow_the_list(
    database: Database, window: httpx2.AsyncClient, query: Query, expected: list[str]
) -> None:
    await import_catalogue(database, text(high_street()))
    answer = await read(window, PRODUCTS, query)
    assert labels(answer) == expected
    assert answer["total"] == (2 if ("per_page", "1") in query else len(expected))


async def test_a_brand_that_is_no_longer_given_lists_nothing(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    catalogue["data"][2]["deleted_at"] = "2026-05-01 00:00:00"
    await import_catalogue(database, text(catalogue))
    assert labels(await read(window, PRODUCTS, of("Harbour Roast"))) == []
    assert COFFEE in labels(await read(window, PRODUCTS))


async def test_brands_and_segments_can_be_embedded(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = with_own_entities(high_street())
    await import_catalogue(database, text(catalogue))
    query = [("embed[]", "brand"), ("embed[]", "segments"), ("embed[]", "brand.stores")]
    answer = await read(window, PRODUCTS, query)
    names = [document["name"] for document in answer["embedded"]["brands"]]
    assert names == ["Kettle & Finch", "any coffee place", "Starlight Pictures"]
    kettle = catalogue["data"][3]
    assert json.dumps(answer["embedded"]["brands"][0]) == json.dumps(kettle)
    segments = [id_of("segment", name) for name in ("Outside London", "Inside London")]
    assert answer["embedded"]["segments"] == [
        {"id": segments[0], "name": "Outside London"},
        {"id": segments[1], "name": "Inside London"},
    ]
    assert [document["segments"] for document in answer["data"]] == [[], [], [], segments]
    ticket = catalogue["embedded"]["products"][0] | {"segments": segments}
    assert json.dumps(answer["data"][3]) == json.dumps(ticket)
    assert list(answer["embedded"]) == ["brands", "segments"]


async def test_a_relation_that_no_list_of_products_embeds_is_ignored(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(with_own_entities(high_street())))
    assert list(await read(window, PRODUCTS, [("embed[]", "stores"), ("embed", "pivot")])) == PAGE_KEYS


async def test_nothing_to_sell_is_an_empty_page(window: httpx2.AsyncClient) -> None:
    answer = await read(window, PRODUCTS, [("embed[]", "brand")])
    assert (answer["data"], answer["total"], answer["last_page"]) == ([], 0, 1)
    assert answer["embedded"] == {"brands": []}


async def test_one_product_is_answered_as_it_was_imported(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = with_own_entities(high_street())
    await import_catalogue(database, text(catalogue))
    ticket = catalogue["embedded"]["products"][0]
    path = f"{PRODUCTS}/{ticket['id']}"
    alone = await read(window, path)
    assert json.dumps(alone) == json.dumps({"data": ticket})
    assert await read(window, f"{PRODUCTS}/{ticket['id'].upper()}") == alone
    full = await read(window, path, [("embed[]", "brand"), ("embed[]", "segments")])
    assert list(full) == ["data", "embedded"]
    assert full["data"]["segments"] == ids(full["embedded"]["segments"])
    assert ids(full["embedded"]["brands"]) == [ticket["brand_id"]]


@pytest.mark.parametrize("product_id", ["1", "tea", id_of("nothing"), id_of("brand", "Harbour Roast")])
async def test_a_product_that_is_none_is_not_found(
    database: Database, window: httpx2.AsyncClient, product_id: str
) -> None:
    await import_catalogue(database, text(high_street()))
    assert await refusal(window, f"{PRODUCTS}/{product_id}") == (404, "product not found")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ([("brandId", "17")], "brandId: is not known; did you mean brand_id?"),
        ([("platform", "web")], "platform: must be one of app, imessage."),
        ([("page", "0")], "page: must be a whole number from 1 to 1000000000."),
        ([("per_page", "101")], "per_page: must be a whole number from 1 to 100."),
        ([("brand_id[]", "\0")], "query: must not contain NUL."),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    window: httpx2.AsyncClient, query: Query, sentence: str
) -> None:
    assert await refusal(window, PRODUCTS, query) == (422, sentence)


async def test_a_page_costs_two_statements_and_one_for_each_relation(
    database: Database, window: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_catalogue(database, text(with_own_entities(high_street())))
    ran = statements_ran(monkeypatch)
    await read(window, PRODUCTS)
    assert ran == ["caller", "products_page", "count_products"]
    ran.clear()
    await read(window, PRODUCTS, [("embed[]", "brand"), ("embed[]", "segments")])
    assert ran == ["caller", "products_page", "count_products", "brands", "segments"]
    ran.clear()
    await read(window, f"{PRODUCTS}/{id_of('product', TICKET)}", [("embed[]", "segments")])
    assert ran == ["caller", "product_on_offer", "segments"]
    ran.clear()
    await refusal(window, f"{PRODUCTS}/1")
    assert ran == ["caller"]


async def test_every_caller_with_a_token_may_read(town: World) -> None:
    for caller in (town.client_token, town.amara, town.till):
        assert (await town.call("GET", PRODUCTS, caller)).status_code == 200


@pytest.mark.parametrize("path", [PRODUCTS, f"{PRODUCTS}/{id_of('product', TEA)}", f"{PRODUCTS}/1"])
async def test_no_caller_reads_without_a_token(http: httpx2.AsyncClient, path: str) -> None:
    assert await refusal(http, path) == (401, "Authentication failed.")

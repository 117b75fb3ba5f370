"""`GET /api/v2/brands`, and one by one."""

from __future__ import annotations

import json

import httpx2
import pytest

from huggg.catalogue.importing import import_catalogue
from huggg.database.pool import Database
from tests.support.catalogue import Document, brand, high_street, id_of, page, text
from tests.support.reading import PAGE_KEYS, Query, paging, read, refusal
from tests.support.sql import statements_ran

BRANDS = "/api/v2/brands"
ALL_EMBEDS = [("embed[]", name) for name in ("products", "consolidated_products", "stores")]


async def get(client: httpx2.AsyncClient, query: Query = ()) -> Document:
    return await read(client, BRANDS, query)


def names(answer: Document) -> list[str]:
    return [document["name"] for document in answer["data"]]


async def test_an_imported_brand_is_answered_to_the_letter(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    await import_catalogue(database, text(catalogue, indent=2))
    answer = await get(window, ALL_EMBEDS)
    assert json.dumps(answer["data"]) == json.dumps(catalogue["data"])
    assert json.dumps(answer["embedded"]) == json.dumps(catalogue["embedded"])
    assert list(answer)[-1] == "embedded"


async def test_numbers_are_answered_as_they_were_written(
    database: Database, window: httpx2.AsyncClient
) -> None:
    file = text(page([brand("Harbour Roast", vat=1234567890123)])).replace(b"1234567890123", b"17.50")
    await import_catalogue(database, file)
    assert b'"vat":17.50,' in (await window.get(BRANDS)).content


async def test_without_embeds_there_is_no_embedded_key(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(high_street()))
    answer = await get(window, [("embed[]", "brand"), ("embed[]", "products.brand")])
    assert list(answer) == PAGE_KEYS


async def test_the_heaviest_come_first_and_equals_as_imported(
    database: Database, window: httpx2.AsyncClient
) -> None:
    brands = [
        brand("Light", weight=-5),
        brand("B", weight=7),
        brand("A", weight=7),
        brand("Heavy", weight=9),
    ]
    await import_catalogue(database, text(page(brands)))
    assert names(await get(window)) == ["Heavy", "B", "A", "Light"]


async def test_brands_that_are_no_longer_given_are_left_out(
    database: Database, window: httpx2.AsyncClient
) -> None:
    gone = brand("Gone", deleted_at="2019-05-01 00:00:00")
    await import_catalogue(database, text(page([brand("Here"), gone])))
    answer = await get(window)
    assert (names(answer), answer["total"]) == (["Here"], 1)
    assert (await get(window, [("id[]", gone["id"])]))["data"] == []


async def test_pages_are_twenty_long_and_linked(database: Database, window: httpx2.AsyncClient) -> None:
    brands = [brand(f"Brand {number:02}") for number in range(45)]
    await import_catalogue(database, text(page(brands)))
    answer = await get(window, [("platform", "app"), ("page", "2"), ("embed[]", "stores")])
    assert names(answer) == [f"Brand {number:02}" for number in range(20, 40)]
    assert paging(answer) == {
        "current_page": 2,
        "from": 21,
        "last_page": 3,
        "next_page_url": "http://huggg.test/api/v2/brands?embed%5B0%5D=stores&page=3&platform=app",
        "path": "http://huggg.test/api/v2/brands?embed%5B0%5D=stores&platform=app",
        "per_page": 20,
        "prev_page_url": "http://huggg.test/api/v2/brands?embed%5B0%5D=stores&page=1&platform=app",
        "to": 40,
        "total": 45,
    }
    beyond = await get(window, [("page", "9")])
    assert (beyond["data"], beyond["from"], beyond["to"]) == ([], None, None)
    assert len((await get(window, [("per_page", "100")]))["data"]) == 45


async def test_ids_pick_brands(database: Database, window: httpx2.AsyncClient) -> None:
    await import_catalogue(database, text(high_street()))
    kettle, pictures = id_of("brand", "Kettle & Finch"), id_of("brand", "Starlight Pictures")
    picked = await get(window, [("id[]", kettle.upper()), ("id[]", pictures), ("id[]", id_of("nobody"))])
    assert (names(picked), picked["total"]) == (["Starlight Pictures", "Kettle & Finch"], 2)
    indexed = await get(window, [("id[0]", kettle), *ALL_EMBEDS])
    assert names(indexed) == ["Kettle & Finch"]
    labels = [document["label"] for document in indexed["embedded"]["products"]]
    assert labels == ["A pot of tea", "Tea and cake", "A coffee, anywhere"]


@pytest.mark.parametrize(
    ("platform_name", "labels"),
    [
        ("app", ["A ticket", "A coffee, anywhere", "A pot of tea"]),
        ("imessage", ["A ticket", "A coffee, anywhere", "Tea and cake"]),
    ],
)
async def test_a_platform_shows_only_what_is_sold_on_it(
    database: Database, window: httpx2.AsyncClient, platform_name: str, labels: list[str]
) -> None:
    await import_catalogue(database, text(high_street()))
    answer = await get(window, [("platform", platform_name), *ALL_EMBEDS])
    assert [document["label"] for document in answer["embedded"]["products"]] == labels
    listed = {id_ for b in answer["data"] for id_ in (*b["products"], *b["consolidated_products"])}
    assert listed == {document["id"] for document in answer["embedded"]["products"]}


@pytest.mark.parametrize("query", [[], [("platform", "app")]], ids=["every platform", "app"])
async def test_a_brand_lists_no_product_that_cannot_be_bought(
    database: Database, window: httpx2.AsyncClient, query: list[tuple[str, str]]
) -> None:
    catalogue = high_street()
    for document in catalogue["embedded"]["products"]:
        document["active"] = int(document["label"] not in {"A ticket", "A coffee, anywhere"})
    await import_catalogue(database, text(catalogue))
    answer = await get(window, [*query, *ALL_EMBEDS])
    assert {document["active"] for document in answer["embedded"]["products"]} == {1}
    listed = {id_ for b in answer["data"] for id_ in (*b["products"], *b["consolidated_products"])}
    assert listed == {document["id"] for document in answer["embedded"]["products"]}
    assert answer["total"] == 4
    path = f"/api/v2/brands/{id_of('brand', 'Starlight Pictures')}"
    assert (await read(window, path, query))["data"]["products"] == []


async def test_a_brand_that_is_embedded_is_the_brand_of_the_list(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    for document in catalogue["embedded"]["products"]:
        document["active"] = int(document["label"] not in {"Tea and cake", "A coffee, anywhere"})
    await import_catalogue(database, text(catalogue))
    listed = {brand["id"]: brand for brand in (await get(window))["data"]}
    products = await read(window, "/api/v2/products", [("embed[]", "brand")])
    assert products["embedded"]["brands"] == [
        listed[brand] for brand in dict.fromkeys(each["brand_id"] for each in products["data"])
    ]


async def test_no_shop_lists_the_product_of_a_consolidated_brand_that_is_no_longer_there(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    [consolidated] = [brand for brand in catalogue["data"] if brand["consolidated"]]
    consolidated["deleted_at"] = "2026-01-05 09:00:00"
    await import_catalogue(database, text(catalogue))
    answer = await get(window, ALL_EMBEDS)
    assert [brand["consolidated_products"] for brand in answer["data"]] == [[], [], []]
    assert "A coffee, anywhere" not in {each["label"] for each in answer["embedded"]["products"]}


async def test_a_brand_that_sells_nothing_there_stays_in_the_list(
    database: Database, window: httpx2.AsyncClient
) -> None:
    catalogue = high_street()
    for document in catalogue["embedded"]["products"]:
        document["on_app"] = 0
    await import_catalogue(database, text(catalogue))
    answer = await get(window, [("platform", "app")])
    assert answer["total"] == 4
    assert [document["products"] for document in answer["data"]] == [[], [], [], []]


@pytest.mark.parametrize(
    "query",
    [
        [("id[]", "1234"), ("id[]", "abcdefg")],
        [("id", "1234,abcdefg")],
        [("id[]", "")],
        [("id[]", id_of("nobody's"))],
    ],
)
async def test_an_id_of_no_brand_matches_nothing(
    database: Database, window: httpx2.AsyncClient, query: list[tuple[str, str]]
) -> None:
    await import_catalogue(database, text(high_street()))
    answer = await get(window, query)
    assert (answer["data"], answer["total"], answer["last_page"]) == ([], 0, 1)


@pytest.mark.parametrize("form", ["id[]", "id[0]", "id"])
async def test_nonsense_among_ids_spoils_nothing_and_links_stay_as_published(
    database: Database, window: httpx2.AsyncClient, form: str
) -> None:
    catalogue = high_street()
    await import_catalogue(database, text(catalogue))
    ids = [document["id"] for document in catalogue["data"][:2]]
    answer = await get(window, [(form, f"{ids[0]},nonsense,{ids[1]}"), ("per_page", "1")])
    assert answer["total"] == 2
    kept = f"id%5B0%5D={ids[0]}&id%5B1%5D=nonsense&id%5B2%5D={ids[1]}"
    assert answer["next_page_url"] == f"http://huggg.test{BRANDS}?{kept}&page=2&per_page=1"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ([("ids[]", "17")], "ids[]: is not known; did you mean id?"),
        ([("perPage", "5")], "perPage: is not known; did you mean per_page?"),
        ([("embed[]", "product")], "embed.product: is not known; did you mean products?"),
        ([("platform", "web")], "platform: must be one of app, imessage."),
        ([("platform", "")], "platform: must be one of app, imessage."),
        ([("page", "0")], "page: must be a whole number from 1 to 1000000000."),
        ([("id[]", "\0" * 36)], "query: must not contain NUL."),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    window: httpx2.AsyncClient, query: list[tuple[str, str]], sentence: str
) -> None:
    assert await refusal(window, BRANDS, query) == (422, sentence)


async def test_a_page_costs_two_statements_and_one_for_each_relation(
    database: Database, window: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_catalogue(database, text(high_street()))
    ran = statements_ran(monkeypatch)
    await get(window)
    assert ran == ["caller", "brands_page", "count_brands"]
    ran.clear()
    await get(window, ALL_EMBEDS)
    assert ran == ["caller", "brands_page", "count_brands", "products", "products", "stores"]


async def test_one_brand_is_answered_as_the_list_answers_it(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(high_street()))
    listed = await get(window, [("id[]", id_of("brand", "Kettle & Finch")), *ALL_EMBEDS])
    one = await read(window, f"{BRANDS}/{id_of('brand', 'Kettle & Finch').upper()}", ALL_EMBEDS)
    assert json.dumps(one) == json.dumps({"data": listed["data"][0], "embedded": listed["embedded"]})
    alone = await read(window, f"{BRANDS}/{id_of('brand', 'Kettle & Finch')}", [("embed[]", "brand")])
    assert json.dumps(alone) == json.dumps({"data": listed["data"][0]})


async def test_one_brand_shows_what_it_sells_on_a_platform(
    database: Database, window: httpx2.AsyncClient
) -> None:
    await import_catalogue(database, text(high_street()))
    path = f"{BRANDS}/{id_of('brand', 'Kettle & Finch')}"
    answer = await read(window, path, [("platform", "imessage"), ("embed[]", "products")])
    assert [document["label"] for document in answer["embedded"]["products"]] == ["Tea and cake"]
    assert answer["data"]["products"] == [id_of("product", "Tea and cake")]
    sentence = "platform: must be one of app, imessage."
    assert await refusal(window, path, [("platform", "web")]) == (422, sentence)


@pytest.mark.parametrize("brand_id", ["1", "Kettle", id_of("nobody"), id_of("brand", "Gone"), "%00"])
async def test_a_brand_that_is_not_or_no_longer_given_is_not_found(
    database: Database, window: httpx2.AsyncClient, brand_id: str
) -> None:
    gone = brand("Gone", deleted_at="2019-05-01 00:00:00")
    await import_catalogue(database, text(page([brand("Here"), gone])))
    assert await refusal(window, f"{BRANDS}/{brand_id}") == (404, "brand not found")


async def test_one_brand_costs_one_statement_and_one_for_each_relation(
    database: Database, window: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_catalogue(database, text(high_street()))
    path = f"{BRANDS}/{id_of('brand', 'Kettle & Finch')}"
    ran = statements_ran(monkeypatch)
    await read(window, path, ALL_EMBEDS)
    assert ran == ["caller", "brands_page", "products", "products", "stores"]
    ran.clear()
    await refusal(window, f"{BRANDS}/1")
    assert ran == ["caller"]


@pytest.mark.parametrize("path", [BRANDS, f"{BRANDS}/{id_of('brand', 'Here')}", f"{BRANDS}/1"])
async def test_no_caller_reads_without_a_token(http: httpx2.AsyncClient, path: str) -> None:
    assert await refusal(http, path) == (401, "Authentication failed.")

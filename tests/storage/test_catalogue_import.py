"""Importing a catalogue: whole, once, and as it is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest

from huggg.catalogue.errors import BadCatalogue
from huggg.catalogue.importing import import_catalogue
from huggg.catalogue.report import Count
from huggg.catalogue.store import load_brands, load_products
from huggg.database.pool import Database
from huggg.events.data.catalogue import CatalogueImported, ImportCount
from tests.support.catalogue import (
    brand,
    high_street,
    id_of,
    page,
    product,
    store,
    text,
    with_own_entities,
)

TABLES = (
    "brands",
    "products",
    "stores",
    "brand_products",
    "brand_stores",
    "segments",
    "product_segments",
    "locations",
    "adjustment_codes",
    "accounts",
    "events",
)


async def all_rows(database: Database) -> dict[str, list[str]]:
    """Read all rows with their `xmin`: a row that was written again, even alike, has another one."""
    async with database.transaction() as connection:
        return {
            table: [
                str(row)
                for row in await connection.fetch(f"SELECT xmin, t.* FROM {table} t ORDER BY t::text")  # noqa: S608 - ours
            ]
            for table in TABLES
        }


async def column(database: Database, query: str, *values: Any) -> list[Any]:
    async with database.transaction() as connection:
        return [row[0] for row in await connection.fetch(query, *values)]


async def test_the_first_import_creates_everything(database: Database) -> None:
    report = await import_catalogue(database, text(with_own_entities(high_street())))
    assert report.counts() == {
        "brands": {"created": 4, "updated": 0, "unchanged": 0},
        "products": {"created": 4, "updated": 0, "unchanged": 0},
        "stores": {"created": 10, "updated": 0, "unchanged": 0},
        "segments": {"created": 3, "updated": 0, "unchanged": 0},
        "locations": {"created": 2, "updated": 0, "unchanged": 0},
        "adjustment_codes": {"created": 1, "updated": 0, "unchanged": 0},
        "choices": {"created": 0, "updated": 0, "unchanged": 0},
    }
    merchants = "SELECT name FROM accounts WHERE kind = 'merchant' AND id IN (SELECT id FROM brands)"
    assert sorted(await column(database, merchants)) == [
        "Harbour Roast",
        "Kettle & Finch",
        "Starlight Pictures",
        "any coffee place",
    ]


async def test_the_same_file_again_writes_nothing(database: Database) -> None:
    file = text(with_own_entities(high_street()))
    await import_catalogue(database, file)
    before = await all_rows(database)
    report = await import_catalogue(database, file)
    assert not report.changed
    assert report.brands == Count(unchanged=4)
    assert report.stores == Count(unchanged=10)
    assert report.segments == Count(unchanged=3)
    assert report.adjustment_codes == Count(unchanged=1)
    assert await all_rows(database) == before


async def test_blanks_between_tokens_are_no_difference(database: Database) -> None:
    await import_catalogue(database, text(high_street()))
    assert not (await import_catalogue(database, text(high_street(), indent=4))).changed


async def test_a_file_written_in_another_way_says_the_same_and_writes_nothing(
    database: Database,
) -> None:
    catalogue = with_own_entities(high_street())
    await import_catalogue(database, text(catalogue))
    before = await all_rows(database)
    again = json.dumps(turned(catalogue), ensure_ascii=False, indent=1).replace("/", "\\/")
    report = await import_catalogue(database, again.encode())
    assert await all_rows(database) == before
    assert not report.changed
    assert (report.brands, report.products, report.stores) == (
        Count(unchanged=4),
        Count(unchanged=4),
        Count(unchanged=10),
    )


def turned(value: Any) -> Any:
    """Turn the order of all keys around."""
    if isinstance(value, dict):
        return {key: turned(inner) for key, inner in reversed(value.items())}
    return [turned(item) for item in value] if isinstance(value, list) else value


async def test_a_document_that_says_something_else_is_updated_in_its_new_spelling(
    database: Database,
) -> None:
    await import_catalogue(database, text(high_street()))
    changed = high_street()
    changed["data"][3]["redeem"] = "Enjoy"
    changed["embedded"]["stores"][0]["visible"] = 0
    report = await import_catalogue(database, json.dumps(changed, ensure_ascii=False).encode())
    assert (report.brands, report.products, report.stores) == (
        Count(updated=1, unchanged=3),
        Count(unchanged=4),
        Count(updated=1, unchanged=9),
    )
    names = await column(database, "SELECT published ->> 'redeem' FROM brands WHERE name LIKE 'Kettle%'")
    assert names == ["Enjoy"]


async def test_an_odd_file_is_imported_with_a_warning_and_refused_where_it_is_strict(
    database: Database,
) -> None:
    harbour = brand("Harbour Roast")
    quay = store("Quay", harbour, latitude="51,45", latitiude="51,45")
    file = text(page([harbour | {"stores": [quay["id"]]}], [], [quay]))
    sentence = (
        'latitude: "51,45" is no latitude like 51.4545, from -90 to 90: the store will be on no map'
    )
    before = await all_rows(database)
    with pytest.raises(BadCatalogue) as refused:
        await import_catalogue(database, file, strict=True)
    assert str(refused.value).splitlines()[1] == f"  line 1, embedded.stores[0].{sentence}"
    assert await all_rows(database) == before

    report = await import_catalogue(database, file)
    assert str(report).splitlines()[-2:] == [
        "Imported with warnings:",
        f"  line 1, embedded.stores[0].{sentence}",
    ]
    assert await column(database, "SELECT latitude_e7 FROM stores") == [None]
    assert (await import_catalogue(database, text(page([harbour])), strict=True)).warnings == []


async def test_an_import_that_changed_something_leaves_one_event(database: Database) -> None:
    await import_catalogue(database, text(high_street()))
    await import_catalogue(database, text(high_street()))
    [kind] = await column(database, "SELECT kind FROM events")
    [data] = await column(database, "SELECT data FROM events")
    event_data = msgspec.json.decode(data, type=CatalogueImported)
    assert (kind, event_data.stores) == ("catalogue.imported", ImportCount(10, 0, 0))


async def test_only_what_differs_is_updated(database: Database) -> None:
    await import_catalogue(database, text(high_street()))
    catalogue = high_street()
    catalogue["embedded"]["products"][2]["sale_price"] = 340
    catalogue["data"][0]["stores"].reverse()
    report = await import_catalogue(database, text(catalogue))
    assert report.products == Count(updated=1, unchanged=3)
    assert report.brands == Count(updated=1, unchanged=3)
    assert report.stores == Count(unchanged=10)
    assert await column(database, "SELECT sale_price FROM products ORDER BY 1") == [340, 375, 795, 800]


async def test_a_brand_sells_what_the_last_file_says(database: Database) -> None:
    await import_catalogue(database, text(high_street()))
    catalogue = high_street()
    kettle = catalogue["data"][3]
    tea, cake = kettle["products"]
    kettle |= {"products": [cake], "consolidated_products": [tea], "stores": kettle["stores"][1:]}
    report = await import_catalogue(database, text(catalogue))
    assert report.brands == Count(updated=1, unchanged=3)
    query = (
        "SELECT product_id::text || consolidated FROM brand_products"
        " WHERE brand_id = $1 ORDER BY consolidated"
    )
    assert await column(database, query, kettle["id"]) == [f"{cake}false", f"{tea}true"]


async def test_an_entity_that_a_file_does_not_mention_stays(database: Database) -> None:
    await import_catalogue(database, text(with_own_entities(high_street())))
    before = await all_rows(database)
    await import_catalogue(database, text(page([brand("Newcomer")])))
    after = await all_rows(database)
    assert all(set(before[table]) <= set(after[table]) for table in TABLES)
    assert len(after["brands"]) == len(before["brands"]) + 1


async def test_a_file_without_stores_leaves_unlisted_ones_where_they_are(database: Database) -> None:
    await import_catalogue(database, text(high_street()))
    catalogue = high_street()
    del catalogue["embedded"]["stores"]
    assert not (await import_catalogue(database, text(catalogue))).changed
    query = "SELECT count(*) FROM brand_stores WHERE NOT listed"
    assert await column(database, query) == [6]


async def test_a_list_that_comes_back_replaces_what_was_worked_out(database: Database) -> None:
    await import_catalogue(database, text(high_street()))
    catalogue = high_street()
    catalogue["data"][1]["stores"] = [id_of("store", "Loft")]
    del catalogue["embedded"]["stores"]
    await import_catalogue(database, text(catalogue))
    query = "SELECT listed FROM brand_stores WHERE brand_id = $1"
    assert await column(database, query, catalogue["data"][1]["id"]) == [True]


async def test_a_list_that_goes_blank_is_blank_even_if_nothing_is_said_about_stores(
    database: Database,
) -> None:
    anywhere = brand("any coffee place", consolidated=1)
    listing = anywhere | {"stores": [id_of("store", "Loft")]}
    await import_catalogue(database, text(page([listing], [], [store("Loft")])))
    await import_catalogue(database, text({"data": [anywhere]}))
    assert await column(database, "SELECT count(*) FROM brand_stores") == [0]


async def test_the_products_of_a_brand_are_stored_once(database: Database) -> None:
    await import_catalogue(database, text(high_street()))
    kept = "SELECT DISTINCT concat(published -> 'products', published -> 'stores') FROM brands"
    assert await column(database, kept) == ["[][]"]


async def test_segments_keep_their_order_when_others_join(database: Database) -> None:
    catalogue = with_own_entities(high_street())
    await import_catalogue(database, text(catalogue))
    ticket = catalogue["embedded"]["products"][0]["id"]
    late = {
        "id": id_of("segment", "Scotland"),
        "name": "Scotland",
        "brand_id": catalogue["data"][0]["id"],
        "product_ids": [ticket],
    }
    report = await import_catalogue(database, text(page([], segments=[late])))
    assert report.segments == Count(created=1)
    [row] = await load_products(database, [ticket])
    assert [str(id_) for id_ in row.segment_ids] == [
        id_of("segment", name) for name in ("Outside London", "Inside London", "Scotland")
    ]


async def test_adjustment_codes_and_locations_are_replaced_one_by_one(database: Database) -> None:
    catalogue = with_own_entities(high_street())
    await import_catalogue(database, text(catalogue))
    catalogue["embedded"]["adjustment_codes"][0]["codes"] = ["AMERICANO", "MOCHA"]
    catalogue["embedded"]["locations"][1]["store_id"] = id_of("store", "Quay")
    report = await import_catalogue(database, text(catalogue))
    assert report.adjustment_codes == Count(updated=1)
    assert report.locations == Count(updated=1, unchanged=1)
    codes = await column(database, "SELECT code FROM adjustment_codes ORDER BY position")
    assert codes == ["AMERICANO", "MOCHA"]


async def test_owners_may_be_strangers_but_what_is_listed_must_exist(database: Database) -> None:
    roast = brand("Harbour Roast")
    roast |= {"products": [id_of("product", "Cake")], "stores": [id_of("store", "Quay")]}
    file = text(page([roast], stores=[store("Loft")]), indent=1)
    with pytest.raises(BadCatalogue) as refused:
        await import_catalogue(database, file)
    cake, quay = id_of("product", "Cake"), id_of("store", "Quay")
    lines = [line.strip() for line in file.decode().split("\n")]
    problems = [(problem.line, problem.path, problem.reason) for problem in refused.value.problems]
    unknown = "is neither in this file nor in the catalogue"
    assert problems == [
        (lines.index(f'"{cake}"') + 1, "data[0].products[0]", f"product {cake} {unknown}"),
        (lines.index(f'"{quay}"') + 1, "data[0].stores[0]", f"store {quay} {unknown}"),
    ]
    kept = page([], [product("Cake", roast)], [store("Quay", roast)])
    await import_catalogue(database, text(kept))
    assert (await import_catalogue(database, file)).brands == Count(created=1)


REFUSED = [
    ({"integration_id": 9}, "integration 9 is unknown, it must be null or one of 1, 2, 3, 4, 5, 6"),
    ({"stores": [id_of("nowhere")]}, f"store {id_of('nowhere')} is neither in this file nor in the"),
    ({"weight": "heavy"}, "expected int, got str"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
async def test_a_refused_file_changes_nothing(
    database: Database, changes: dict[str, Any], sentence: str
) -> None:
    await import_catalogue(database, text(with_own_entities(high_street())))
    before = await all_rows(database)
    catalogue = with_own_entities(high_street())
    catalogue["embedded"]["products"][0]["sale_price"] = 1
    catalogue["data"][3] |= changes
    with pytest.raises(BadCatalogue, match=sentence):
        await import_catalogue(database, text(catalogue))
    assert await all_rows(database) == before


@pytest.mark.parametrize(
    ("kind", "changes", "what"),
    [
        ("segments", {"brand_id": id_of("nobody")}, "brand"),
        ("segments", {"product_ids": [id_of("nothing")]}, "product"),
        ("locations", {"brand_id": id_of("nobody")}, "brand"),
        ("locations", {"store_id": id_of("nowhere")}, "store"),
        ("adjustment_codes", {"brand_id": id_of("nobody")}, "brand"),
        ("adjustment_codes", {"product_id": id_of("nothing")}, "product"),
    ],
)
async def test_our_own_entities_are_never_about_strangers(
    database: Database, kind: str, changes: dict[str, Any], what: str
) -> None:
    catalogue = with_own_entities(high_street())
    catalogue["embedded"][kind][0] |= changes
    with pytest.raises(BadCatalogue, match=f"{what} .* is neither in this file nor in the catalogue"):
        await import_catalogue(database, text(catalogue))
    assert await column(database, "SELECT count(*) FROM brands") == [0]


async def test_imports_at_the_same_time_take_turns(database: Database) -> None:
    files = [text(page([brand(f"{letter}{number}") for number in range(5)])) for letter in "ABCDEF"]
    both = text(with_own_entities(high_street()))
    reports = await asyncio.gather(*(import_catalogue(database, file) for file in (*files, both, both)))
    assert sum(report.brands.created for report in reports) == 34
    assert sum(report.stores.created for report in reports) == 10
    assert await column(database, "SELECT count(DISTINCT position) FROM brands") == [34]
    assert await column(database, "SELECT count(*) FROM events") == [7]


async def test_brands_of_one_weight_keep_the_order_of_the_last_file(database: Database) -> None:
    first, second, third = (brand(name) for name in ("First", "Second", "Third"))
    await import_catalogue(database, text(page([first, second])))
    await import_catalogue(database, text(page([second, third, first])))
    order = await column(database, "SELECT name FROM brands ORDER BY weight DESC, position")
    assert order == ["Second", "Third", "First"]
    assert not (await import_catalogue(database, text(page([second, first])))).changed


async def test_a_brand_that_is_no_longer_given_is_loaded_and_lists_nothing_to_buy(
    database: Database,
) -> None:
    catalogue = high_street()
    catalogue["data"][1]["deleted_at"] = "2020-01-01 00:00:00"
    await import_catalogue(database, text(catalogue))
    [anywhere] = await load_brands(database, [catalogue["data"][1]["id"]])
    assert (anywhere.products, anywhere.stores, len(anywhere.embedded_stores)) == ([], [], 6)
    assert anywhere.integration_id == 2


async def test_a_shop_that_is_no_longer_given_lists_no_product_of_a_consolidated_brand(
    database: Database,
) -> None:
    catalogue = high_street()
    shop = next(document for document in catalogue["data"] if document["consolidated_products"])
    shop["deleted_at"] = "2020-01-01 00:00:00"
    await import_catalogue(database, text(catalogue))
    [brand_again] = await load_brands(database, [shop["id"]])
    assert (brand_again.products, brand_again.consolidated_products) == ([], [])


async def test_the_report_is_a_table(database: Database) -> None:
    report = await import_catalogue(database, text(high_street()))
    assert str(report).splitlines()[:4] == [
        "                    created    updated  unchanged",
        "brands                    4          0          0",
        "products                  4          0          0",
        "stores                   10          0          0",
    ]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("segments", {"name": "Another name"}),
        ("segments", {"brand_id": id_of("brand", "Harbour Roast")}),
        ("segments", {"product_ids": []}),
        ("segments", {"product_ids": [id_of("product", "A pot of tea")]}),
        ("locations", {"name": "Another name"}),
        ("locations", {"brand_id": id_of("brand", "Kettle & Finch")}),
        ("locations", {"store_id": None}),
        ("locations", {"store_id": id_of("store", "Market")}),
        ("adjustment_codes", {"codes": ["AMERICANO", "FLAT-W"]}),
        ("adjustment_codes", {"codes": ["FLAT-W"]}),
    ],
)
async def test_each_thing_that_is_ours_is_updated_by_whatever_differs_and_nothing_else_is(
    database: Database, kind: str, change: dict[str, Any]
) -> None:
    await import_catalogue(database, text(with_own_entities(high_street())))
    changed = with_own_entities(high_street())
    changed["embedded"][kind][0] |= change
    report = await import_catalogue(database, text(changed))
    counts = report.counts()
    assert counts.pop(kind)["updated"] == 1
    assert all(count["updated"] == count["created"] == 0 for count in counts.values())
    assert not (await import_catalogue(database, text(changed))).changed
    outside_london = changed["embedded"]["segments"][0]
    sold = "SELECT product_id::text FROM product_segments WHERE segment_id = $1"
    assert await column(database, sold, outside_london["id"]) == outside_london["product_ids"]


async def test_the_codes_of_one_merchant_for_one_product_are_replaced_and_no_others(
    database: Database,
) -> None:
    catalogue = with_own_entities(high_street())
    [flat] = catalogue["embedded"]["adjustment_codes"]
    beside = [
        flat | {"product_id": id_of("product", "A pot of tea"), "codes": ["POT"]},
        flat | {"brand_id": id_of("brand", "Kettle & Finch"), "codes": ["FILTER"]},
    ]
    catalogue["embedded"]["adjustment_codes"] += beside
    await import_catalogue(database, text(catalogue))
    catalogue["embedded"]["adjustment_codes"] = [flat | {"codes": ["MOCHA"]}]
    await import_catalogue(database, text(catalogue))
    codes = await column(database, "SELECT code FROM adjustment_codes ORDER BY code")
    assert codes == ["FILTER", "MOCHA", "POT"]

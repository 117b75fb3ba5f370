"""Statements of the catalogue: the rows that count as new, those that change, and those left alone."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from huggg.catalogue.importing import import_catalogue
from huggg.catalogue.remove_location import queries
from huggg.catalogue.report import Count
from huggg.database.pool import Database
from tests.support.catalogue import brand, high_street, id_of, product, store, text, with_own_entities
from tests.support.guards import Guarded
from tests.support.rows import AT, put, ran, standing
from tests.support.sql import sql

CASES = [
    Guarded(
        queries.set_location_removed,
        "locations",
        {},
        {"id": "bristol17", "removed": True},
        [{"id": "leeds5"}],
    )
]


async def test_new_rows_are_told_from_changed_ones_in_the_same_file(database: Database) -> None:
    await import_catalogue(database, text(with_own_entities(high_street())))
    catalogue = with_own_entities(high_street())
    *_, kettle = catalogue["data"]
    embedded = catalogue["embedded"]
    [flat] = embedded["adjustment_codes"]
    kettle["redeem"] = "Enjoy"
    catalogue["data"].append(brand("Newcomer"))
    embedded["products"][2]["sale_price"] = 340
    embedded["products"].append(product("A bun", kettle))
    embedded["stores"][0]["visible"] = 0
    embedded["stores"].append(store("Hut", kettle))
    embedded["segments"][0]["name"] = "Beyond London"
    embedded["segments"].append(embedded["segments"][1] | {"id": id_of("segment", "Wales")})
    embedded["locations"][1]["name"] = "Van"
    embedded["locations"].append(embedded["locations"][1] | {"id": "van2"})
    embedded["adjustment_codes"] = [
        flat | {"codes": ["MOCHA"]},
        flat | {"product_id": id_of("product", "A pot of tea")},
        flat | {"brand_id": kettle["id"]},
    ]
    report = await import_catalogue(database, text(catalogue))
    assert report.brands == Count(created=1, updated=2, unchanged=2)  # one for its new, unlisted store
    assert report.products == Count(created=1, updated=1, unchanged=3)
    assert report.stores == Count(created=1, updated=1, unchanged=9)
    assert report.segments == Count(created=1, updated=1, unchanged=2)
    assert report.locations == Count(created=1, updated=1, unchanged=1)
    assert report.adjustment_codes == Count(created=2, updated=1)


@pytest.mark.parametrize(
    "beside",
    [{"product_id": id_of("product", "A pot of tea")}, {"brand_id": id_of("brand", "Kettle & Finch")}],
)
async def test_a_code_goes_though_another_product_or_merchant_keeps_it(
    database: Database, beside: dict[str, Any]
) -> None:
    catalogue = with_own_entities(high_street())
    [flat] = catalogue["embedded"]["adjustment_codes"]
    catalogue["embedded"]["adjustment_codes"] = [flat, flat | beside]
    await import_catalogue(database, text(catalogue))
    catalogue["embedded"]["adjustment_codes"] = [flat | {"codes": ["FLAT-W"]}, flat | beside]
    await import_catalogue(database, text(catalogue))
    left = await sql(
        database,
        "SELECT code FROM adjustment_codes WHERE brand_id = $1 AND product_id = $2",
        flat["brand_id"],
        flat["product_id"],
    )
    assert left == [("FLAT-W",)]


@pytest.mark.parametrize("removed", [True, False])
async def test_a_location_is_removed_and_restored_once(
    tables: asyncpg.Connection,
    removed: bool,  # noqa: FBT001
) -> None:
    await put(tables, "locations", removed_at=AT if removed else None)
    before = await standing(tables)
    values = {"id": "bristol17", "removed": removed}
    assert await ran(tables, queries.set_location_removed, **values) == [(False,)]
    assert await standing(tables) == before

"""An export is the imported file again, and importing it gives the same catalogue."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest
from asyncpg import Record

from huggg.catalogue import exporting
from huggg.catalogue.exporting import export_catalogue
from huggg.catalogue.importing import import_catalogue
from huggg.database import pool
from huggg.database.pool import Database
from huggg.database.queries import Statement
from tests.support.catalogue import brand, high_street, id_of, page, store, text, with_own_entities


async def forget(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("TRUNCATE brands, products, stores, segments, locations CASCADE")


async def exported(database: Database) -> dict[str, Any]:
    catalogue: dict[str, Any] = json.loads(await export_catalogue(database))
    return catalogue


async def test_an_export_holds_what_was_imported_in_its_order(database: Database) -> None:
    catalogue = with_own_entities(high_street())
    await import_catalogue(database, text(catalogue))
    document = await exported(database)
    assert json.dumps(document["data"]) == json.dumps(catalogue["data"])
    for kind in ("products", "stores", "locations", "adjustment_codes"):
        assert json.dumps(document["embedded"][kind]) == json.dumps(catalogue["embedded"][kind])
    names = [segment["name"] for segment in document["embedded"]["segments"]]
    assert names == ["Outside London", "Inside London", "Nowhere yet"]
    assert (document["total"], document["per_page"], document["last_page"]) == (4, 4, 1)


async def test_an_export_changes_nothing_where_it_came_from(database: Database) -> None:
    await import_catalogue(database, text(with_own_entities(high_street())))
    report = await import_catalogue(database, await export_catalogue(database))
    assert not report.changed
    assert report.brands.unchanged == 4


async def test_an_export_builds_the_same_catalogue_elsewhere(database: Database) -> None:
    await import_catalogue(database, text(with_own_entities(high_street())))
    document = await export_catalogue(database)
    await forget(database)
    report = await import_catalogue(database, document)
    assert report.stores.created == 10
    assert await export_catalogue(database) == document


async def test_stores_that_nobody_refers_to_are_not_given_to_a_blank_brand(database: Database) -> None:
    anywhere = brand("any coffee place", consolidated=1)
    await import_catalogue(database, text(page([], [], [store("Loft"), store("Barge")])))
    await import_catalogue(database, text(page([anywhere])))
    export = await export_catalogue(database)
    await forget(database)
    await import_catalogue(database, export)
    embedded = (await exported(database))["embedded"]
    assert embedded["unlisted_stores"] == []
    assert {document["id"] for document in embedded["stores"]} == {
        id_of("store", "Loft"),
        id_of("store", "Barge"),
    }


async def test_an_export_is_of_one_instant(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await import_catalogue(database, text(high_street()))
    before = await export_catalogue(database)

    async def run(connection: asyncpg.Connection, statement: Statement, **values: Any) -> list[Record]:
        rows = await pool.run(connection, statement, **values)
        if statement.name == "every_brand":
            await import_catalogue(database, text(page([], [], [store("Newcomer")])))
        return rows

    monkeypatch.setattr(exporting, "run", run)
    assert await export_catalogue(database) == before
    monkeypatch.undo()
    assert len((await exported(database))["embedded"]["stores"]) == 11


async def test_inactive_brands_are_exported_too(database: Database) -> None:
    gone = brand("Gone", deleted_at="2020-01-01 00:00:00", integration_id=None, expiry=None)
    await import_catalogue(database, text(page([gone])))
    assert (await exported(database))["data"] == [gone]


async def test_products_that_cannot_be_bought_stay_in_the_lists_of_their_brands(
    database: Database,
) -> None:
    catalogue = high_street()
    for document in catalogue["embedded"]["products"]:
        document["active"] = 0
    await import_catalogue(database, text(catalogue))
    brands = (await exported(database))["data"]
    lists = ("products", "consolidated_products")
    assert [[brand[name] for name in lists] for brand in brands] == [
        [brand[name] for name in lists] for brand in catalogue["data"]
    ]
    assert any(brand["consolidated_products"] for brand in brands)


async def test_an_empty_catalogue_is_a_page_too(database: Database) -> None:
    document = await exported(database)
    assert document["data"] == []
    assert document["embedded"] == {"products": [], "stores": [], "unlisted_stores": []}
    assert (document["from"], document["to"], document["total"]) == (None, None, 0)
    report = await import_catalogue(database, await export_catalogue(database))
    assert not report.changed


async def test_numbers_and_escapes_are_kept_to_the_letter(database: Database) -> None:
    roast = text(page([brand("Harbour Roast", vat=1234567890123)]))
    roast = roast.replace(b"1234567890123", b"17.50").replace(b"https:", b"https:\\/\\/")
    await import_catalogue(database, roast)
    assert b'"vat":17.50,' in await export_catalogue(database)

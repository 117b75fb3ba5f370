"""Choices in the catalogue: declared by a file or a command, doubted, exported, and replaced."""

from __future__ import annotations

import copy
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.catalogue.choices import choices, products_of_choice, set_choice
from huggg.catalogue.errors import BadCatalogue
from huggg.catalogue.exporting import export_catalogue
from huggg.catalogue.importing import import_catalogue
from huggg.catalogue.report import Report
from huggg.database.pool import Database
from huggg.kit.errors import Invalid
from tests.support.catalogue import Document, brand, id_of, ids, page, product, text
from tests.support.silence import nothing_moves
from tests.support.sql import sql

HARBOUR, KETTLE = brand("Harbour Roast"), brand("Kettle & Finch")
COFFEE, TEA = product("Coffee", HARBOUR), product("Tea", KETTLE)
ANY_BRAND = brand("any treat", consolidated=1)
TREAT = product("Any treat", ANY_BRAND)


def street(*stood_for: Document, **changes: Any) -> Document:
    """Write a catalogue in which any treat stands for these products, or for a coffee and a tea."""
    choice = {"product_id": TREAT["id"], "product_ids": ids(stood_for or (COFFEE, TEA))}
    sold = [
        HARBOUR | {"products": ids([COFFEE])},
        KETTLE | {"products": ids([TEA])},
        ANY_BRAND | {"products": ids([TREAT])},
    ]
    return page(sold, [COFFEE, TEA, TREAT], choices=[choice], **changes)


async def import_document(database: Database, catalogue: Document, **options: bool) -> Report:
    return await import_catalogue(database, text(catalogue), **options)


async def stood_for(database: Database) -> list[str]:
    return [str(row["id"]) for row in await products_of_choice(database, UUID(TREAT["id"]))]


async def test_a_choice_comes_with_its_file_and_the_same_file_again_changes_nothing(
    database: Database,
) -> None:
    report = await import_document(database, street())
    assert (report.choices.created, report.warnings) == (1, [])
    assert await stood_for(database) == ids([COFFEE, TEA])
    async with nothing_moves(database):
        again = await import_document(database, street())
    assert again.choices.unchanged == 1
    [listed] = await choices(database)
    assert dict(listed) == {
        "id": UUID(TREAT["id"]),
        "label": "Any treat",
        "sale_price": 350,
        "products": 2,
        "on_sale": 2,
    }


async def test_an_export_brings_the_choice_back(database: Database) -> None:
    await import_document(database, street(TEA, COFFEE))
    exported = await export_catalogue(database)
    async with database.transaction() as connection:
        await connection.execute("TRUNCATE brands, products CASCADE")
    await import_catalogue(database, exported)
    assert await stood_for(database) == ids([TEA, COFFEE])
    assert await export_catalogue(database) == exported


async def test_the_last_file_says_what_a_choice_stands_for_and_a_file_without_it_nothing(
    database: Database,
) -> None:
    await import_document(database, street())
    report = await import_document(database, street(TEA))
    assert (report.choices.updated, await stood_for(database)) == (1, ids([TEA]))
    await import_document(database, page([], [TEA]))
    assert await stood_for(database) == ids([TEA])
    await set_choice(database, UUID(TREAT["id"]), [])
    with pytest.raises(Invalid, match=f"^There is no choice {TREAT['id']}.$"):
        await products_of_choice(database, UUID(TREAT["id"]))
    assert [tuple(row) for row in await sql(database, "SELECT position FROM choice_products")] == [
        (None,),
        (None,),
    ]


async def test_each_choice_is_replaced_for_itself_and_counted_for_what_it_was(
    database: Database,
) -> None:
    await import_document(database, street())
    snack = product("Any snack", ANY_BRAND)
    snacks = {"product_id": snack["id"], "product_ids": ids([COFFEE, TEA])}
    catalogue = street(TEA)
    catalogue["embedded"]["products"].append(snack)
    catalogue["embedded"]["choices"].append(snacks)
    report = await import_document(database, catalogue)
    assert (report.choices.created, report.choices.updated) == (1, 1)
    assert await stood_for(database) == ids([TEA])
    assert len(await products_of_choice(database, UUID(snack["id"]))) == 2
    for outcome in ("updated", "unchanged"):
        emptied = await set_choice(database, UUID(TREAT["id"]), [])
        assert getattr(emptied.choices, outcome) == 1
    assert (await import_document(database, street())).choices.created == 1


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        (
            {"sale_price": 400, "price": "4.00"},
            (
                f"product {TEA['id']} costs £4.00, and choice {TREAT['id']} £3.50:"
                " its merchant gets the price of the choice"
            ),
        ),
        (
            {"active": 0},
            f"product {TEA['id']} of choice {TREAT['id']} is not on sale: receivers cannot pick it",
        ),
    ],
)
@pytest.mark.parametrize("later", [False, True])
async def test_a_doubtful_product_is_warned_of_with_its_choice_and_later_too(
    database: Database, changes: dict[str, Any], warning: str, *, later: bool
) -> None:
    catalogue = copy.deepcopy(street())
    catalogue["embedded"]["products"][1] |= changes
    if later:
        await import_document(database, street())
        catalogue = page([], [catalogue["embedded"]["products"][1]])
    async with nothing_moves(database):
        with pytest.raises(BadCatalogue, match=f"line 1, .*: {warning}"):
            await import_document(database, catalogue, strict=True)
    [warned] = (await import_document(database, catalogue)).warnings
    place = "embedded.products[0]" if later else "embedded.choices[0].product_ids"
    assert warned == f"line 1, {place}: {warning}"


async def test_a_brand_that_closes_and_a_currency_that_differs_are_warned_of(
    database: Database,
) -> None:
    await import_document(database, street())
    closed = KETTLE | {"products": ids([TEA]), "deleted_at": "2026-01-05 09:00:00"}
    [warned] = (await import_document(database, page([closed]))).warnings
    assert f"product {TEA['id']} of choice {TREAT['id']} is not on sale" in warned
    euros = "UPDATE accounts SET currency = 'EUR' WHERE id = $1"
    await sql(database, euros, UUID(HARBOUR["id"]))
    warnings = "\n".join((await import_document(database, street() | {"data": []})).warnings)
    assert f"product {COFFEE['id']} is paid in EUR, and choice {TREAT['id']} in GBP" in warnings
    assert "has no product that receivers can pick: it cannot be bought" in warnings


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        ([COFFEE["id"], id_of("product", "none")], "is neither in this file nor in the catalogue"),
        ([COFFEE["id"], COFFEE["id"]], f"names {COFFEE['id']} more than once"),
        (["coffee"], "must be a GUID in lower case"),
        ([COFFEE["id"], TREAT["id"]], "product_ids: names the choice itself"),
    ],
)
async def test_a_choice_of_anything_else_is_refused(
    database: Database, products: list[str], reason: str
) -> None:
    await import_document(database, street())
    catalogue = street()
    catalogue["embedded"]["choices"][0]["product_ids"] = products
    async with nothing_moves(database):
        with pytest.raises(BadCatalogue, match=reason):
            await import_document(database, catalogue)


async def test_no_row_lets_a_product_stand_for_itself(database: Database) -> None:
    await import_document(database, street())
    with pytest.raises(asyncpg.CheckViolationError, match="choice_products_check"):
        await sql(database, "UPDATE choice_products SET product_id = choice_id")


async def test_a_choice_does_not_stand_for_another_choice(database: Database) -> None:
    await import_document(database, street())
    async with nothing_moves(database):
        with pytest.raises(BadCatalogue, match="is a choice itself"):
            await set_choice(database, UUID(COFFEE["id"]), [UUID(TREAT["id"])])

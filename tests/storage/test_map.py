"""The map in the database: where stores are, and which of them are on it."""

from __future__ import annotations

from io import StringIO
from typing import Any

import asyncpg
import pytest
from alembic import command

from huggg.catalogue.importing import import_catalogue
from huggg.database.migrate import _config, migrate, newest_revision
from huggg.database.pool import Database
from tests.conftest import fresh_database
from tests.support.catalogue import Document, brand, ids, page, product, store, text
from tests.support.sql import sql


@pytest.mark.parametrize(
    ("written", "latitude", "longitude"),
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
    database: Database, written: str | None, latitude: int | None, longitude: int | None
) -> None:
    await import_catalogue(
        database, text(page([], [], [store("Quay", latitude=written, longitude=written)]))
    )
    [row] = await sql(database, "SELECT latitude_e7, longitude_e7 FROM stores")
    assert (row["latitude_e7"], row["longitude_e7"]) == (latitude, longitude)


def one_shop(name: str, *sold: Document, **changes: Any) -> tuple[Document, Document]:
    """Write a brand that sells these as its own, and its only store, of the same name."""
    made = brand(name, products=ids(sold), **changes)
    shop = store(name, made)
    return made | {"stores": [shop["id"]]}, shop


async def test_a_database_from_before_the_map_gets_it_by_migrating(postgres: str) -> None:
    sold = product("Tea", brand("Tea"), on_imessage=0)
    tea, shop = one_shop("Tea", sold)
    odd = store("Odd", tea, latitude="north", visible="of course")
    async with fresh_database(postgres, "template1") as url:
        connection = await asyncpg.connect(url)
        await connection.execute(schema_at("0002"))
        await connection.execute("INSERT INTO brands (published, position) VALUES ($1, 1)", said(tea))
        await connection.execute("INSERT INTO products (published) VALUES ($1)", said(sold))
        for document in (shop, odd):
            await connection.execute("INSERT INTO stores (published) VALUES ($1)", said(document))
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


def schema_at(revision: str) -> str:
    """Write the SQL that makes an empty database what it was at a revision."""
    buffer = StringIO()
    command.upgrade(_config(buffer), f"base:{revision}", sql=True)
    return buffer.getvalue()


def said(document: Document) -> str:
    return text(document).decode()

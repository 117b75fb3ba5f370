"""PostgreSQL's plans with a large catalogue: 100,000 stores of 1,000 brands, 20,000 products."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from huggg.catalogue.store import (
    Store,
    count_products,
    count_stores,
    products_page,
    queries,
    stores_page,
)
from huggg.catalogue.tiles import STORES_MAX, Cell, pins_of
from huggg.catalogue.view import read_view
from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.database.sessions import connect
from huggg.http.pagination import PageRequest
from tests.conftest import fresh_database
from tests.support.sql import Sent, statements_sent

COUNTRY = read_view("61.091,-11.042:49.655,2.104")
TOWN = read_view("51.47,-2.62:51.43,-2.56")
FAR_OUT = PageRequest(number=3, size=20)

FILL = """
INSERT INTO brands (published, position)
SELECT json_build_object('id', md5('brand ' || n)::uuid, 'name', 'Brand ' || n, 'weight', 1000,
                         'consolidated', 0, 'deleted_at', null, 'expiry', 365, 'integration_id', 2), n
  FROM generate_series(1, 1000) AS n;

INSERT INTO products (published)
SELECT json_build_object('id', md5('product ' || n)::uuid,
                         'brand_id', md5('brand ' || 1 + n % 1000)::uuid,
                         'sale_price', 100 + n * 7919 % 5000,
                         'active', 1, 'on_app', 1, 'on_imessage', n % 2)
  FROM generate_series(1, 20000) AS n;

INSERT INTO brand_products SELECT brand_id, id, false, 1 FROM products;

SELECT setseed(0.5);

INSERT INTO stores (published)
SELECT json_build_object('id', md5('store ' || n)::uuid,
                         'brand_id', md5('brand ' || 1 + n % 1000)::uuid,
                         'latitiude', latitude::text, 'longitude', longitude::text, 'website', null,
                         'name', 'Shop ' || n, 'description', '', 'visible', 1,
                         'image_url', 'https://cdn.example/locations/' || md5(n::text) || '.png',
                         'latitude', latitude::text)
  FROM (SELECT n,
               CASE WHEN n % 2 = 0 THEN round((50.1 + random() * 7.4)::numeric, 7)
                    ELSE round((51.35 + (random() + random()) * 0.15)::numeric, 7) END AS latitude,
               CASE WHEN n % 2 = 0 THEN round((-5.5 + random() * 7)::numeric, 7)
                    ELSE round((-0.4 + (random() + random()) * 0.3)::numeric, 7) END AS longitude
          FROM generate_series(1, 100000) AS n) AS placed;

INSERT INTO brand_stores SELECT brand_id, id, 1, true FROM stores;
"""
"""Half of the stores are in one city, the others anywhere."""


@pytest.fixture(scope="module")
async def nation(postgres: str, template: str) -> AsyncIterator[Database]:
    """A database with a large catalogue in it, as it is once it has been tidied up."""
    async with fresh_database(postgres, template) as url:
        connection = await asyncpg.connect(url)
        await connection.execute(FILL)
        await connection.execute(queries.show_stores.sql)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()
        database = await connect(url, connections_max=1)
        yield database
        await database.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The statements to the database from now on."""
    return statements_sent(monkeypatch)


async def explained(database: Database, statement: Statement, values: list[Any]) -> list[dict[str, Any]]:
    """Run a statement again and give the nodes of its plan, the outermost first."""
    async with database.transaction() as connection:
        text = await connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}", *values
        )
    return list(_nodes(json.loads(text)[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def reads(nodes: list[dict[str, Any]], table: str) -> list[tuple[str, str | None]]:
    """How a table is read: by which kind of scan, over which index."""
    return [
        (node["Node Type"], node.get("Index Name"))
        for node in nodes
        if node.get("Relation Name") == table or str(node.get("Index Name")).startswith(table)
    ]


def buffers(nodes: list[dict[str, Any]]) -> int:
    return int(nodes[0]["Shared Hit Blocks"] + nodes[0]["Shared Read Blocks"])


async def test_a_country_is_counted_in_the_database_from_the_index_alone(
    nation: Database, sent: Sent
) -> None:
    pins = await pins_of(nation, COUNTRY, sold_on="app", granularity=None)
    assert sum(pin.count for pin in pins if isinstance(pin, Cell)) == 100_000
    assert 50 < len(pins) < 300
    [(statement, values)] = sent
    nodes = await explained(nation, statement, values)
    assert reads(nodes, "stores") == [("Index Only Scan", "stores_on_map")]
    [scan] = [node for node in nodes if node["Node Type"] == "Index Only Scan"]
    assert scan["Heap Fetches"] == 0
    [counted] = [node for node in nodes if node["Node Type"] == "Aggregate"]
    assert counted["Strategy"] == "Hashed"
    assert nodes[0]["Actual Rows"] == len(pins)
    assert nodes[0]["Temp Written Blocks"] == 0
    assert buffers(nodes) < 1_000  # of the table's seven thousand


async def test_a_town_is_found_by_the_index_and_no_more_of_the_table_is_read(
    nation: Database, sent: Sent
) -> None:
    pins = await pins_of(nation, TOWN, sold_on="app", granularity=None)
    assert 0 < len(pins) < 100
    assert all(isinstance(pin, Store) for pin in pins)
    (clusters, places), (documents, again) = sent
    counted = await explained(nation, clusters, places)
    assert reads(counted, "stores") == [("Index Only Scan", "stores_on_map")]
    read = await explained(nation, documents, again)
    assert {index for _, index in reads(read, "stores") if index} == {"stores_on_map"}
    assert "Seq Scan" not in {node["Node Type"] for node in read}
    assert buffers(counted) < 100
    assert buffers(read) < 100 + len(pins)


async def test_a_city_with_too_many_stores_is_clustered(nation: Database, sent: Sent) -> None:
    city = read_view("51.6,-0.5:51.4,0.3")
    pins = await pins_of(nation, city, sold_on="imessage", granularity=None)
    assert sum(pin.count for pin in pins if isinstance(pin, Cell)) > STORES_MAX
    [(statement, values)] = sent
    assert reads(await explained(nation, statement, values), "stores") == [
        ("Index Only Scan", "stores_on_map")
    ]


async def test_after_many_towns_a_country_is_still_planned_as_one(nation: Database, sent: Sent) -> None:
    """One plan for all values would sort the country on disk, as it does once the statement is named."""
    for _ in range(10):
        await pins_of(nation, TOWN, sold_on="app", granularity=12)
    await pins_of(nation, COUNTRY, sold_on="app", granularity=None)
    statement, values = sent[-1]
    assert statement.planned
    async with nation.transaction() as connection:
        kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1"
        assert await connection.fetchval(kept, statement.sql) == 0
        for _ in range(10):
            await connection.fetch(statement.sql, *values)
        kept = "SELECT generic_plans > 0 FROM pg_prepared_statements WHERE statement = $1"
        assert await connection.fetchval(kept, statement.sql)


async def test_a_page_of_products_is_read_in_the_order_of_its_index(
    nation: Database, sent: Sent
) -> None:
    assert len(await products_page(nation, FAR_OUT, brand_ids=None, sold_on="app")) == 20
    assert await count_products(nation, brand_ids=None, sold_on="imessage") == 10_000
    nodes = await explained(nation, *sent[0])
    assert ("Index Scan", "products_by_price") in reads(nodes, "products")
    assert max(node["Actual Rows"] for node in nodes if node["Node Type"] == "Sort") <= 20
    assert buffers(nodes) < 1_000


async def test_a_page_of_stores_is_read_in_the_order_of_its_index(nation: Database, sent: Sent) -> None:
    stores = await stores_page(nation, FAR_OUT, brand_ids=None)
    assert len(stores) == 20
    assert await count_stores(nation, brand_ids=None) == 100_000
    listed, counted = [await explained(nation, *values) for values in sent]
    assert reads(listed, "stores") == [("Index Scan", "stores_shown")]
    assert [node["Node Type"] for node in listed] == ["Limit", "Index Scan"]
    assert reads(counted, "stores") == [("Index Only Scan", "stores_shown")]


async def test_the_stores_of_a_few_brands_are_looked_up_and_not_searched_for(
    nation: Database, sent: Sent
) -> None:
    [some, other, *_] = await stores_page(nation, FAR_OUT, brand_ids=None)
    brand_ids = [some.brand_id, other.brand_id]
    sent.clear()
    assert len(await stores_page(nation, FAR_OUT, brand_ids=brand_ids)) == 20
    assert await count_stores(nation, brand_ids=brand_ids) == 200
    assert len(await products_page(nation, PageRequest(1, 100), brand_ids=brand_ids, sold_on=None)) == 40
    assert await count_products(nation, brand_ids=brand_ids, sold_on=None) == 40
    for statement, values in sent:
        assert statement.planned
        nodes = await explained(nation, statement, values)
        kinds = {kind for table in ("stores", "products") for kind, _ in reads(nodes, table)}
        assert "Seq Scan" not in kinds
        assert buffers(nodes) < 2_000

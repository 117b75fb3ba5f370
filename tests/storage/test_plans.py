"""How PostgreSQL finds things in large tables: by an index, not by reading or sorting everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from huggg.catalogue.store import queries as catalogue
from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.database.sessions import LANE_SESSION, SESSION, connect
from huggg.gift.store import queries as gift
from huggg.groups.store import queries as groups
from huggg.holds.store import queries as holds
from huggg.hugggs.conditions import Words
from huggg.hugggs.query import read_search
from huggg.hugggs.store import queries as hugggs
from huggg.hugggs.ways import WALK, SearchStatements
from huggg.identity.authenticate import queries as identity
from huggg.kit.codes import Vault
from huggg.kit.ids import LAST
from huggg.kit.limits import queries as limits
from huggg.notifications.store import queries as notifications
from huggg.passes.store import queries as passes
from huggg.redemptions.redeem import queries as redemptions
from huggg.transactions.store import queries as transactions
from huggg.vouchers.store import queries as vouchers
from tests.conftest import fresh_database
from tests.support.sql import sql

SENDER = UUID(int=1)
PRODUCTS = [UUID(int=1000 + n) for n in range(5)]
BRAND = UUID(int=7)
ROWS = 60_000

SENDERS = 100

TRANSACTIONS = """
INSERT INTO transactions (id, sender_id, account_id, product_id, quantity, retail, status, message,
                          word_fingerprints, word_key, theme_id, created_at, updated_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(1 + n % $2), 32, '0')::uuid,
       gen_random_uuid(), lpad(to_hex(1000 + n % 5), 32, '0')::uuid, 10, 3500, 'successful',
       CASE n % 97 WHEN 0 THEN 'Happy birthday' ELSE 'Thank you ' || n END,
       CASE n % 97 WHEN 0 THEN '{1,2}' ELSE ARRAY[3, 4, n] END::bigint[], 1, 'default',
       now() - n * interval '1 minute', now()
  FROM generate_series(0, $1 / 10) AS n
"""

HUGGGS = """
INSERT INTO hugggs (id, transaction_id, position, sender_id, receiver_id, product_id, commitment_id,
                    value, codes, theme_id, expiry_date, expires_at, created_at, updated_at, sent_at,
                    redemption_id)
SELECT lpad(to_hex(n), 32, '0')::uuid, t.id, 1 + n % 10, t.sender_id,
       lpad(to_hex(1 + n % 5000), 32, '0')::uuid, t.product_id, gen_random_uuid(),
       350, '\\x00', 'default', current_date + n % 400, now() + (n % 400 - 30) * interval '1 day',
       t.created_at, t.created_at + n * interval '1 second', t.created_at,
       CASE n % 3 WHEN 0 THEN gen_random_uuid() END
  FROM generate_series(1, $1) AS n
  JOIN transactions t ON t.id = lpad(to_hex(n / 10), 32, '0')::uuid
"""


SHORTCODES = """
INSERT INTO shortcodes (fingerprint, huggg_id, redeem_fingerprint)
SELECT sha256(n::text::bytea), lpad(to_hex(n), 32, '0')::uuid, sha256((n / 2)::text::bytea)
  FROM generate_series(1, $1::int) AS n
"""


REDEMPTIONS = """
INSERT INTO redemptions (huggg_id, id, brand_id, location_id, client_id, created_at, updated_at)
SELECT id, redemption_id, $1, 'L', 'C', now(), now() FROM hugggs WHERE redemption_id IS NOT NULL
"""

DELIVERIES = """
INSERT INTO deliveries (subject_id, kind, id, transaction_id, batch_id, channel, queued_at)
SELECT id, 'gift', gen_random_uuid(), transaction_id, transaction_id, 'email', now() FROM hugggs
"""

PASSES = """
INSERT INTO passes (id, huggg_id, customer_id, kind, sequence, language, token, changed_at)
SELECT gen_random_uuid(), id, sender_id, 'apple', 0, 'en', '\\x01', now() FROM hugggs
"""

FILLED = {"transactions", "hugggs", "shortcodes", "redemptions", "deliveries", "passes"}


async def fill(database: Database) -> None:
    """Let every sender buy equally much; a third is redeemed, some are over."""
    await sql(database, TRANSACTIONS, ROWS, SENDERS)
    await sql(database, HUGGGS, ROWS)
    await sql(database, SHORTCODES, ROWS)
    await sql(database, REDEMPTIONS, BRAND)
    await sql(database, DELIVERIES)
    await sql(database, PASSES)


@pytest.fixture(scope="module")
async def large(postgres: str, template: str) -> AsyncIterator[Database]:
    async with fresh_database(postgres, template) as url:
        database = await connect(url)
        await fill(database)
        for table in FILLED:
            await sql(database, f"VACUUM ANALYZE {table}")
        yield database
        await database.close()


@pytest.fixture(scope="module")
async def empty(postgres: str, template: str) -> AsyncIterator[Database]:
    async with fresh_database(postgres, template) as url:
        database = await connect(url)
        yield database
        await database.close()


async def plan_of(database: Database, statement: Statement, values: dict[str, Any]) -> dict[str, Any]:
    """Explain a statement as it is run, with its real values."""
    explained = replace(statement, sql=f"EXPLAIN (FORMAT JSON) {statement.sql}")
    [row] = await database.rows(explained, **values)
    plan: dict[str, Any] = msgspec.json.decode(row[0])[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def scanned_whole(plan: dict[str, Any]) -> set[str]:
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


def walked_whole(plan: dict[str, Any]) -> set[str]:
    """The indexes of large tables that are read from end to end, which costs as much as the table."""
    walks = (node for node in nodes(plan) if "Index Name" in node and "Index Cond" not in node)
    return {node["Index Name"] for node in walks if node.get("Relation Name") in FILLED}


def sorted_rows(plan: dict[str, Any]) -> float:
    """The most rows that any sort expects."""
    sorts = [node["Plans"][0]["Plan Rows"] for node in nodes(plan) if node["Node Type"] == "Sort"]
    return max(sorts, default=0)


def indexes(plan: dict[str, Any]) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


LISTS: dict[str, tuple[Statement, dict[str, Any], str]] = {
    "sent": (
        hugggs.sent,
        {"sender_id": SENDER, "before": LAST, "size": 20, "offset": 0, "from_end": False},
        "hugggs_by_sender",
    ),
    "sent, from its end": (
        hugggs.sent,
        {"sender_id": SENDER, "before": LAST, "size": 20, "offset": 0, "from_end": True},
        "hugggs_by_sender",
    ),
    "received": (
        hugggs.received,
        {"receiver_id": SENDER, "before": LAST, "size": 20, "offset": 0, "from_end": False},
        "hugggs_received",
    ),
    "count of received": (hugggs.count_received, {"receiver_id": SENDER}, "hugggs_received"),
    "transactions": (
        transactions.transactions,
        {"sender_id": SENDER, "before": LAST, "size": 20, "offset": 0, "from_end": False},
        "transactions_by_sender",
    ),
    "the huggg of a redeem code": (
        hugggs.typed,
        {"fingerprints": [b"\x01"], "brand_id": BRAND},
        "shortcodes_by_hashed_redeem_code",
    ),
    "hugggs without a redeem code": (
        hugggs.without_redeem_codes,
        {"most": 500},
        "shortcodes_without_redeem_code",
    ),
    "ids of hugggs": (transactions.huggg_ids, {"ids": [UUID(int=5)]}, "hugggs_by_transaction"),
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_walks_its_index(large: Database, name: str) -> None:
    statement, values, index = LISTS[name]
    plan = await plan_of(large, statement, values)
    assert scanned_whole(plan) & {"hugggs", "shortcodes", "transactions"} == set()
    assert index in indexes(plan)
    assert sorted_rows(plan) <= 20 + 1, "a page, and one row that PostgreSQL expects from the other end"


async def blocks_of(database: Database, statement: Statement, values: dict[str, Any]) -> int:
    """Count the blocks that PostgreSQL reads to run a statement."""
    run = replace(statement, sql=f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}")
    [row] = await database.rows(run, **values)
    plan = msgspec.json.decode(row[0])[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_a_walk_costs_no_more_deep_down_than_at_the_top(large: Database) -> None:
    statement, values, _ = LISTS["sent"]
    middle = values | {"before": UUID(int=ROWS // 2)}
    top, deep = [await blocks_of(large, statement, each) for each in (values, middle)]
    assert deep <= top * 1.2
    by_number = await blocks_of(large, statement, values | {"offset": ROWS // SENDERS // 2})
    assert by_number > deep, "the rows that a cursor passes over"


async def test_a_walk_through_a_search_costs_no_more_deep_down_either(large: Database) -> None:
    search = read_search(msgspec.json.encode({"sort": [{"expiry_date": "asc"}]}))
    pages = []
    for _ in range(10):
        words = Words(Vault({1: bytes(32)}), SENDER, older=False)
        statement, values = SearchStatements(search, words, sender_id=SENDER).page(WALK)
        rows = await large.rows(statement, **values)
        pages.append(await blocks_of(large, statement, values))
        search.after = (rows[-1]["expiry_date"], rows[-1]["id"])
        assert "hugggs_by_expiry" in indexes(await plan_of(large, statement, values))
    assert max(pages[1:]) <= pages[0] * 1.2


# Statements that calls share, planned once for all of them -----------------------------------


HOT = {
    "who calls": identity.caller,
    "whose key it is": identity.key_caller,
    "a draw from a bucket": limits.draw,
    "a huggg": hugggs.huggg,
    "a look before redeeming": redemptions.spendable,
    "adjustment codes": redemptions.adjustable,
    "redeeming": redemptions.redeem,
    "a look before taking back": redemptions.redeemed,
    "taking a redemption back": redemptions.unredeem,
    "a look before buying": transactions.purchase_context,
    "who receives": transactions.receivers,
    "buying": transactions.buy,
    "a look before a voucher": vouchers.subject,
    "making a voucher": vouchers.make_voucher,
    "drawing a code and making its voucher": vouchers.draw_voucher,
    "a voucher that was made": vouchers.vouchers,
    "a look at a till": redemptions.at_till,
    "holding": holds.place,
    "a look before a hold ends": holds.hold_facts,
    "a gift page": gift.gift,
    "beginning a message": notifications.begin,
    "the outcome of a message": notifications.settle,
    "a message": hugggs.messages,
    "a redemption that stands": redemptions.redemptions,
    "a product": catalogue.products,
    "a brand": catalogue.brands,
    "a store": catalogue.stores,
    "a segment": catalogue.segments,
    "an integration": catalogue.integrations,
    "a group": groups.group,
    "joining a group": groups.join,
}


async def lane_plan(database: Database, statement: Statement, *changes: str) -> dict[str, Any]:
    """Plan a statement as a lane does, for any values that come; after `changes`, which are undone."""
    settings = {name: value for name, value in LANE_SESSION.items() if name not in SESSION}
    async with database.transaction() as connection:
        transaction = connection.transaction()
        await transaction.start()
        for change in changes:
            await connection.execute(change)
        for name, value in settings.items():
            await connection.execute(f"SET LOCAL {name} = '{value}'")
        await connection.execute(f"PREPARE planned AS {statement.sql}")
        nothing = ", ".join("NULL" for _ in statement.names)
        text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE planned({nothing})")
        await connection.execute("DEALLOCATE planned")
        await transaction.rollback()
    plan: dict[str, Any] = msgspec.json.decode(text)[0]["Plan"]
    return plan


OF_A_BATCH = 50
"""The only sort is of the batch itself, of which PostgreSQL expects some tens."""


@pytest.mark.parametrize("name", HOT)
async def test_a_shared_statement_finds_every_row_by_an_index(large: Database, name: str) -> None:
    plan = await lane_plan(large, HOT[name])
    assert scanned_whole(plan) - {"processes"} == set()  # which has a row for each process
    assert sorted_rows(plan) <= OF_A_BATCH


@pytest.mark.parametrize("name", HOT)
async def test_a_shared_statement_planned_on_empty_tables_is_fit_for_large_ones(
    empty: Database, name: str
) -> None:
    plan = await lane_plan(empty, HOT[name])
    assert scanned_whole(plan) - {"processes"} == set()
    assert walked_whole(plan) == set()


LOOKUPS = [
    *(hugggs.huggg, redemptions.spendable, redemptions.redeemed, redemptions.adjustable),
    vouchers.subject,
]


@pytest.mark.parametrize("statement", LOOKUPS, ids=lambda statement: statement.name)
async def test_no_column_of_a_lookups_caller_has_the_name_of_one_of_its_huggg(
    large: Database, statement: Statement
) -> None:
    async with large.transaction() as connection:
        prepared = await connection.prepare(statement.sql)
        names = [attribute.name for attribute in prepared.get_attributes()]
    assert len(names) == len(set(names))
    assert len([name for name in names if name.startswith("caller_")]) == 10


@pytest.mark.parametrize("people_ids", [[], [UUID(int=1001)]])
async def test_the_passes_of_hugggs_that_changed_are_found_by_an_index(
    large: Database, people_ids: list[UUID]
) -> None:
    values = {"huggg_ids": [UUID(int=number) for number in range(1, 101)], "people_ids": people_ids}
    assert scanned_whole(await plan_of(large, passes.change_passes, values)) == set()


async def test_without_their_index_a_look_at_a_huggg_reads_all_shortcodes(large: Database) -> None:
    lost = "ALTER TABLE shortcodes DROP CONSTRAINT shortcodes_pkey"
    plan = await lane_plan(large, redemptions.spendable, lost)
    assert "shortcodes" in scanned_whole(plan)

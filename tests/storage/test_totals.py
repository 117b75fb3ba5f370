"""Totals of purchases and hugggs, kept as they are bought, and pages that are counted from them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

import huggg
from huggg.database.pool import Database
from huggg.database.sessions import connect
from huggg.http import pagination
from huggg.http.pagination import PageRequest, window_of
from huggg.hugggs.store import count_sent
from huggg.transactions.store import count_transactions
from tests.conftest import fresh_database
from tests.support.buyers import new_buyer
from tests.support.sql import scalar, sql
from tests.support.world import World

[TOTALS] = (Path(huggg.__file__).parent / "database/migrations/versions").glob("*_totals.sql")

INSERT = """
INSERT INTO transactions (id, sender_id, account_id, product_id, quantity, retail, status, theme_id,
                          created_at, updated_at)
SELECT gen_random_uuid(), $1, $2, gen_random_uuid(), 3, 1050, status, 'default', now(), now()
  FROM unnest($3::text[]) AS status
"""


async def test_a_purchase_counts_once_it_is_made_and_a_failed_one_without_hugggs(world: World) -> None:
    buyer = await new_buyer(world)
    database = world.platform.database
    assert (await count_sent(database, buyer.person.id), await totals(database, buyer.person.id)) == (
        0,
        [],
    )
    await buyer.buy(world, quantity=3)
    await buyer.buy(world)
    assert await totals(database, buyer.person.id) == [(2, 4)]
    await sql(database, INSERT, buyer.person.id, uuid4(), ["successful", "failed", "failed"])
    assert await count_transactions(database, buyer.person.id) == 5
    assert await count_sent(database, buyer.person.id) == 7


async def totals(database: Database, sender_id: UUID) -> list[tuple[int, int]]:
    query = "SELECT purchases, hugggs FROM sender_totals WHERE sender_id = $1"
    return [tuple(row) for row in await sql(database, query, sender_id)]


async def test_concurrent_purchases_all_count(world: World) -> None:
    buyers = [await new_buyer(world) for _ in range(2)]
    await asyncio.gather(*(buyer.buy(world) for buyer in buyers * 10))
    for buyer in buyers:
        assert await totals(world.platform.database, buyer.person.id) == [(10, 10)]


async def test_purchases_of_before_are_counted_by_the_migration(postgres: str, template: str) -> None:
    async with fresh_database(postgres, template) as url:
        database = await connect(url)
        await sql(database, "DROP TRIGGER count_purchases ON transactions")
        senders = [uuid4(), uuid4()]
        for sender, account in ((0, 1), (0, 2), (1, 1)):
            await sql(database, INSERT, senders[sender], UUID(int=account), ["successful", "failed"])
        assert await scalar(database, "SELECT count(*) FROM sender_totals") == 0
        await undo_totals(database)
        async with database.transaction() as connection:
            await connection.execute(TOTALS.read_text())
        for sender, purchases in ((0, 4), (1, 2)):
            assert await count_transactions(database, senders[sender]) == purchases
            assert await count_sent(database, senders[sender]) == purchases // 2 * 3
        await database.close()


async def undo_totals(database: Database) -> None:
    """Take the database back to the state before the revision."""
    for text in (
        "DROP TABLE sender_totals",
        "DROP FUNCTION count_purchases",
        "DROP INDEX hugggs_received",
        "CREATE INDEX hugggs_by_receiver ON hugggs (receiver_id, id) WHERE receiver_id IS NOT NULL",
    ):
        await sql(database, text)


PAGE = st.builds(PageRequest, number=st.integers(1, 30), size=st.integers(1, 7))


@given(page=PAGE, total=st.integers(0, 100))
def test_a_page_has_the_same_rows_from_either_end(page: PageRequest, total: int) -> None:
    rows = list(range(total))[::-1]  # newest first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pagination, "TURN_ROWS", 0)
        window: Any = window_of(page, total)
    counted = rows[::-1] if window["from_end"] else rows
    found = counted[window["offset"] : window["offset"] + window["size"]]
    assert sorted(found, reverse=True) == rows[page.offset : page.offset + page.size]
    passed = window["offset"]
    assert passed <= max(total // 2, total - passed) or not found


async def test_a_page_near_the_end_of_a_list_is_the_same_as_by_cursor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await new_buyer(world)
    await buyer.buy(world, quantity=7, receivers=[{"user_id": str(buyer.person.id)}] * 7)
    for _ in range(6):
        await buyer.buy(world)
    for path in ("hugggs/sent", "hugggs/received", "transactions"):
        deep = [await page(world, buyer.person, path, number) for number in (1, 2, 3, 4)]
        monkeypatch.setattr(pagination, "TURN_ROWS", 0)
        assert [await page(world, buyer.person, path, number) for number in (1, 2, 3, 4)] == deep
        monkeypatch.undo()


async def page(world: World, person: Any, path: str, number: int) -> Any:
    answer = await world.call("GET", f"/api/v2/{path}?per_page=5&page={number}", person)
    assert answer.status_code == 200
    return answer.json()

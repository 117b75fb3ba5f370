"""Totals of purchases and hugggs, kept as they are bought, and pages that are counted from them."""

from __future__ import annotations

import asyncio
from functools import partial
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
from huggg.hugggs import store
from huggg.hugggs.store import count_received, count_sent
from huggg.kit.ids import LAST
from huggg.transactions.store import count_transactions
from tests.conftest import fresh_database
from tests.faults.doctor import broken_rules
from tests.support.buyers import Buyer, new_buyer
from tests.support.sql import scalar, sql
from tests.support.waiting import until
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


@pytest.fixture
def keeps_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the total of a list at each page, and of all that was bought until now."""
    monkeypatch.setattr(store, "SCANNED_MAX", 0)
    monkeypatch.setattr(store, "SETTLED_SECONDS", -60)


async def kept(world: World, receiver: UUID) -> list[int]:
    query = "SELECT hugggs FROM received_totals WHERE receiver_id = $1"
    return [row[0] for row in await sql(world.platform.database, query, receiver)]


async def gifts(world: World, buyer: Buyer, count: int, **purchase: Any) -> list[UUID]:
    """Have a buyer give hugggs to Bo."""
    receivers = [{"user_id": str(world.bo.id)}] * count
    _, hugggs = await buyer.buy(world, quantity=count, receivers=receivers, **purchase)
    return [UUID(huggg["id"]) for huggg in hugggs]


MOVE = "UPDATE hugggs SET receiver_id = $2 WHERE id = $1"
A_LOCK_IS_AWAITED = """
SELECT count(*) > 0
  FROM pg_locks
 WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
TOMORROW = "UPDATE hugggs SET sent_at = now() + interval '1 day' WHERE id = ANY($1)"
FORGETS_NOTHING = "DROP TRIGGER forget_received_totals ON hugggs"


@pytest.mark.usefixtures("keeps_all")
@pytest.mark.parametrize("guarded", [True, False])
async def test_a_kept_total_of_a_receiver_is_forgotten_with_each_change_of_receivers(
    world: World, *, guarded: bool
) -> None:
    buyer, database, bo = await new_buyer(world), world.platform.database, world.bo.id
    [first, *_] = await gifts(world, buyer, 3)
    [unclaimed] = [UUID(each["id"]) for each in (await buyer.buy(world))[1]]
    assert (await count_received(database, bo), await kept(world, bo)) == (3, [3])
    if not guarded:
        await sql(database, FORGETS_NOTHING)
    await sql(database, "UPDATE hugggs SET updated_at = now()")
    assert await kept(world, bo) == [3]
    for moved, receiver, count in ((unclaimed, bo, 4), (first, world.cleo.id, 3)):
        await sql(database, MOVE, moved, receiver)
        assert (await kept(world, bo) == []) is guarded
        assert (await count_received(database, bo) == count) is (guarded or count == 3)
    await sql(
        database, "UPDATE hugggs SET sent_at = now() + interval '1 day' WHERE receiver_id = $1", bo
    )
    assert (await count_received(database, bo) == 0) is guarded
    assert (await broken_rules(database) == []) is guarded


@pytest.mark.usefixtures("keeps_all")
async def test_a_kept_total_ends_before_the_first_huggg_whose_day_has_not_come(world: World) -> None:
    buyer, database, bo = await new_buyer(world), world.platform.database, world.bo.id
    [of_another] = await gifts(world, buyer, 1)
    await sql(database, MOVE, of_another, world.cleo.id)
    await gifts(world, buyer, 2)
    later = await gifts(world, buyer, 2)
    await sql(database, TOMORROW, [of_another, *later])
    await gifts(world, buyer, 1)
    assert (await count_received(database, bo), await kept(world, bo)) == (3, [2])
    await sql(database, "UPDATE hugggs SET sent_at = now() WHERE id = ANY($1)", later)
    assert (await count_received(database, bo), await kept(world, bo)) == (5, [5])


async def test_no_total_is_kept_of_hugggs_that_were_just_bought(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A purchase under way may have earlier ids."""
    monkeypatch.setattr(store, "SCANNED_MAX", 0)
    buyer, database, bo = await new_buyer(world), world.platform.database, world.bo.id
    *_, later = await gifts(world, buyer, 3)
    await sql(database, TOMORROW, [later])
    assert (await count_received(database, bo), await kept(world, bo)) == (2, [0])


@pytest.mark.usefixtures("keeps_all")
async def test_no_total_is_kept_beside_a_change_of_receivers_under_way(world: World) -> None:
    buyer, database, bo = await new_buyer(world), world.platform.database, world.bo.id
    [first, *_] = await gifts(world, buyer, 3)
    async with database.transaction() as connection:
        await connection.execute(MOVE, first, world.cleo.id)
        assert (await count_received(database, bo), await kept(world, bo)) == (3, [])
    assert (await count_received(database, bo), await kept(world, bo)) == (2, [2])


@pytest.mark.usefixtures("keeps_all")
async def test_a_change_of_receivers_waits_for_a_count_under_way_and_forgets_it(world: World) -> None:
    buyer, database, bo = await new_buyer(world), world.platform.database, world.bo.id
    [first, *_] = await gifts(world, buyer, 3)
    async with database.transaction() as connection:
        assert await connection.fetchval(store.queries.no_receiver_changes.sql)
        moving = asyncio.create_task(sql(database, MOVE, first, world.cleo.id))
        await until(partial(scalar, database, A_LOCK_IS_AWAITED))
        keep = store.queries.keep_received_total
        await connection.execute(keep.sql, *keep.bind({"receiver_id": bo, "before_id": LAST}))
    await moving
    assert (await count_received(database, bo), await kept(world, bo)) == (2, [2])


async def test_a_short_list_keeps_no_total(world: World) -> None:
    buyer = await new_buyer(world)
    await gifts(world, buyer, 3)
    assert await count_received(world.platform.database, world.bo.id) == 3
    assert await kept(world, world.bo.id) == []


PAGE = st.builds(PageRequest, number=st.integers(1, 30), size=st.integers(1, 7))


@given(page=PAGE, total=st.integers(0, 100))
def test_a_page_has_the_same_rows_from_either_end(page: PageRequest, total: int) -> None:
    rows = list(range(total))[::-1]  # newest first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pagination, "FROM_TOP_ROWS", 0)
        window: Any = window_of(page, total)
    counted = rows[::-1] if window["from_end"] else rows
    window_rows = counted[window["offset"] : window["offset"] + window["size"]]
    assert sorted(window_rows, reverse=True) == rows[page.offset : page.offset + page.size]
    passed = window["offset"]
    assert passed <= max(total // 2, total - passed) or not window_rows


async def test_a_page_near_the_end_of_a_list_is_the_same_as_by_cursor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await new_buyer(world)
    await buyer.buy(world, quantity=7, receivers=[{"user_id": str(buyer.person.id)}] * 7)
    for _ in range(6):
        await buyer.buy(world)
    for path in ("hugggs/sent", "hugggs/received", "transactions"):
        deep = [await page(world, buyer.person, path, number) for number in (1, 2, 3, 4)]
        monkeypatch.setattr(pagination, "FROM_TOP_ROWS", 0)
        assert [await page(world, buyer.person, path, number) for number in (1, 2, 3, 4)] == deep
        monkeypatch.undo()


async def page(world: World, person: Any, path: str, number: int) -> Any:
    answer = await world.call("GET", f"/api/v2/{path}?per_page=5&page={number}", person)
    assert answer.status_code == 200
    return answer.json()

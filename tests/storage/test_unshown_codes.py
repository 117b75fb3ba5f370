"""Codes that were drawn with a purchase: unshown ones go back to their pool with the huggg's end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.showing import note_shown
from huggg.hugggs.showing import queries as of_showing
from huggg.hugggs.store import lookup_huggg
from huggg.transactions.ends.end import End, end_hugggs
from huggg.transactions.ends.end import queries as of_ends
from huggg.transactions.ends.expire import expire_due
from huggg.vouchers.show_code import show_code
from huggg.vouchers.withdraw import withdraw
from tests.support.guards import Guard
from tests.support.life import end_yesterday
from tests.support.merchants import Merchant, add_pool_merchant, load
from tests.support.rows import AT, lie_in_order_of_entry, put, ran
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.waiting import waits_for_lock
from tests.support.world import World

Two = tuple[asyncpg.Connection, asyncpg.Connection]

CODES = ["KX01-9QPLM2", "KX02-9QPLM2"]


@dataclass(frozen=True)
class Shop:
    """A merchant whose hugggs come with a code of a pool, which has two."""

    world: World
    merchant: Merchant

    async def buy(self, quantity: int = 1) -> tuple[UUID, list[UUID]]:
        """Buy, by a call whose answer has no codes; gives transaction and hugggs."""
        world = self.world
        order = world.order(self.merchant.product, quantity=quantity)
        answer = await world.call("POST", "/api/v2/transactions", world.amara, order)
        assert answer.status_code == 201, answer.text
        data = answer.json()["data"]
        return UUID(data["id"]), [UUID(huggg) for huggg in data["hugggs"]]

    async def free(self) -> int:
        """Count the codes that are free."""
        free = "SELECT count(*) FROM codes WHERE huggg_id IS NULL AND withdrawn_at IS NULL"
        return int(await scalar(self.world.platform.database, free))

    async def cancel(self, huggg: UUID) -> dict[str, Any]:
        path = f"/api/v2/hugggs/{huggg}/cancellation"
        answer = await self.world.call("POST", path, self.world.amara)
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


@pytest.fixture
async def shop(world: World) -> AsyncIterator[Shop]:
    """A shop whose books are sound at the end."""
    merchant = await add_pool_merchant(world.platform)
    await load(world.platform, merchant.segments[0], CODES)
    yield Shop(world, merchant)
    assert await broken(world) == []


async def broken(world: World) -> list[str]:
    return [finding.rule for finding in await examine(world.platform.database) if finding.rows]


async def test_a_code_that_no_answer_had_goes_back_when_its_huggg_is_cancelled(shop: Shop) -> None:
    database = shop.world.platform.database
    _, [huggg] = await shop.buy()
    assert await shop.free() == 1
    assert (await shop.cancel(huggg))["code"] == ""
    assert await shop.free() == 2
    kinds_query = "SELECT kind FROM events WHERE subject_id = $1 AND kind LIKE 'voucher%' ORDER BY id"
    kinds = [row["kind"] for row in await sql(database, kinds_query, huggg)]
    assert kinds == ["voucher.generated", "voucher.unused"]
    _, hugggs = await shop.buy(2)
    assert len(hugggs) == 2


async def test_a_code_that_no_answer_had_goes_back_when_its_huggg_expires(shop: Shop) -> None:
    _, [huggg] = await shop.buy()
    await end_yesterday(shop.world.platform.database, str(huggg))
    await expire_due(shop.world.platform.database)
    assert await shop.free() == 2


async def read(shop: Shop, huggg: UUID) -> None:
    shown = await shop.world.call("GET", f"/api/v2/hugggs/{huggg}", shop.world.amara)
    assert shown.json()["data"]["code"] in CODES


async def list_sent(shop: Shop, _: UUID) -> None:
    shown = await shop.world.call("GET", "/api/v2/hugggs/sent", shop.world.amara)
    assert shown.json()["data"][0]["code"] in CODES


async def embed(shop: Shop, _: UUID) -> None:
    path = "/api/v2/transactions?embed[]=hugggs"
    shown = await shop.world.call("GET", path, shop.world.amara)
    assert shown.json()["embedded"]["hugggs"][0]["code"] in CODES


async def search(shop: Shop, _: UUID) -> None:
    shown = await shop.world.call("POST", "/api/v2/search", shop.world.amara, {})
    assert shown.json()["data"][0]["code"] in CODES


async def ask_for_its_voucher(shop: Shop, huggg: UUID) -> None:
    shown = await shop.world.call("POST", f"/api/v2/hugggs/{huggg}/voucher", shop.world.amara, {})
    assert shown.json()["data"]["code"] in CODES


async def claim(shop: Shop, huggg: UUID) -> None:
    code = "SELECT codes FROM hugggs WHERE id = $1"
    assert await scalar(shop.world.platform.database, code, huggg)
    shown = await shop.world.call("POST", f"/api/v2/hugggs/{huggg}/claim", shop.world.bo)
    assert shown.json()["data"]["code"] in CODES


async def look_as_staff(shop: Shop, huggg: UUID) -> None:
    platform = shop.world.platform
    reference = HugggReference(huggg, [])
    shown = await show_code(platform.database, platform.vault, reference, reason="asked")
    assert shown.code in CODES


@pytest.mark.parametrize(
    "show", [read, list_sent, embed, search, ask_for_its_voucher, claim, look_as_staff]
)
async def test_a_code_that_an_answer_had_never_goes_back(shop: Shop, show: Any) -> None:
    _, [huggg] = await shop.buy()
    await show(shop, huggg)
    assert (await shop.cancel(huggg))["code"] in CODES
    assert await shop.free() == 1


async def test_an_answer_without_the_code_notes_nothing(shop: Shop) -> None:
    _, [huggg] = await shop.buy()
    path, call, amara = f"/api/v2/hugggs/{huggg}", shop.world.call, shop.world.amara
    for ending in ("thanks", "deliveries", "sheet"):
        assert (await call("GET", f"{path}/{ending}", amara)).status_code == 200
    assert (await call("POST", f"{path}/deliveries", amara, {})).status_code == 422
    assert (await shop.cancel(huggg))["code"] == ""
    assert await shop.free() == 2


async def test_a_code_in_the_answer_to_its_purchase_never_goes_back(shop: Shop) -> None:
    [huggg] = await shop.world.buy(shop.merchant.product)
    assert huggg["code"] in CODES
    await shop.cancel(UUID(huggg["id"]))
    assert await shop.free() == 1


async def test_a_code_of_a_batch_that_was_withdrawn_meanwhile_is_withdrawn_too(shop: Shop) -> None:
    database = shop.world.platform.database
    _, [huggg] = await shop.buy()
    batch = await scalar(database, "SELECT id FROM batches")
    await withdraw(database, batch_id=batch)
    await shop.cancel(huggg)
    assert await shop.free() == 0
    assert await scalar(database, "SELECT count(*) FROM codes WHERE withdrawn_at IS NOT NULL") == 2


async def test_while_an_older_server_runs_no_huggg_with_an_unshown_code_ends(shop: Shop) -> None:
    """It may have shown the code without noting it."""
    database = shop.world.platform.database
    _, [huggg] = await shop.buy()
    await sql(
        database,
        "INSERT INTO processes (id, name, keys, opens_pool_seals, seen_at)"
        " VALUES (gen_random_uuid(), 'older', '{}', true, now())",
    )
    path = f"/api/v2/hugggs/{huggg}/cancellation"
    async with nothing_moves(database):
        assert (await shop.world.call("POST", path, shop.world.amara)).status_code == 503
    await sql(database, "DELETE FROM processes")
    await shop.cancel(huggg)
    assert await shop.free() == 2


async def unshown_row(world: World, huggg: UUID) -> Any:
    return await lookup_huggg(world.platform.database, HugggReference(huggg, [])).row()


async def test_an_answer_that_comes_after_the_end_leaves_the_code_out(shop: Shop) -> None:
    database = shop.world.platform.database
    _, [huggg] = await shop.buy()
    row = await unshown_row(shop.world, huggg)
    await shop.cancel(huggg)
    assert await note_shown(database, [row]) == {huggg}


async def noted(
    connection: Any, hugggs: list[UUID], *, links: list[bytes], to_receiver: bool = False
) -> list[int]:
    """Run both statements that note answers with codes; gives the hugggs that have them."""
    await ran(connection, of_showing.hold_vouchers, huggg_ids=hugggs)
    shown = {"huggg_ids": hugggs, "links": links, "to_receiver": to_receiver}
    return sorted(row["huggg_id"].int for row in await ran(connection, of_showing.show_codes, **shown))


async def showing_and_ending(shop: Shop, huggg: UUID) -> bool:
    """Let an answer note a code while the huggg ends; tells whether the huggg ended."""
    database = shop.world.platform.database
    now = await scalar(database, "SELECT now()")
    async with database.transaction() as connection:
        codes = await connection.fetchval("SELECT codes FROM hugggs WHERE id = $1", huggg)
        await noted(connection, [huggg], links=[codes])
        lot = await end_hugggs(database, [huggg], End.CANCELLED, at=now)
    return lot.count == 1


async def test_a_huggg_whose_code_is_being_shown_ends_after_that(shop: Shop) -> None:
    _, [huggg] = await shop.buy()
    assert not await showing_and_ending(shop, huggg)
    assert (await shop.cancel(huggg))["code"] in CODES
    assert await shop.free() == 1


async def test_without_the_guard_a_code_that_was_shown_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = await add_pool_merchant(world.platform)
    await load(world.platform, merchant.segments[0], CODES)
    Guard(of_ends, "end", "     WHERE v.unshown\n", "     WHERE true\n").take_away(monkeypatch)
    shop = Shop(world, merchant)
    _, [huggg] = await shop.buy()
    await read(shop, huggg)
    await shop.cancel(huggg)
    assert await shop.free() == 2


ENDED: dict[str, Any] = {
    "ids": [UUID(int=1)],
    "transfer_ids": [UUID(int=8)],
    "new_state": "cancelled",
    "at": datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
    "user_id": None,
    "client_id": None,
    "sealed_reason": None,
    "by": None,
}
HAD = {"valid_until": "infinity", "huggg_id": 1, "assigned_at": AT, "batch_id": 9}


async def put_unshown(tables: asyncpg.Connection) -> None:
    """Put a huggg of brand 2 with an unshown code, and its purchase."""
    await put(tables, "products", published={"id": 4, "brand_id": 2, "sale_price": 350, "active": 1})
    await put(tables, "hugggs", voucher_id=2)
    await put(tables, "vouchers", unshown=True)
    await put(tables, "codes", brand_id=2, **HAD)
    await put(tables, "transactions", id=2)
    await put(tables, "accounts", id=3, kind="wallet", team_id=4, commitment_id=5)


async def assigned(tables: asyncpg.Connection) -> list[tuple[int, bytes]]:
    """Name the codes that a huggg has."""
    rows = await tables.fetch(
        "SELECT brand_id, fingerprint FROM codes WHERE huggg_id IS NOT NULL ORDER BY 1, 2"
    )
    return [(row["brand_id"].int, row["fingerprint"]) for row in rows]


async def test_only_the_code_of_the_huggg_that_ends_is_freed(tables: asyncpg.Connection) -> None:
    await put_unshown(tables)
    await put(tables, "products", published={"id": 14, "brand_id": 12, "sale_price": 350, "active": 1})
    await put(tables, "hugggs", id=11, position=2, voucher_id=2)
    await put(tables, "vouchers", huggg_id=11, unshown=True)
    await put(tables, "vouchers", id=22, unshown=True, replaced_at=AT)
    await put(tables, "codes", brand_id=12, fingerprint="\\x02", **HAD)
    await put(tables, "codes", brand_id=2, fingerprint="\\x03", **{**HAD, "huggg_id": 11})
    await put(tables, "codes", brand_id=2, fingerprint="\\x04", **HAD, replaced_at=AT)
    await ran(tables, of_ends.end, **ENDED)
    assert await assigned(tables) == [(2, b"\3"), (2, b"\4"), (12, b"\2")]
    vouchers = await tables.fetch("SELECT huggg_id, id FROM vouchers ORDER BY 2")
    assert [(row["huggg_id"].int, row["id"].int) for row in vouchers] == [(11, 2), (1, 22)]
    hugggs = await tables.fetch("SELECT voucher_id FROM hugggs ORDER BY id")
    assert [row["voucher_id"] for row in hugggs] == [None, UUID(int=2)]
    rows = await tables.fetch("SELECT subject_id FROM events WHERE kind = 'voucher.unused'")
    assert [row["subject_id"].int for row in rows] == [1]


async def test_of_hugggs_that_end_together_each_keeps_a_code_that_was_shown(
    tables: asyncpg.Connection,
) -> None:
    await put_unshown(tables)
    await put(tables, "hugggs", id=11, position=2, voucher_id=12)
    await put(tables, "vouchers", huggg_id=11, id=12)
    await put(tables, "codes", brand_id=2, fingerprint="\\x03", **{**HAD, "huggg_id": 11})
    both = {"ids": [UUID(int=1), UUID(int=11)], "transfer_ids": [UUID(int=8), UUID(int=18)]}
    await ran(tables, of_ends.end, **ENDED | both)
    assert await assigned(tables) == [(2, b"\3")]
    hugggs = await tables.fetch("SELECT voucher_id FROM hugggs ORDER BY id")
    assert [row["voucher_id"] for row in hugggs] == [None, UUID(int=12)]


@pytest.mark.parametrize(
    ("process", "free"),
    [
        ({"notes_shown_codes": False, "seen_at": "now"}, False),
        ({"notes_shown_codes": True, "seen_at": "now"}, True),
        ({"notes_shown_codes": False, "seen_at": AT}, True),
    ],
)
async def test_a_process_that_notes_nothing_holds_codes_back_while_it_runs(
    tables: asyncpg.Connection, process: dict[str, Any], *, free: bool
) -> None:
    await put_unshown(tables)
    await put(tables, "processes", **process)
    await ran(tables, of_ends.end, **ENDED)
    assert (await assigned(tables) == []) is free


@pytest.mark.parametrize(
    ("event", "withdrawn"),
    [
        ({"kind": "codes.withdrawn", "subject_id": 7}, True),
        ({"kind": "codes.withdrawn", "subject_id": 17}, False),
        ({"kind": "codes.imported", "subject_id": 7}, False),
    ],
)
async def test_a_code_goes_back_to_its_batch_as_that_is_by_now(
    tables: asyncpg.Connection, event: dict[str, Any], *, withdrawn: bool
) -> None:
    await put_unshown(tables)
    await tables.execute("UPDATE codes SET batch_id = $1, segment_id = $1", UUID(int=7))
    note = "INSERT INTO events (subject_id, kind, at) VALUES ($1, $2, now())"
    await tables.execute(note, UUID(int=event["subject_id"]), event["kind"])
    await ran(tables, of_ends.end, **ENDED)
    assert await tables.fetchval("SELECT withdrawn_at IS NOT NULL FROM codes") is withdrawn


async def test_an_answer_notes_the_standing_codes_of_its_own_hugggs(tables: asyncpg.Connection) -> None:
    for huggg in (1, 9, 11, 12):
        await put(tables, "hugggs", id=huggg, position=huggg)
    await put(tables, "vouchers", unshown=True)
    await put(tables, "vouchers", id=3, unshown=True, replaced_at=AT)
    await put(tables, "vouchers", huggg_id=11, unshown=True)
    await put(tables, "vouchers", huggg_id=12, unshown=True)
    hugggs = [UUID(int=1), UUID(int=9), UUID(int=12)]
    vouchers = await ran(tables, of_showing.hold_vouchers, huggg_ids=hugggs)
    assert [(row["huggg_id"].int, row["id"].int) for row in vouchers] == [(1, 2), (12, 2)]
    assert await noted(tables, hugggs, links=[b"\1", b"\1", b"\2"]) == [1]
    left = await tables.fetch("SELECT huggg_id, id FROM vouchers WHERE unshown ORDER BY huggg_id")
    assert [(row["huggg_id"].int, row["id"].int) for row in left] == [(1, 3), (11, 2), (12, 2)]


@pytest.mark.parametrize(
    ("before", "to_receiver", "after"),
    [
        (True, False, None),
        (True, True, False),
        (None, False, None),
        (None, True, False),
        (False, False, False),
    ],
)
async def test_that_a_receiver_had_a_code_is_noted_for_ever(
    tables: asyncpg.Connection, *, before: bool | None, to_receiver: bool, after: bool | None
) -> None:
    await put(tables, "hugggs")
    await put(tables, "vouchers", unshown=before)
    await noted(tables, [UUID(int=1)], links=[b"\1"], to_receiver=to_receiver)
    assert await tables.fetchval("SELECT unshown FROM vouchers") is after


async def test_codes_are_noted_in_the_order_of_their_hugggs(two: Two) -> None:
    """While another statement has the first voucher, this one has none of the others."""
    first, second = two
    for huggg in (3, 1):
        await put(first, "vouchers", huggg_id=huggg, unshown=True)
    lock = "SELECT FROM vouchers WHERE huggg_id = $1 FOR UPDATE"
    hugggs = [UUID(int=3), UUID(int=1)]
    async with second.transaction():
        await lie_in_order_of_entry(second)
        async with first.transaction():
            await first.execute(lock, UUID(int=1))
            waits = asyncio.create_task(ran(second, of_showing.hold_vouchers, huggg_ids=hugggs))
            await waits_for_lock(second, beside=first)
            assert len(await first.fetch(f"{lock} SKIP LOCKED", UUID(int=3))) == 1
        assert len(await waits) == len(hugggs)

"""Shown codes: the value of a huggg whose merchant's code was shown stays when the huggg ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.database.pool import Database
from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.store import sealed_for
from huggg.transactions.ends.end import End, end_hugggs
from huggg.transactions.ends.end import queries as of_ends
from huggg.transactions.ends.expire import expire_due, return_due
from huggg.transactions.ends.refund_policy import policies, set_policy
from tests.support.guards import Guard
from tests.support.issuing_service import FakeService, ask_for_codes, ask_services, issuing_service
from tests.support.life import end_yesterday
from tests.support.merchants import TICKET_PENCE, add_merchant, add_pool_merchant, load
from tests.support.rows import AT, put, ran
from tests.support.sql import scalar, sql
from tests.support.waiting import until
from tests.support.world import WALLET_PENCE, World

Sell = Callable[[World, FakeService], Awaitable[UUID]]
"""Sets a merchant up, and gives its product."""


async def pool(world: World, _: FakeService) -> UUID:
    merchant = await add_pool_merchant(world.platform)
    await load(world.platform, merchant.segments[0], ["KX01-9QPLM2", "KX02-9QPLM2"])
    return merchant.product


async def pool_on_demand(world: World, _: FakeService) -> UUID:
    merchant = await add_merchant(world.platform, 4, segments=1)
    await load(world.platform, merchant.segments[0], ["KX01-9QPLM2", "KX02-9QPLM2"])
    return merchant.product


async def service(world: World, fake: FakeService) -> UUID:
    return await served(world, fake, 1)


async def service_on_demand(world: World, fake: FakeService) -> UUID:
    return await served(world, fake, 7)


async def served(world: World, fake: FakeService, integration: int) -> UUID:
    merchant = await add_merchant(world.platform, integration, segments=0)
    await ask_for_codes(world.platform, fake, merchant.brand)
    return merchant.product


async def minted(world: World, _: FakeService) -> UUID:
    return (await add_merchant(world.platform, 1, segments=0)).product


async def own(world: World, _: FakeService) -> UUID:
    return (await add_merchant(world.platform, 5, segments=0)).product


@pytest.fixture
async def fake() -> AsyncIterator[FakeService]:
    async with issuing_service() as running:
        yield running


@pytest.fixture
async def sound(world: World) -> AsyncIterator[World]:
    """A world whose books are sound at the end."""
    yield world
    findings = await examine(world.platform.database)
    assert [finding.rule for finding in findings if finding.rows] == []


async def buy(world: World, product: UUID) -> UUID:
    """Buy one huggg, by a call whose answer has no code, and let a worker ask for the code."""
    answer = await world.call("POST", "/api/v2/transactions", world.amara, world.order(product))
    assert answer.status_code == 201, answer.text
    await ask_services(world.platform)
    return UUID(answer.json()["data"]["hugggs"][0])


async def show(world: World, huggg: UUID) -> str:
    segments = await sql(world.platform.database, "SELECT id FROM segments")
    body = {"segmentId": str(segments[0]["id"])} if segments else {}
    answer = await world.call("POST", f"/api/v2/hugggs/{huggg}/voucher", world.amara, body)
    assert answer.status_code == 200, answer.text
    code: str = answer.json()["data"]["code"]
    return code


async def cancel(world: World, huggg: UUID) -> None:
    answer = await world.call("POST", f"/api/v2/hugggs/{huggg}/cancellation", world.amara)
    assert answer.status_code == 201, answer.text


async def expire(world: World, huggg: UUID) -> None:
    await end_yesterday(world.platform.database, str(huggg))
    await expire_due(world.platform.database)


async def events_about_its_voucher(world: World, huggg: UUID) -> list[str]:
    query = "SELECT kind FROM events WHERE subject_id = $1 AND kind LIKE 'voucher%' ORDER BY id"
    return [row["kind"] for row in await sql(world.platform.database, query, huggg)]


async def missing(world: World) -> int:
    """Give the pence that the wallet lacks."""
    query = "SELECT available FROM accounts WHERE id = $1"
    return WALLET_PENCE - int(await scalar(world.platform.database, query, world.wallet))


OF_THE_MERCHANT = [pool, pool_on_demand, service, service_on_demand]
ENDS = [cancel, expire]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("sell", OF_THE_MERCHANT)
async def test_the_value_stays_where_a_merchants_code_was_shown(
    sound: World, fake: FakeService, sell: Sell, end: Any
) -> None:
    huggg = await buy(sound, await sell(sound, fake))
    assert await show(sound, huggg)
    await end(sound, huggg)
    await return_due(sound.platform.database)
    assert await missing(sound) == TICKET_PENCE
    query = "SELECT data ->> 'returned' FROM events WHERE subject_id = $1 AND kind LIKE 'huggg.%ed'"
    assert await scalar(sound.platform.database, query, huggg) == "0"
    assert await events_about_its_voucher(sound, huggg) == ["voucher.generated"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("sell", OF_THE_MERCHANT)
async def test_the_value_returns_where_nobody_saw_the_code(
    sound: World, fake: FakeService, sell: Sell, end: Any
) -> None:
    huggg = await buy(sound, await sell(sound, fake))
    await end(sound, huggg)
    assert await missing(sound) == 0
    answer = await sound.call("GET", f"/api/v2/hugggs/{huggg}", sound.amara)
    assert answer.json()["data"]["code"] == ""
    came = sell in {pool, service}  # with the purchase
    known = ["voucher.generated", "voucher.unused"] if came else []
    assert await events_about_its_voucher(sound, huggg) == known


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("sell", [minted, own])
async def test_the_value_returns_where_only_tills_of_ours_take_the_code(
    sound: World, fake: FakeService, sell: Sell, end: Any
) -> None:
    huggg = await buy(sound, await sell(sound, fake))
    await show(sound, huggg)
    await end(sound, huggg)
    assert await missing(sound) == 0


async def test_a_policy_may_return_it_even_so(sound: World, fake: FakeService) -> None:
    database, product = sound.platform.database, await pool(sound, fake)
    team = await scalar(database, "SELECT id FROM teams WHERE name = 'Acorn'")
    await set_policy(database, team_id=team, brand_id=None, after_days=0, even_shown=True)
    huggg = await buy(sound, product)
    await show(sound, huggg)
    await cancel(sound, huggg)
    assert await missing(sound) == 0
    await set_policy(database, team_id=team, brand_id=None, after_days=0)
    assert [row["even_shown"] for row in await policies(database)] == [False]
    kept = await buy(sound, product)
    await show(sound, kept)
    await cancel(sound, kept)
    assert await missing(sound) == TICKET_PENCE


async def test_a_code_that_a_service_issued_after_the_end_is_shown_to_nobody(
    sound: World, fake: FakeService
) -> None:
    """The value went back with the end, so its code must not."""
    product = await service(sound, fake)
    answer = await sound.call("POST", "/api/v2/transactions", sound.amara, sound.order(product))
    huggg = UUID(answer.json()["data"]["hugggs"][0])
    database = sound.platform.database
    await sql(database, "UPDATE issuances SET attempts = 1")  # its first answer was lost
    await expire(sound, huggg)
    assert await missing(sound) == 0
    await ask_services(sound.platform)
    assert len(fake.issued) == 1
    assert await scalar(database, "SELECT count(*) FROM codes WHERE withdrawn_at IS NOT NULL") == 1
    shown = await sound.call("GET", f"/api/v2/hugggs/{huggg}", sound.amara)
    assert shown.json()["data"]["code"] == ""
    voucher = await sound.call("POST", f"/api/v2/hugggs/{huggg}/voucher", sound.amara, {})
    assert voucher.status_code == 405
    assert await events_about_its_voucher(sound, huggg) == ["voucher.unused"]


async def test_a_huggg_that_gets_its_code_while_it_ends_is_passed_over(
    sound: World, fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement's snapshot lacks the voucher, though the row that it locks has its id."""
    huggg = await buy(sound, await pool_on_demand(sound, fake))
    database = sound.platform.database
    guard = "       AND h.redemption_id IS NULL\n"
    waits = Guard(of_ends, "end", guard, f"{guard} AND {GATE_PASSED}\n")
    at = await scalar(database, "SELECT now()")
    async with database.transaction() as connection:
        await connection.execute(f"SELECT pg_advisory_xact_lock({GATE})")
        waits.take_away(monkeypatch)
        ending = asyncio.create_task(end_hugggs(database, [huggg], End.CANCELLED, at=at))
        await until(partial(is_awaited, database))
        assert await show(sound, huggg)
    assert (await ending).count == 0
    await cancel(sound, huggg)
    assert await missing(sound) == TICKET_PENCE


GATE = 4711
GATE_PASSED = f"(SELECT pg_advisory_xact_lock_shared({GATE})) IS NOT NULL"


async def is_awaited(database: Database) -> bool:
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    return bool(await scalar(database, query))


async def test_a_huggg_whose_unshown_voucher_is_locked_ends_later(
    sound: World, fake: FakeService
) -> None:
    """A rotation of keys locks vouchers, too, and shows none."""
    huggg = await buy(sound, await pool(sound, fake))
    database, path = sound.platform.database, f"/api/v2/hugggs/{huggg}/cancellation"
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM vouchers WHERE huggg_id = $1 FOR UPDATE", huggg)
        assert (await sound.call("POST", path, sound.amara)).status_code == 503
    await cancel(sound, huggg)
    assert await missing(sound) == 0


async def test_a_gift_that_is_accepted_on_its_page_shows_no_code_yet(
    sound: World, fake: FakeService
) -> None:
    huggg = await buy(sound, await pool(sound, fake))
    row = (await sql(sound.platform.database, "SELECT codes FROM hugggs WHERE id = $1", huggg))[0]
    sealed = sound.platform.vault.open(row["codes"], bound_to=sealed_for(huggg))
    shortcode = HugggCodes.unpacked(sealed).shortcode
    answer = await sound.http.post(f"/{shortcode}/claim", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert await scalar(sound.platform.database, "SELECT assigned_at FROM hugggs WHERE id = $1", huggg)
    await cancel(sound, huggg)
    assert await missing(sound) == 0


HAD = {"valid_until": "infinity", "huggg_id": 1, "assigned_at": AT}
"""A code as a service or the mint issued it; those of pools have a batch."""


async def put_shown(tables: asyncpg.Connection, **code: Any) -> None:
    """Put a huggg of brand 2 with a code that was shown, and its purchase."""
    await put(tables, "products", published={"id": 4, "brand_id": 2, "sale_price": 350, "active": 1})
    await put(tables, "hugggs", voucher_id=2)
    await put(tables, "vouchers")
    await put(tables, "codes", brand_id=2, **HAD | code)
    await put(tables, "transactions", id=2)
    await put(tables, "accounts", id=3, kind="wallet", team_id=4, commitment_id=5)


async def returned(tables: asyncpg.Connection, end: End = End.CANCELLED) -> bool:
    """End the huggg, and tell whether its value went back."""
    return (await ended(tables, 1, end=end))[1]


async def ended(tables: asyncpg.Connection, *numbers: int, end: End = End.CANCELLED) -> dict[int, bool]:
    """End these hugggs, and tell of each whether its value went back."""
    rows = await ran(
        *(tables, of_ends.end),
        ids=[UUID(int=number) for number in numbers],
        transfer_ids=[UUID(int=100 + number) for number in numbers],
        new_state=end,
        at=datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
        user_id=None,
        client_id=None,
        sealed_reason=None,
        by=None,
    )
    return {row["id"].int: bool(row["returned"]) for row in rows}


async def test_the_code_of_a_pool_and_of_a_service_keeps_the_value(tables: asyncpg.Connection) -> None:
    await put_shown(tables, batch_id=9)
    assert not await returned(tables)


async def test_a_code_that_was_issued_under_a_key_keeps_the_value(tables: asyncpg.Connection) -> None:
    await put_shown(tables)
    await put(tables, "issuances")
    assert not await returned(tables)


async def test_neither_anothers_code_nor_anothers_key_keeps_the_value(
    tables: asyncpg.Connection,
) -> None:
    await put_shown(tables)
    await put(tables, "issuances", huggg_id=11, id=11)
    await put(tables, "codes", brand_id=2, fingerprint="\\x02", **HAD | {"huggg_id": 11, "batch_id": 9})
    await put(tables, "products", published={"id": 14, "brand_id": 12, "sale_price": 350, "active": 1})
    await put(tables, "codes", brand_id=12, fingerprint="\\x03", **HAD | {"batch_id": 9})
    assert await returned(tables)


async def test_of_hugggs_that_end_together_the_value_of_each_is_judged_by_its_own_code(
    tables: asyncpg.Connection,
) -> None:
    await put_shown(tables, batch_id=9)
    await put(tables, "hugggs", id=11, position=2, voucher_id=12)
    await put(tables, "vouchers", huggg_id=11, id=12, unshown=True)
    await put(tables, "codes", brand_id=2, fingerprint="\\x02", **HAD | {"huggg_id": 11, "batch_id": 9})
    assert await ended(tables, 1, 11) == {1: False, 11: True}


async def test_the_hugggs_of_one_purchase_have_each_the_policy_of_its_brand(
    tables: asyncpg.Connection,
) -> None:
    """A choice becomes a product of another brand."""
    await put_shown(tables)
    await put(tables, "products", published={"id": 14, "brand_id": 12, "sale_price": 350, "active": 1})
    await put(tables, "hugggs", id=11, position=2, product_id=14)
    await put(tables, "refund_policies", team_id=None, brand_id=12, after_days=5)
    assert await ended(tables, 1, 11) == {1: True, 11: False}


async def test_a_code_that_is_only_reserved_keeps_no_value(tables: asyncpg.Connection) -> None:
    await put_shown(tables, batch_id=9)
    await tables.execute("UPDATE hugggs SET voucher_id = NULL")
    assert await returned(tables)


async def test_value_that_was_to_return_later_returns(tables: asyncpg.Connection) -> None:
    await put_shown(tables, batch_id=9)
    await tables.execute("UPDATE hugggs SET cancelled_at = '2026-01-04', returns_at = '2026-01-05'")
    assert await returned(tables, End.RETURNED)


async def test_a_huggg_whose_standing_voucher_is_on_its_way_is_passed_over(
    tables: asyncpg.Connection,
) -> None:
    await put_shown(tables, batch_id=9)
    await tables.execute("UPDATE vouchers SET id = gen_random_uuid(), replaced_at = now()")
    assert await ended(tables, 1) == {}

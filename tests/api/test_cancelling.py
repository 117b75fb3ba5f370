"""Cancelling over HTTP: a huggg, a whole purchase, the callers that may, and the money's way home."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest

from huggg.database.doctor import examine
from huggg.payments import jobs as payments
from huggg.privacy.export import export_person
from huggg.settings.settings import Settings
from huggg.transactions.ends import cancel as cancelling
from huggg.transactions.ends.end import end_hugggs
from huggg.transactions.ends.refund_policy import set_policy
from huggg.wallets.directory import ledger
from tests.support.cards import Books, give_card, pay
from tests.support.jobs import everything_due, work_off
from tests.support.life import end_yesterday
from tests.support.office import open_office
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import COFFEE_PENCE, WALLET_PENCE, World


@pytest.fixture
async def world(world: World) -> AsyncIterator[World]:
    """A world that is sound at the end, to the penny."""
    yield world
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


async def cancel(world: World, huggg: str, caller: Any = None, body: Any = None) -> httpx2.Response:
    path = f"/api/v2/hugggs/{huggg}/cancellation"
    return await world.call("POST", path, caller or world.amara, body)


async def cancel_all(world: World, transaction: str, body: Any = None) -> httpx2.Response:
    path = f"/api/v2/transactions/{transaction}/cancellation"
    return await world.call("POST", path, world.amara, body)


async def available(world: World) -> int:
    query = "SELECT available FROM accounts WHERE id = $1"
    return int(await scalar(world.platform.database, query, world.wallet))


async def events_of(world: World, kind: str) -> list[tuple[Any, ...]]:
    rows = await sql(
        world.platform.database,
        "SELECT subject_id::text, user_id, client_id, data::text FROM events WHERE kind = $1",
        kind,
    )
    return [tuple(row) for row in rows]


async def test_a_cancelled_huggg_says_so_and_its_value_is_back_in_the_wallet(world: World) -> None:
    (huggg,) = await world.buy()
    assert await available(world) == WALLET_PENCE - COFFEE_PENCE
    answer = await cancel(world, huggg["shortcode"], body={"reason": "Ordered twice."})
    assert answer.status_code == 201
    cancelled = answer.json()["data"]
    at = cancelled["updated_at"]
    words = {"hug_status": "cancelled", "status_code": "CA", "status": 12}
    assert cancelled == huggg | words | {"deleted_at": at, "updated_at": at}
    shown = await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)
    assert shown.json()["data"] == cancelled
    assert await available(world) == WALLET_PENCE
    [(subject, author, client, data)] = await events_of(world, "huggg.cancelled")
    assert (subject, author, client) == (huggg["id"], world.amara.id, "test-client")
    event = msgspec.json.decode(data)
    assert event.keys() == {"returned", "sealed_reason"}
    exported = await export_person(world.platform.database, world.platform.vault, world.amara.id)
    [opened] = [each["data"] for each in exported["events"] if each["kind"] == "huggg.cancelled"]
    assert opened == {"returned": 350, "reason": "Ordered twice."}
    returned, bought, _ = await ledger(world.platform.database, world.platform.vault, world.wallet)
    assert (returned["kind"], returned["amount"], returned["balance"]) == ("return", 350, WALLET_PENCE)
    assert (bought["kind"], bought["amount"]) == ("purchase", -350)


async def test_the_reason_of_a_buyer_of_an_older_release_is_kept(world: World) -> None:
    await world.buy()
    database, vault = world.platform.database, world.platform.vault
    await sql(database, "DELETE FROM person_keys WHERE person_id = $1", world.amara.id)
    buyer = "UPDATE users SET personal = NULL, name = 'Amara' WHERE id = $1"
    await sql(database, buyer, world.amara.id)
    huggg = await scalar(database, "SELECT id FROM hugggs")
    assert (await cancel(world, huggg, body={"reason": "Ordered twice."})).status_code == 201
    exported = await export_person(database, vault, world.amara.id)
    [opened] = [each["data"] for each in exported["events"] if each["kind"] == "huggg.cancelled"]
    assert opened == {"returned": 350, "reason": "Ordered twice."}


async def test_a_second_cancellation_is_refused_and_changes_nothing(world: World) -> None:
    (huggg,) = await world.buy()
    assert (await cancel(world, huggg["id"])).status_code == 201
    async with nothing_moves(world.platform.database):
        again = await cancel(world, huggg["id"])
    assert (again.status_code, again.json()) == (409, {"error": "huggg already cancelled."})


async def test_of_two_clicks_at_once_one_cancels(world: World) -> None:
    (huggg,) = await world.buy()
    answers = await asyncio.gather(*(cancel(world, huggg["id"]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await available(world) == WALLET_PENCE
    assert len(await events_of(world, "huggg.cancelled")) == 1


async def test_a_redeemed_or_expired_huggg_is_not_cancelled(world: World) -> None:
    spent, over = await world.buy(quantity=2)
    assert (await world.redeem(spent["id"])).status_code == 201
    await end_yesterday(world.platform.database, over["id"])
    async with nothing_moves(world.platform.database):
        for huggg, sentence in (
            (spent, "huggg already redeemed."),
            (over, "huggg already expired."),
        ):
            answer = await cancel(world, huggg["id"])
            assert (answer.status_code, answer.json()) == (409, {"error": sentence})


async def test_a_cancelled_huggg_is_of_no_use_at_any_door(world: World) -> None:
    (huggg,) = await world.buy()
    assert (await cancel(world, huggg["id"])).status_code == 201
    async with nothing_moves(world.platform.database):
        redeemed = await world.redeem(huggg["id"])
        claimed = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/claim", world.bo)
        voucher = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.amara, {})
    assert redeemed.json() == {"error": "huggg is cancelled and cannot be redeemed."}
    assert claimed.json() == {"error": "huggg already cancelled."}
    assert voucher.json() == {"error": "huggg is cancelled and cannot be redeemed."}
    assert [redeemed.status_code, claimed.status_code, voucher.status_code] == [405, 409, 405]


async def test_a_receiver_may_not_cancel_and_a_stranger_learns_nothing(world: World) -> None:
    (huggg,) = await world.buy(receivers=[{"user_id": str(world.bo.id)}])
    async with nothing_moves(world.platform.database):
        receivers = await cancel(world, huggg["id"], world.bo)
        strangers = await cancel(world, huggg["id"], world.cleo)
    assert (receivers.status_code, receivers.json()) == (403, {"error": "Cannot change this huggg."})
    assert (strangers.status_code, strangers.json()) == (404, {"error": "huggg not found"})


async def test_a_receiver_whose_role_shows_the_order_may(world: World) -> None:
    office = await open_office(world)
    order = world.order(receivers=[{"user_id": str(office.dana.id)}])
    order["payment"]["reference"] = str(office.wallet)
    bought = await world.call("POST", "/api/v2/transactions", office.pat, order)
    huggg = bought.json()["data"]["hugggs"][0]
    assert (await cancel(world, huggg, office.dana)).status_code == 201


async def test_a_scheduled_huggg_can_be_cancelled_before_its_day(world: World) -> None:
    database = world.platform.database
    day = await scalar(database, "SELECT (now() AT TIME ZONE 'Europe/London')::date + 1")
    (huggg,) = await world.buy(sendDate=str(day))
    assert (await cancel(world, huggg["id"])).status_code == 201
    assert await available(world) == WALLET_PENCE


@pytest.mark.parametrize("reason", [7, "x" * 256, ["a"]])
async def test_a_bad_reason_is_told_and_changes_nothing(world: World, reason: Any) -> None:
    (huggg,) = await world.buy()
    async with nothing_moves(world.platform.database):
        answer = await cancel(world, huggg["id"], body={"reason": reason})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("reason: ")


async def test_a_purchase_is_cancelled_as_far_as_it_can_be(world: World) -> None:
    spent, over, gone, *left = await world.buy(quantity=6)
    assert (await world.redeem(spent["id"])).status_code == 201
    await end_yesterday(world.platform.database, over["id"])
    assert (await cancel(world, gone["id"])).status_code == 201
    transaction = spent["transaction_id"]
    answer = await cancel_all(world, transaction, {"reason": "The party is off."})
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert (data["id"], data["retail"], len(data["hugggs"])) == (transaction, "21.00", 6)
    assert (data["cancelled"], data["amount"], data["returned"]) == (3, "10.50", "10.50")
    assert await available(world) == WALLET_PENCE - 2 * COFFEE_PENCE
    ended = {subject for subject, *_ in await events_of(world, "huggg.cancelled")}
    assert ended == {huggg["id"] for huggg in (gone, *left)}
    async with nothing_moves(world.platform.database):
        again = await cancel_all(world, transaction)
    sentence = "transaction has no huggg left to cancel."
    assert (again.status_code, again.json()) == (409, {"error": sentence})


async def test_hugggs_that_another_statement_has_locked_are_cancelled_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, *_ = await world.buy(quantity=3)
    end = end_hugggs
    async with AsyncExitStack() as lock:
        connection = await lock.enter_async_context(world.platform.database.transaction())
        await connection.execute("SELECT FROM hugggs WHERE id = $1 FOR UPDATE", UUID(locked["id"]))

        async def end_and_unlock(*values: Any, **more: Any) -> Any:
            ended = await end(*values, **more)
            await lock.aclose()
            return ended

        monkeypatch.setattr(cancelling, "end_hugggs", end_and_unlock)
        data = (await cancel_all(world, locked["transaction_id"])).json()["data"]
    assert (data["cancelled"], data["at_tills"], data["amount"]) == (3, 0, "10.50")
    assert await available(world) == WALLET_PENCE


async def test_a_purchase_that_stays_locked_is_cancelled_as_far_as_it_can_be_and_again_later(
    world: World,
) -> None:
    locked, *_ = await world.buy(quantity=3)
    async with world.platform.database.transaction() as connection:
        await connection.execute("SELECT FROM hugggs WHERE id = $1 FOR UPDATE", UUID(locked["id"]))
        assert (await cancel_all(world, locked["transaction_id"])).status_code == 503
    data = (await cancel_all(world, locked["transaction_id"])).json()["data"]
    assert (data["cancelled"], data["amount"]) == (1, "3.50")
    assert await available(world) == WALLET_PENCE


async def test_a_huggg_that_a_till_holds_is_left_and_counted(world: World) -> None:
    held_huggg, other = await world.buy(quantity=2)
    path, at = f"/api/v2/hugggs/{held_huggg['id']}/holds", {"location_id": "bristol17"}
    assert (await world.call("POST", path, world.till, at)).status_code == 201
    data = (await cancel_all(world, held_huggg["transaction_id"])).json()["data"]
    assert (data["cancelled"], data["at_tills"], data["amount"]) == (1, 1, "3.50")
    async with nothing_moves(world.platform.database):
        again = await cancel_all(world, held_huggg["transaction_id"])
    assert (again.status_code, again.json()) == (409, {"error": "huggg is held at a till."})
    cancelled = {subject for subject, *_ in await events_of(world, "huggg.cancelled")}
    assert cancelled == {other["id"]}


async def test_a_policy_keeps_the_value_or_returns_it_later(world: World) -> None:
    database = world.platform.database
    team = await scalar(database, "SELECT id FROM teams WHERE name = 'Acorn'")
    await set_policy(database, team_id=None, brand_id=None, after_days=0)
    await set_policy(database, team_id=None, brand_id=world.harbour, after_days=None)
    kept, later, at_once = [(await world.buy(product))[0] for product in (None, world.tea, world.tea)]
    assert (await cancel(world, kept["id"])).status_code == 201
    assert (await cancel(world, at_once["id"])).status_code == 201
    await set_policy(database, team_id=team, brand_id=None, after_days=14)
    assert (await cancel(world, later["id"])).status_code == 201
    assert await available(world) == WALLET_PENCE - 2 * COFFEE_PENCE
    rows = await sql(
        database,
        "SELECT id::text, returned_at IS NOT NULL, returns_at - cancelled_at FROM hugggs ORDER BY id",
    )
    days = [(row[0], row[1], None if row[2] is None else row[2].days) for row in rows]
    assert days == [(kept["id"], False, None), (later["id"], False, 14), (at_once["id"], True, 0)]


async def refunded(world: World, settings: Settings) -> Books:
    """Let a worker make the refunds that wait."""
    books = Books(world, settings)
    await everything_due(world.platform.database)
    tools = {"database": world.platform.database, "processor": books.fake}
    await work_off(world.platform.database, *(work.equipped(tools) for work in payments.WORKS))
    return books


async def test_a_card_gets_its_money_back_the_way_it_paid(world: World, settings: Settings) -> None:
    card = await give_card(world, world.amara, "fake_ok")
    first, second = (await pay(world, card, quantity=2)).json()["data"]["hugggs"]
    assert (await cancel(world, first)).status_code == 201
    assert Books(world, settings).ledger(card)[0].given_back == 0
    books = await refunded(world, settings)
    assert books.ledger(card)[0].given_back == COFFEE_PENCE
    assert (await cancel(world, second)).status_code == 201
    books = await refunded(world, settings)
    assert books.ledger(card)[0].given_back == 2 * COFFEE_PENCE
    assert await available(world) == WALLET_PENCE
    assert (
        len(await events_of(world, "refund.intended")) == len(await events_of(world, "refund.made")) == 2
    )


async def test_a_purchase_by_card_is_one_refund(world: World, settings: Settings) -> None:
    card = await give_card(world, world.amara, "fake_ok")
    bought = (await pay(world, card, quantity=3)).json()["data"]
    assert (await cancel_all(world, bought["id"])).json()["data"]["returned"] == "10.50"
    books = await refunded(world, settings)
    assert [entry.given_back for entry in books.ledger(card)] == [3 * COFFEE_PENCE]
    assert await scalar(world.platform.database, "SELECT count(*) FROM refunds") == 1


async def test_a_refund_whose_answer_is_lost_is_made_once(world: World, settings: Settings) -> None:
    card = await give_card(world, world.amara, "fake_stuck")
    (huggg,) = (await pay(world, card)).json()["data"]["hugggs"]
    assert (await cancel(world, huggg)).status_code == 201
    books = await refunded(world, settings)
    unsettled = "SELECT count(*) FROM refunds WHERE settled_at IS NULL"
    assert await scalar(world.platform.database, unsettled) == 1
    books = await refunded(world, settings)
    assert await scalar(world.platform.database, unsettled) == 0
    assert [entry.given_back for entry in books.ledger(card)] == [COFFEE_PENCE]

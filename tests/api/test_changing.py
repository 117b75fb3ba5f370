"""Changing hugggs and purchases over HTTP: days, receivers and labels, and each refusal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx2
import pytest
from asyncpg import Record

from huggg.database import pool
from huggg.database.doctor import examine
from huggg.database.errors import RowHeldError
from huggg.database.pool import Database
from huggg.database.queries import BoundStatement, Statement
from huggg.hugggs.store import messages_of
from huggg.people.labels import Labels
from huggg.privacy.erase import erase_person
from huggg.transactions.changes import change as change_module
from huggg.transactions.changes import label
from tests.support.buyers import give_voucher
from tests.support.groups import buy_for_group, join_group
from tests.support.guards import Guard
from tests.support.labels import kept_labels
from tests.support.life import end_yesterday
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.waiting import until
from tests.support.world import World

TODAY = "SELECT (now() AT TIME ZONE 'Europe/London')::date"


@pytest.fixture
async def world(world: World) -> AsyncIterator[World]:
    """A world that is sound at the end."""
    yield world
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


async def change(world: World, huggg: str, body: Any, caller: Any = None) -> httpx2.Response:
    return await world.call("PATCH", f"/api/v2/hugggs/{huggg}", caller or world.amara, body)


async def change_all(world: World, transaction: str, body: Any) -> httpx2.Response:
    return await world.call("PATCH", f"/api/v2/transactions/{transaction}", world.amara, body)


async def in_days(world: World, days: int) -> str:
    return str(await scalar(world.platform.database, TODAY) + timedelta(days=days))


async def is_refused(world: World, huggg: str, body: Any, status: int, sentence: str) -> None:
    async with nothing_moves(world.platform.database):
        answer = await change(world, huggg, body)
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})


async def test_the_last_day_of_a_huggg_is_changed_within_the_merchants_days(world: World) -> None:
    (huggg,) = await world.buy()
    day = await in_days(world, 20)
    answer = await change(world, huggg["shortcode"], {"expiryDate": day})
    assert answer.status_code == 200
    changed = answer.json()["data"]
    assert changed == huggg | {"expiry_date": day, "updated_at": changed["updated_at"]}
    today, last = await in_days(world, 0), await in_days(world, 365)
    assert (await change(world, huggg["id"], {"expiryDate": today})).status_code == 200
    assert (await change(world, huggg["id"], {"expiryDate": last})).status_code == 200
    await is_refused(
        world,
        huggg["id"],
        {"expiryDate": await in_days(world, 366)},
        *(422, f"expiryDate: must not be after {last}."),
    )
    yesterday = await in_days(world, -1)
    await is_refused(
        world,
        huggg["id"],
        {"expiryDate": yesterday},
        *(422, f"expiryDate: the last day would be {yesterday}, which is before {today}."),
    )


async def test_the_day_of_sending_is_changed_while_it_is_ahead(world: World) -> None:
    (huggg,) = await world.buy(sendDate=await in_days(world, 5))
    database, huggg_id = world.platform.database, UUID(huggg["id"])
    day = await in_days(world, 9)
    assert (await change(world, huggg["id"], {"sendDate": day})).status_code == 200
    sent_on = "SELECT (sent_at AT TIME ZONE 'Europe/London')::text FROM hugggs WHERE id = $1"
    assert await scalar(database, sent_on, huggg_id) == f"{day} 00:00:00"
    instant = f"{day}T09:30:00+01:00"
    answer = await change(world, huggg["id"], {"sendDate": instant})
    assert answer.json()["data"]["sent_date"] == f"{day} 08:30:00"
    for wrong, problem in (
        (await in_days(world, -1), "sendDate: must not be in the past."),
        (await in_days(world, 366), "sendDate: must be at most 365 days ahead."),
        ("soon", "sendDate: must be a day like 2026-12-24, or an instant like 2026-12-24T09:00:00Z."),
        (
            f"{day}T09:30:00",
            "sendDate: must be a day like 2026-12-24, or an instant like 2026-12-24T09:00:00Z.",
        ),
    ):
        await is_refused(world, huggg["id"], {"sendDate": wrong}, 422, problem)
    assert (await change(world, huggg["id"], {"sendDate": await in_days(world, 0)})).status_code == 200
    sentence = "sendDate: is over, and cannot be changed any more."
    await is_refused(world, huggg["id"], {"sendDate": day}, 422, sentence)
    assert await scalar(database, "SELECT awaits_sending FROM hugggs WHERE id = $1", huggg_id) is True


async def test_a_new_receiver_gets_a_new_link_and_the_old_one_finds_nothing(world: World) -> None:
    (huggg,) = await world.buy(receivers=[{"user_id": str(world.bo.id)}])
    claim = f"/api/v2/hugggs/{huggg['id']}/claim"
    assert (await world.call("POST", claim, world.bo)).status_code == 201
    answer = await change(world, huggg["id"], {"receiver": {"user_id": str(world.cleo.id)}})
    assert answer.status_code == 200
    moved = answer.json()["data"]
    assert moved["receiver_id"] == str(world.cleo.id)
    assert len(moved["shortcode"]) == 16
    assert moved["shortcode"] != huggg["shortcode"]
    assert (moved["assigned_date"], moved["viewed_date"], moved["status_code"]) == (None, None, "SE")
    old = await world.call("GET", f"/api/v2/hugggs/{huggg['shortcode']}", world.cleo)
    assert (old.status_code, old.json()) == (404, {"error": "huggg not found"})
    assert (await world.redeem(huggg["shortcode"])).status_code == 404
    page = await world.call("GET", f"/{huggg['shortcode']}")
    assert page.status_code == 410
    assert "This gift has a new link" in page.text
    assert (await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.bo)).status_code == 404
    assert (await world.call("GET", "/api/v2/hugggs/received", world.cleo)).json()["total"] == 1
    links = await sql(world.platform.database, "SELECT huggg_id::text FROM moved_links")
    assert [row["huggg_id"] for row in links] == [huggg["id"]]
    assert (await world.redeem(moved["shortcode"])).status_code == 201


async def test_a_number_that_is_no_users_becomes_the_receiver(world: World) -> None:
    (huggg,) = await world.buy()
    body = {"receiver": {"phone_number": "07400 123456"}}
    receiver = (await change(world, huggg["id"], body)).json()["data"]["receiver_id"]
    (again,) = await world.buy(receivers=[body["receiver"]])
    assert again["receiver_id"] == receiver
    await is_refused(
        world,
        huggg["id"],
        {"receiver": {"user_id": huggg["id"]}},
        *(422, "receiver.user_id: no such user."),
    )


async def test_a_code_that_is_the_shortcode_goes_with_the_link(world: World) -> None:
    (huggg,) = await world.buy()
    drawn = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.amara, {})
    assert drawn.json()["data"]["code"] == huggg["shortcode"]
    moved = await change(world, huggg["id"], {"receiver": {"user_id": str(world.bo.id)}})
    assert (moved.json()["data"]["code"], moved.json()["data"]["voucher_id"]) == ("", None)
    again = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.amara, {})
    assert again.json()["data"]["code"] == moved.json()["data"]["shortcode"]


async def test_labels_are_set_and_taken_away_and_the_message_stays(world: World) -> None:
    (huggg,) = await world.buy(title="Party", message="Hi")
    transaction = huggg["transaction_id"]
    body = {"title": "Winter party", "reasonCode": "HR-7"}
    assert (await change_all(world, transaction, body)).status_code == 200
    assert await kept_labels(world.platform) == {UUID(transaction): Labels("Winter party", (), "HR-7")}
    assert (await change(world, huggg["id"], {"reasonCode": ""})).status_code == 200
    assert await kept_labels(world.platform) == {UUID(transaction): Labels("Winter party")}
    assert (await change_all(world, transaction, {"title": ""})).status_code == 200
    assert await scalar(world.platform.database, "SELECT sealed_labels FROM transactions") is None
    await is_refused(world, huggg["id"], {"message": "Bye"}, 422, "message: cannot be changed.")
    await is_refused(world, huggg["id"], {"message": None}, 422, "message: cannot be changed.")
    receiver = {"email": "dee@example.org", "message": "Bye"}
    sentence = "receiver.message: cannot be changed."
    await is_refused(world, huggg["id"], {"receiver": receiver}, 422, sentence)
    sentence = (
        "At least one of expiryDate, claimExpiryDate, sendDate, receiver, title, reasonCode is needed."
    )
    await is_refused(world, huggg["id"], {}, 422, sentence)


async def test_labels_that_cannot_be_kept_are_refused_before_any_day_is_changed(world: World) -> None:
    database = world.platform.database
    (huggg,) = await world.buy()
    await sql(database, "DELETE FROM person_keys WHERE person_id = $1", world.amara.id)
    await sql(database, "UPDATE users SET erased_at = now() WHERE id = $1", world.amara.id)
    body = {"title": "June", "expiryDate": await in_days(world, 20)}
    sentence = {"error": "title: cannot be kept, because the buyer was erased."}
    async with nothing_moves(database):
        for answer in (
            await change(world, huggg["id"], body),
            await change_all(world, huggg["transaction_id"], body),
        ):
            assert (answer.status_code, answer.json()) == (422, sentence)


async def test_a_purchase_is_changed_as_far_as_it_can_be(world: World) -> None:
    spent, *left = await world.buy(quantity=3)
    assert (await world.redeem(spent["id"])).status_code == 201
    day = await in_days(world, 30)
    assert (await change_all(world, spent["transaction_id"], {"expiryDate": day})).status_code == 200
    rows = await sql(
        world.platform.database, "SELECT id::text FROM hugggs WHERE expiry_date = $1::text::date", day
    )
    assert {row["id"] for row in rows} == {huggg["id"] for huggg in left}
    async with nothing_moves(world.platform.database):
        receiver = {"receiver": {"user_id": str(world.bo.id)}}
        answer = await change_all(world, spent["transaction_id"], receiver)
    sentence = "receiver: belongs to one huggg, and is changed there."
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})


async def test_an_ended_huggg_and_one_of_another_are_not_changed(world: World) -> None:
    spent, over, own = await world.buy(quantity=3, receivers=None)
    assert (await world.redeem(spent["id"])).status_code == 201
    await end_yesterday(world.platform.database, over["id"])
    day = await in_days(world, 30)
    await is_refused(world, spent["id"], {"expiryDate": day}, 409, "huggg already redeemed.")
    await is_refused(world, over["id"], {"expiryDate": day}, 409, "huggg already expired.")
    async with nothing_moves(world.platform.database):
        answer = await change(world, own["id"], {"expiryDate": day}, world.cleo)
    assert (answer.status_code, answer.json()) == (404, {"error": "huggg not found"})


async def test_a_held_huggg_stays_as_it_is(world: World) -> None:
    (huggg,) = await world.buy()
    path = f"/api/v2/hugggs/{huggg['id']}/holds"
    response = await world.call("POST", path, world.till, {"location_id": "bristol17"})
    assert response.status_code == 201
    sentence = "huggg is held at a till."
    await is_refused(world, huggg["id"], {"expiryDate": await in_days(world, 9)}, 409, sentence)
    receiver = {"receiver": {"user_id": str(world.bo.id)}}
    await is_refused(world, huggg["id"], receiver, 409, sentence)


async def a_call_waits(world: World) -> bool:
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
    return bool(await scalar(world.platform.database, query))


@asynccontextmanager
async def after_a_move(
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[], Awaitable[Any]],
    waits: Callable[[], Awaitable[bool]] | None = None,
) -> AsyncIterator[list[asyncio.Future[Any]]]:
    """Make another call once the first move was run, to its end or until it waits for a lock."""
    run, calls = pool._run, list[asyncio.Future[Any]]()

    async def run_and_begin(connection: Any, statement: Statement, *others: Any) -> list[Record]:
        rows = await run(connection, statement, *others)
        if statement.name == "move" and not calls:
            calls.append(asyncio.ensure_future(meanwhile()))
            await (asyncio.wait(calls) if waits is None else until(waits))
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(pool, "_run", run_and_begin)
        yield calls
    await asyncio.gather(*calls)


async def one_by_one(database: Database, statements: Sequence[BoundStatement]) -> bool:
    """Record each statement for itself, as if they did not belong together."""
    for each in statements:
        values = dict(zip(each.statement.names, each.arguments, strict=True))
        if not await database.rows(each.statement, **values):
            return False
    return True


async def receiver_day_and_moves(world: World, huggg: str) -> tuple[Any, ...]:
    facts = """
    SELECT receiver_id, expiry_date::text,
           (SELECT count(*) FROM events WHERE subject_id = h.id AND kind = 'huggg.moved')
      FROM hugggs h WHERE id = $1::text::uuid"""
    (row,) = await sql(world.platform.database, facts, huggg)
    return tuple(row)


@pytest.mark.parametrize("together", [True, False], ids=["together", "without the guard"])
async def test_receiver_and_day_are_changed_both_or_not_at_all_while_a_till_holds(
    world: World, monkeypatch: pytest.MonkeyPatch, *, together: bool
) -> None:
    if not together:
        monkeypatch.setattr(Database, "all_or_none", one_by_one)
    (huggg,) = await world.buy()
    day = await in_days(world, 9)
    body = {"receiver": {"user_id": str(world.bo.id)}, "expiryDate": day}
    path = f"/api/v2/hugggs/{huggg['id']}/holds"
    hold = partial(world.call, "POST", path, world.till, {"location_id": "bristol17"})
    waits = partial(a_call_waits, world) if together else None
    async with after_a_move(monkeypatch, hold, waits) as calls:
        answer = await change(world, huggg["id"], body)
    assert [call.result().status_code for call in calls] == [201]
    receiver_id, last_day, moves = await receiver_day_and_moves(world, huggg["id"])
    assert (receiver_id, moves) == (world.bo.id, 1)
    if together:
        assert (answer.status_code, last_day) == (200, day)
    else:
        assert answer.status_code == 409
        assert last_day != day


@pytest.mark.parametrize(("together", "moves"), [(True, 1), (False, 2)])
async def test_a_label_that_another_call_changes_meanwhile_does_not_move_the_huggg_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, *, together: bool, moves: int
) -> None:
    if not together:
        monkeypatch.setattr(Database, "all_or_none", one_by_one)
    (huggg,) = await world.buy()
    body = {"receiver": {"user_id": str(world.bo.id)}, "title": "June"}
    path = f"/api/v2/transactions/{huggg['transaction_id']}"
    relabel = partial(world.call, "PATCH", path, world.amara, {"reasonCode": "R1"})
    async with after_a_move(monkeypatch, relabel) as calls:
        answer = await change(world, huggg["id"], body)
    assert [answer.status_code, *(call.result().status_code for call in calls)] == [200, 200]
    assert (await receiver_day_and_moves(world, huggg["id"]))[2] == moves
    assert await kept_labels(world.platform) == {UUID(huggg["transaction_id"]): Labels("June", (), "R1")}


async def erased_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch, person: str) -> None:
    """Erase a person once a change of several fields is under way: it ends before the erasure."""
    (huggg,) = await world.buy(receivers=[{"user_id": str(world.bo.id)}], message="Hello")
    body = {
        "receiver": {"user_id": str(world.cleo.id)},
        "expiryDate": await in_days(world, 9),
        "title": "June",
    }
    erased = {"buyer": world.amara, "receiver": world.bo}[person].id
    erase = partial(erase_person, world.platform.database, world.platform.vault, erased)
    async with after_a_move(monkeypatch, erase, partial(a_call_waits, world)):
        answer = await change(world, huggg["id"], body)
    assert answer.status_code == 200, answer.text
    query = "SELECT erased_at IS NOT NULL FROM users WHERE id = $1"
    assert await scalar(world.platform.database, query, erased) is True


@pytest.mark.parametrize("person", ["buyer", "receiver"])
async def test_an_erasure_waits_for_a_change_of_several_fields(
    world: World, monkeypatch: pytest.MonkeyPatch, person: str
) -> None:
    await erased_meanwhile(world, monkeypatch, person)


async def test_without_the_guard_they_wait_for_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Guard(change_module.queries, "hold_keys", " FOR KEY SHARE").take_away(monkeypatch)
    with pytest.raises((AssertionError, RowHeldError)):
        await erased_meanwhile(world, monkeypatch, "buyer")


async def test_labels_change_at_the_second_try_while_a_till_holds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (huggg,) = await world.buy()
    path = f"/api/v2/hugggs/{huggg['id']}/holds"
    answer = await world.call("POST", path, world.till, {"location_id": "bristol17"})
    assert answer.status_code == 201
    plan, transaction = label.plan_label, huggg["transaction_id"]

    async def plan_and_overtake(*arguments: Any) -> BoundStatement:
        monkeypatch.setattr(change_module, "plan_label", plan)
        statement = await plan(*arguments)
        assert (await change_all(world, transaction, {"reasonCode": "R1"})).status_code == 200
        return statement

    monkeypatch.setattr(change_module, "plan_label", plan_and_overtake)
    assert (await change(world, huggg["id"], {"title": "June"})).status_code == 200
    assert await kept_labels(world.platform) == {UUID(transaction): Labels("June", (), "R1")}


async def test_an_issued_code_stays_with_a_receiver_who_may_have_seen_it(world: World) -> None:
    (huggg,) = await world.buy()
    await give_voucher(world, huggg["id"], None, "CODE")
    await sql(
        world.platform.database,
        "INSERT INTO codes (brand_id, fingerprint, code, huggg_id, assigned_at)"
        " VALUES ($1, '\\x01', '\\x02', $2, now())",
        world.harbour,
        UUID(huggg["id"]),
    )
    await sql(
        world.platform.database,
        "INSERT INTO events (subject_id, kind, at, data) SELECT id, 'voucher.generated', now(),"
        " jsonb_build_object('voucher_id', voucher_id, 'origin', 'pool') FROM hugggs WHERE id = $1",
        UUID(huggg["id"]),
    )
    receiver = {"receiver": {"user_id": str(world.bo.id)}}
    moved = (await change(world, huggg["id"], receiver)).json()["data"]
    assert (moved["code"], moved["receiver_id"]) == ("CODE", str(world.bo.id))
    claim = f"/api/v2/hugggs/{huggg['id']}/claim"
    assert (await world.call("POST", claim, world.bo)).status_code == 201
    sentence = "huggg has shown its code and keeps its receiver."
    await is_refused(world, huggg["id"], {"receiver": {"user_id": str(world.cleo.id)}}, 409, sentence)


async def test_both_last_days_of_a_group_are_changed_each_by_its_name(world: World) -> None:
    database = world.platform.database
    transaction, group = await buy_for_group(world, 3)
    taken = await join_group(world, group, "dee@example.org")
    claim, last = await in_days(world, 20), await in_days(world, 30)
    days = {"claimExpiryDate": claim, "expiryDate": last}
    assert (await change_all(world, str(transaction), days)).status_code == 200
    kept = await sql(
        database,
        "SELECT id = $1 AS is_taken, expiry_date::text, next_expiry_date::text FROM hugggs ORDER BY 1",
        taken.id,
    )
    assert [tuple(row) for row in kept] == [(False, claim, last)] * 2 + [(True, last, None)]
    huggg = str(await scalar(database, "SELECT id FROM hugggs WHERE assigned_at IS NULL LIMIT 1"))
    early, late = await in_days(world, 19), await in_days(world, 31)
    await is_refused(
        world,
        huggg,
        {"expiryDate": early},
        *(422, f"expiryDate: the last day to claim would be after {early}, the last day."),
    )
    await is_refused(
        world,
        huggg,
        {"claimExpiryDate": late},
        *(422, f"claimExpiryDate: the last day to claim would be after {last}, the last day."),
    )
    yesterday, today = await in_days(world, -1), await in_days(world, 0)
    await is_refused(
        world,
        huggg,
        {"claimExpiryDate": yesterday},
        *(422, f"claimExpiryDate: the last day to claim would be before {today}."),
    )
    await is_refused(
        world,
        str(taken.id),
        {"claimExpiryDate": claim},
        *(422, "claimExpiryDate: no huggg has a last day to claim any more."),
    )


@pytest.mark.parametrize("own", [None, "For you alone"])
async def test_a_message_goes_with_its_huggg_and_is_erased_with_the_new_receiver(
    world: World, own: str | None
) -> None:
    database, vault = world.platform.database, world.platform.vault
    first = {"phone_number": "07700 900123"} | ({"message": own} if own else {})
    (huggg,) = await world.buy(receivers=[first], message="Have one on me.")
    answer = await change(world, huggg["id"], {"receiver": {"phone_number": "07700 900456"}})
    receiver = UUID(answer.json()["data"]["receiver_id"])
    messages = [own or "Have one on me.", own or "Have one on me.", ""]
    for text, erased in zip(messages, (None, UUID(huggg["receiver_id"]), receiver), strict=True):
        if erased is not None:
            await sql(database, "DELETE FROM person_keys WHERE person_id = $1", erased)
        [message] = await messages_of(database, vault, [UUID(huggg["id"])])
        assert message.message == text

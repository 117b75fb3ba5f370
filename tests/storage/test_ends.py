"""The clock's part in a huggg's life: sending, expiry and value that returns later, each once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.database.queries import Statement
from huggg.hugggs.store import queries as of_hugggs
from huggg.identity.caller import Caller
from huggg.kit.ids import new_id
from huggg.redemptions.redeem import insert_redemption
from huggg.redemptions.redeem import queries as of_redemptions
from huggg.redemptions.redemption import Redemption
from huggg.transactions.buy_from_wallet import buy_from_wallet
from huggg.transactions.changes.change import queries as of_changes
from huggg.transactions.changes.moved_message import WITHOUT_MESSAGES
from huggg.transactions.ends import pace
from huggg.transactions.ends.end import End, EndedHugggs, end_hugggs, queries
from huggg.transactions.ends.expire import expire_due, return_due, send_due
from huggg.transactions.ends.refund_policy import policies, remove_policy, set_policy
from huggg.transactions.group_link import GROUP
from huggg.transactions.order import Order
from huggg.transactions.purchase import Purchase
from tests.support.guards import Guard, Guarded, Row
from tests.support.life import end_yesterday, link_of, schedule_for_now
from tests.support.rows import (
    AT,
    LATER,
    lie_in_order_of_entry,
    put,
    ran,
    ran_in_order_of_entry,
    standing,
)
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.waiting import waits_for_lock
from tests.support.world import COFFEE_PENCE, WALLET_PENCE, World

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
FUTURE = "2099-01-01T00:00:00Z"


@pytest.fixture
async def sound(world: World) -> AsyncIterator[World]:
    """A world that is sound at the end, to the penny."""
    yield world
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


async def over(world: World, count: int = 1, **purchase: Any) -> list[str]:
    """Let Amara buy hugggs whose last day was yesterday."""
    hugggs = [huggg["id"] for huggg in await world.buy(quantity=count, **purchase)]
    for huggg in hugggs:
        await end_yesterday(world.platform.database, huggg)
    return hugggs


async def available(world: World) -> int:
    query = "SELECT available FROM accounts WHERE id = $1"
    return int(await scalar(world.platform.database, query, world.wallet))


async def events_of(world: World, kind: str) -> list[tuple[str, str]]:
    rows = await sql(
        world.platform.database,
        "SELECT subject_id::text, data::text FROM events WHERE kind = $1 ORDER BY id",
        kind,
    )
    return [tuple(row) for row in rows]


async def test_the_value_of_expired_hugggs_returns_once(sound: World) -> None:
    database = sound.platform.database
    ended, (live,) = await over(sound, 3), await sound.buy()
    assert await available(sound) == WALLET_PENCE - 4 * COFFEE_PENCE
    await expire_due(database)
    assert await available(sound) == WALLET_PENCE - COFFEE_PENCE
    data = '{"returned": 350}'
    assert sorted(await events_of(sound, "huggg.expired")) == sorted((huggg, data) for huggg in ended)
    async with nothing_moves(database):
        await expire_due(database)
    shown = await sound.call("GET", f"/api/v2/hugggs/{live['id']}", sound.amara)
    assert shown.json()["data"]["hug_status"] == "sent"
    shown = await sound.call("GET", f"/api/v2/hugggs/{ended[0]}", sound.amara)
    assert shown.json()["data"]["hug_status"] == "expired"
    assert shown.json()["data"]["deleted_at"] is None


async def with_two_last_days(world: World, count: int) -> Purchase:
    """Let Amara buy hugggs that are claimed until tomorrow, and redeemed until a year from now."""
    database = world.platform.database
    today = await scalar(database, "SELECT (now() AT TIME ZONE 'Europe/London')::date")
    tomorrow = today + timedelta(days=1)
    order = Order(world.wallet, world.coffee, count, delivery_method=GROUP, claim_expiry_date=tomorrow)
    team = await scalar(database, "SELECT id FROM teams WHERE name = 'Acorn'")
    amara = Caller("shop", world.amara.id, team_id=team)
    return await buy_from_wallet(database, world.platform.vault, order, caller=amara)


async def test_the_value_of_hugggs_that_were_not_claimed_returns_at_the_first_last_day(
    sound: World,
) -> None:
    database = sound.platform.database
    bought = await with_two_last_days(sound, 3)
    days = "SELECT next_expiry_date - expiry_date, next_expires_at - expires_at FROM hugggs"
    assert [tuple(row) for row in await sql(database, days)] == [(364, timedelta(days=364))] * 3
    ended = [str(huggg.id) for huggg in bought.hugggs[1:]]
    for huggg in ended:
        await end_yesterday(database, huggg)
    await asyncio.gather(*(expire_due(database) for _ in range(3)))
    assert await available(sound) == WALLET_PENCE - COFFEE_PENCE
    data = '{"returned": 350}'
    assert sorted(await events_of(sound, "huggg.expired")) == sorted((huggg, data) for huggg in ended)


async def test_workers_share_a_midnight_and_no_huggg_ends_twice(
    sound: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "BESIDE_OTHERS", 4)
    hugggs = await over(sound, 20)
    await asyncio.gather(*(expire_due(sound.platform.database) for _ in range(4)))
    await expire_due(sound.platform.database)
    assert sorted(subject for subject, _ in await events_of(sound, "huggg.expired")) == sorted(hugggs)
    assert await available(sound) == WALLET_PENCE


async def test_a_huggg_that_was_spent_in_time_does_not_expire_until_that_is_taken_back(
    sound: World,
) -> None:
    database = sound.platform.database
    (huggg,) = await sound.buy()
    assert (await sound.redeem(huggg["id"])).status_code == 201
    await sql(database, "UPDATE redemptions SET created_at = created_at - interval '2 days'")
    await end_yesterday(database, huggg["id"])
    async with nothing_moves(database):
        await expire_due(database)
    assert (await sound.unredeem(huggg["id"])).status_code == 200
    await expire_due(database)
    assert await available(sound) == WALLET_PENCE


async def test_value_that_is_due_later_returns_then_and_once(sound: World) -> None:
    database = sound.platform.database
    await set_policy(database, team_id=None, brand_id=sound.harbour, after_days=7)
    (huggg,) = await over(sound)
    await expire_due(database)
    await return_due(database)
    assert await available(sound) == WALLET_PENCE - COFFEE_PENCE
    assert await events_of(sound, "huggg.expired") == [(huggg, '{"returned": 0}')]
    await sql(database, "UPDATE hugggs SET returns_at = returns_at - interval '7 days'")
    await asyncio.gather(*(return_due(database) for _ in range(3)))
    assert await available(sound) == WALLET_PENCE
    assert await events_of(sound, "huggg.returned") == [(huggg, '{"returned": 350}')]


async def test_the_most_precise_policy_holds_and_a_teams_before_a_brands(sound: World) -> None:
    database = sound.platform.database
    team = await scalar(database, "SELECT id FROM teams WHERE name = 'Acorn'")
    other = await scalar(database, "SELECT id FROM teams WHERE name = 'Birch'")
    days = []
    for team_id, brand_id, after_days in (
        (None, None, 1),
        (other, sound.harbour, 9),
        (None, sound.kettle, 8),
        (None, sound.harbour, 2),
        (team, None, 3),
        (team, sound.harbour, 4),
    ):
        await set_policy(database, team_id=team_id, brand_id=brand_id, after_days=after_days)
        (huggg,) = await over(sound)
        await expire_due(database)
        kept = "SELECT returns_at - expired_at FROM hugggs WHERE id = $1"
        days.append((await scalar(database, kept, UUID(huggg))).days)
    assert days == [1, 1, 1, 2, 3, 4]
    assert [row["after_days"] for row in await policies(database)] == [4, 9, 3, 2, 8, 1]
    await remove_policy(database, team_id=team, brand_id=sound.harbour)
    assert [row["after_days"] for row in await policies(database)] == [9, 3, 2, 8, 1]


async def test_a_scheduled_huggg_is_sent_once_when_its_day_has_come(sound: World) -> None:
    database = sound.platform.database
    day = await scalar(database, "SELECT (now() AT TIME ZONE 'Europe/London')::date + 1")
    first, gone, _ = await sound.buy(quantity=3, sendDate=str(day))
    (at_once,) = await sound.buy()
    async with nothing_moves(database):
        await send_due(database)
    cancelled = f"/api/v2/hugggs/{gone['id']}/cancellation"
    assert (await sound.call("POST", cancelled, sound.amara)).status_code == 201
    for huggg in (first, gone, at_once):
        await schedule_for_now(database, huggg["id"])
    await asyncio.gather(*(send_due(database) for _ in range(3)))
    assert await events_of(sound, "huggg.sent") == [(first["id"], "{}")]
    async with nothing_moves(database):
        await send_due(database)


async def test_a_held_huggg_neither_expires_nor_is_cancelled(sound: World) -> None:
    database = sound.platform.database
    (huggg,) = await sound.buy()
    path = f"/api/v2/hugggs/{huggg['id']}/holds"
    response = await sound.call("POST", path, sound.till, {"location_id": "bristol17"})
    assert response.status_code == 201, response.text
    cancelled = f"/api/v2/hugggs/{huggg['id']}/cancellation"
    async with nothing_moves(database):
        answer = await sound.call("POST", cancelled, sound.amara)
        assert (answer.status_code, answer.json()) == (409, {"error": "huggg is held at a till."})
    await end_yesterday(database, huggg["id"])
    async with nothing_moves(database):
        await expire_due(database)
        assert await end_one(sound, huggg["id"]) == EndedHugggs()


async def end_one(world: World, huggg: str, end: End = End.EXPIRED) -> EndedHugggs:
    now = await scalar(world.platform.database, "SELECT now()")
    return await end_hugggs(world.platform.database, [UUID(huggg)], end, at=now)


async def redeemed_late(world: World, huggg: str) -> bool:
    """Record a redemption that was decided at the last instant, after a worker noted the expiry."""
    database = world.platform.database
    ends = await scalar(database, "SELECT expires_at FROM hugggs WHERE id = $1", UUID(huggg))
    before = ends - (await scalar(database, "SELECT interval '1 millisecond'"))
    decided = Redemption(new_id(), UUID(huggg), world.harbour, "bristol17", None, "pos", before, before)
    link = await link_of(database, decided.huggg_id)
    return await insert_redemption(database, world.platform.vault, decided, link=link)


async def test_a_redemption_of_the_last_instant_is_too_late_once_the_value_is_back(
    sound: World,
) -> None:
    (huggg,) = await over(sound)
    await expire_due(sound.platform.database)
    assert not await redeemed_late(sound, huggg)


async def test_without_its_guard_the_value_would_be_spent_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Guard(of_redemptions, "redeem", " AND h.expired_at IS NULL").take_away(monkeypatch)
    (huggg,) = await over(world)
    await expire_due(world.platform.database)
    assert await redeemed_late(world, huggg)
    broken = {finding.rule for finding in await examine(world.platform.database) if finding.rows}
    assert "every huggg ends once with its event and its value returns once" in broken


def end_values(new_state: str = "cancelled", **more: Any) -> Row:
    usual: Row = {
        "ids": [UUID(int=1)],
        "transfer_ids": [UUID(int=8)],
        "new_state": new_state,
        "at": NOW,
        "user_id": None,
        "client_id": None,
        "sealed_reason": None,
        "by": None,
    }
    return {**usual, **more}


def changing(**more: Any) -> Row:
    usual: Row = {
        "ids": [UUID(int=1)],
        "sends": False,
        "expiry_date": date(2026, 2, 1),
        "claim_expiry_date": None,
        "send_date": None,
        "send_at": None,
        "at": NOW,
        "user_id": None,
        "client_id": None,
    }
    return {**usual, **more}


def moving(**more: Any) -> Row:
    usual: Row = {
        "huggg_id": UUID(int=1),
        "receiver_id": UUID(int=6),
        "personal": None,
        "phone": None,
        "email": None,
        "person_key": None,
        "codes": b"\2",
        "fingerprint": b"\2",
        "redeem_fingerprint": b"\2",
        "old_fingerprints": [b"\1"],
        "voucher_id": None,
        "keeps_voucher": True,
        **WITHOUT_MESSAGES,
        "seen_at": datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        "slot": "1",
        "channel": "email",
        "sealed": None,
        "delivery_id": UUID(int=20),
        "at": NOW,
        "user_id": None,
        "client_id": None,
    }
    return {**usual, **more}


WALLET: Row = {"id": 3, "kind": "wallet", "team_id": 4, "commitment_id": 5}
BESIDE = (("transactions", {"id": 2}), ("accounts", WALLET))
OVER: Row = {"expires_at": AT}
OTHER: Row = {"id": 11, "position": 2}
NOT_OPEN: dict[str, Row] = {
    "spent": {"redemption_id": 9},
    "cancelled": {"cancelled_at": AT},
    "noted": {"expired_at": AT},
    "held": {"hold_id": 9, "held_until": FUTURE},
}
CASES = [
    Guarded(
        queries.end,
        "hugggs",
        {},
        end_values(),
        [OTHER],
        {**NOT_OPEN, "over": {"expires_at": "2026-01-05T09:30:00Z"}},
        beside=BESIDE,
    ),
    Guarded(
        queries.end,
        "hugggs",
        OVER,
        end_values("expired"),
        [OTHER],
        {**NOT_OPEN, "live": {"expires_at": LATER}},
        beside=BESIDE,
    ),
    Guarded(
        queries.end,
        "hugggs",
        {"expired_at": AT, "returns_at": AT},
        end_values("returned"),
        [OTHER],
        {
            "returned": {"returned_at": AT},
            "not due": {"returns_at": LATER},
            "to stay": {"returns_at": None},
        },
        beside=BESIDE,
    ),
    Guarded(
        of_changes.change,
        "hugggs",
        {},
        changing(),
        [OTHER],
        {**NOT_OPEN, "over": {"expires_at": "2026-01-05T09:30:00Z"}},
    ),
    Guarded(
        of_changes.change,
        "hugggs",
        {"sent_at": "2026-01-05T09:45:00Z"},
        changing(sends=True, send_at=datetime(2026, 1, 5, 9, 50, tzinfo=UTC)),
        [OTHER],
        {"sent": {"sent_at": AT}},
    ),
    Guarded(
        of_changes.move,
        "hugggs",
        {},
        moving(),
        [OTHER],
        {
            **NOT_OPEN,
            "over": {"expires_at": "2026-01-05T09:30:00Z"},
            "changed since": {"updated_at": LATER},
            "given another voucher": {"voucher_id": 9},
        },
        beside=(("person_keys", {"person_id": 6}),),
    ),
    Guarded(
        of_changes.label,
        "transactions",
        {},
        {
            "transaction_id": UUID(int=1),
            "sealed": b"\1",
            "buyer_id": UUID(int=6),
            "seen_at": datetime.fromisoformat(AT),
            "user_id": None,
            "client_id": None,
        },
        [{"id": 11}],
        {"changed since": {"updated_at": LATER}},
        beside=(("person_keys", {"person_id": 6}),),
    ),
]


async def test_only_the_wallet_that_paid_gets_the_value(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs")
    for table, row in BESIDE:
        await put(tables, table, **row)
    await put(tables, "accounts", id=13, kind="wallet", team_id=4, commitment_id=15)
    await ran(tables, queries.end, **end_values())
    wallets = [row.split(",") for row in (await standing(tables))["accounts"] if ",wallet," in row]
    assert sorted(row[6] for row in wallets) == ["0", "350"]


async def test_each_value_goes_to_the_account_that_paid_as_its_policy_says(
    tables: asyncpg.Connection,
) -> None:
    """Two of a wallet's purchase, one whose value waits, two of a card's, one never charged."""
    purchases = {1: 2, 2: 2, 3: 12, 4: 22, 5: 22, 6: 32}
    for huggg, purchase in purchases.items():
        product = 14 if huggg == 6 else 4
        await put(
            tables, "hugggs", id=huggg, position=huggg, transaction_id=purchase, product_id=product
        )
    for purchase, account in ((2, 3), (12, 13), (22, 23), (32, 33)):
        await put(tables, "transactions", id=purchase, account_id=account, team_id=purchase)
        await put(tables, "accounts", **{**WALLET, "id": account})
    await put(tables, "products", published={"id": 4, "brand_id": 2, "sale_price": 350, "active": 1})
    await put(tables, "refund_policies", team_id=12, brand_id=None, after_days=5)
    await put(tables, "refund_policies", team_id=None, brand_id=None, after_days=0)
    paid: Row = {"state": "charged", "charge": "ch_1", "settled_at": AT, "plan": None}
    await put(tables, "payments", id=31, transaction_id=22, **paid)
    await put(tables, "payments", id=41, transaction_id=32)
    ids = [UUID(int=huggg) for huggg in purchases]
    transfers = [UUID(int=100 + huggg) for huggg in purchases]
    ended = await ran(tables, queries.end, **end_values(ids=ids, transfer_ids=transfers))
    assert {row["id"].int: row["returned"] for row in ended} == dict.fromkeys(purchases, 350) | {3: 0}
    moved = await tables.fetch("SELECT huggg_id, id, credit_account FROM transfers")
    assert {tuple(each.int for each in row) for row in moved} == {
        (huggg, 100 + huggg, purchases[huggg] + 1) for huggg in purchases if huggg != 3
    }
    wallets = await tables.fetch("SELECT id, available FROM accounts WHERE kind = 'wallet'")
    assert {row["id"].int: row["available"] for row in wallets} == {3: 700, 13: 0, 23: 0, 33: 350}
    refunds = await tables.fetch("SELECT id, payment_id, amount FROM refunds")
    assert [(r["id"].int, r["payment_id"].int, r["amount"]) for r in refunds] == [(104, 31, 700)]
    jobs = await tables.fetch("SELECT kind, subject_id FROM jobs")
    assert [(job["kind"], job["subject_id"].int) for job in jobs] == [("payment.refund", 104)]
    rows = await tables.fetch("SELECT kind, subject_id FROM events")
    assert sorted((row["kind"], row["subject_id"].int) for row in rows) == [
        *(("huggg.cancelled", huggg) for huggg in purchases),
        ("refund.intended", 22),
    ]


async def test_value_of_a_card_that_waits_is_no_refund_yet(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs")
    await put(tables, "transactions", id=2)
    await put(tables, "refund_policies", team_id=None, brand_id=None, after_days=5)
    paid: Row = {"state": "charged", "charge": "ch_1", "settled_at": AT, "plan": None}
    await put(tables, "payments", id=31, transaction_id=2, **paid)
    assert [row["returned"] for row in await ran(tables, queries.end, **end_values())] == [0]
    assert (await standing(tables))["refunds"] == []


@pytest.mark.parametrize(("statement", "values"), [("end", end_values()), ("send", {"most": 5})])
async def test_a_row_that_another_worker_changes_is_passed_over(
    two: tuple[asyncpg.Connection, asyncpg.Connection], statement: str, values: Row
) -> None:
    one, other = two
    await put(one, "hugggs", awaits_sending=True)
    for table, row in BESIDE:
        await put(one, table, **row)
    async with one.transaction():
        assert len(await ran(one, getattr(queries, statement), **values)) == 1
        assert await ran(other, getattr(queries, statement), **values) == []


async def test_the_earliest_scheduled_are_sent_first_and_no_more_than_asked_for(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", awaits_sending=True, sent_at=LATER)
    await put(tables, "hugggs", **OTHER, awaits_sending=True)
    await lie_in_order_of_entry(tables)
    assert [row["id"].int for row in await ran(tables, queries.send, most=1)] == [11]


async def test_a_move_takes_along_the_links_browsers_and_voucher_of_its_huggg_alone(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "person_keys", person_id=6)
    for huggg in (1, 11):
        await put(tables, "hugggs", id=huggg, position=huggg, voucher_id=huggg)
        await put(tables, "claimer_browsers", huggg_id=huggg)
        await put(tables, "thanks", huggg_id=huggg)
        await put(tables, "vouchers", huggg_id=huggg, id=huggg)
    await put(tables, "vouchers", huggg_id=1, id=21)
    await put(tables, "shortcodes")
    await put(tables, "shortcodes", fingerprint="\\x0b", huggg_id=11)
    old = {"old_fingerprints": [b"\1", b"\x0b"], "voucher_id": UUID(int=1), "keeps_voucher": False}
    await ran(tables, of_changes.move, **moving(**old))
    links = await tables.fetch("SELECT fingerprint, huggg_id FROM shortcodes ORDER BY 1")
    assert [(row[0], row[1].int) for row in links] == [(b"\2", 1), (b"\x0b", 11)]
    gone = await tables.fetch("SELECT fingerprint, huggg_id FROM moved_links")
    assert [(row[0], row[1].int) for row in gone] == [(b"\1", 1)]
    browsers = await tables.fetch("SELECT huggg_id FROM claimer_browsers")
    thanks = await tables.fetch("SELECT huggg_id FROM thanks")
    assert [[row[0].int for row in rows] for rows in (browsers, thanks)] == [[11], [11]]
    vouchers = await tables.fetch("SELECT huggg_id, id FROM vouchers ORDER BY 1, 2")
    assert [(row[0].int, row[1].int) for row in vouchers] == [(1, 21), (11, 11)]


async def test_a_move_seals_the_messages_of_its_huggg_alone_for_the_new_receiver(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "person_keys", person_id=6)
    for huggg in (1, 11):
        await put(tables, "hugggs", id=huggg, position=huggg)
        await put(tables, "own_messages", huggg_id=huggg, person_id=5)
    await put(tables, "transactions", id=2, sealed_message="\\x01", message_receiver_id=5)
    await put(tables, "transactions", id=12, sealed_message="\\x01", message_receiver_id=5)
    receiver = UUID(int=6)
    new = {
        "own_message": b"\2",
        "old_own_message": b"\1",
        "message": b"\3",
        "message_receiver_id": receiver,
        "old_message": b"\1",
    }
    await ran(tables, of_changes.move, **moving(**new))
    own = await tables.fetch("SELECT huggg_id, sealed_message, person_id FROM own_messages ORDER BY 1")
    assert [(row[0].int, row[1], row[2].int) for row in own] == [(1, b"\2", 6), (11, b"\1", 5)]
    texts = "SELECT id, sealed_message, message_receiver_id FROM transactions ORDER BY 1"
    rows = await tables.fetch(texts)
    assert [(row[0].int, row[1], row[2].int) for row in rows] == [(2, b"\3", 6), (12, b"\1", 5)]


@pytest.mark.parametrize(
    ("own", "left"),
    [
        ({"sealed_message": "\\x"}, (b"", None)),
        ({"sealed_message": "\\x", "message": "\\x04"}, (b"", b"\4")),
        ({"sealed_message": None, "message": "\\x04"}, (b"\2", None)),
    ],
)
async def test_a_move_leaves_an_own_message_that_was_erased_meanwhile(
    tables: asyncpg.Connection, own: Row, left: tuple[bytes, bytes | None]
) -> None:
    await put(tables, "person_keys", person_id=6)
    await put(tables, "hugggs")
    await put(tables, "transactions", id=2)
    await put(tables, "own_messages", person_id=5, **own)
    await ran(tables, of_changes.move, **moving(own_message=b"\2", old_own_message=b"\4"))
    assert await tables.fetchrow("SELECT sealed_message, message FROM own_messages") == left


async def test_a_move_leaves_a_message_that_was_erased_meanwhile_and_one_that_it_does_not_seal(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "person_keys", person_id=6)
    await put(tables, "hugggs")
    await put(tables, "own_messages", person_id=5)
    await put(tables, "transactions", id=2, sealed_message="\\x")
    late = {"message": b"\3", "message_receiver_id": UUID(int=6), "old_message": b"\1"}
    await ran(tables, of_changes.move, **moving(**late))
    assert await tables.fetchval("SELECT sealed_message FROM transactions") == b""
    assert await tables.fetchval("SELECT sealed_message FROM own_messages") == b"\1"


async def test_a_move_keeps_a_voucher_that_goes_along_and_registers_no_known_receiver(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "person_keys", person_id=6)
    await put(tables, "hugggs", voucher_id=2)
    await put(tables, "vouchers")
    await ran(tables, of_changes.move, **moving(voucher_id=UUID(int=2)))
    assert len((await standing(tables))["vouchers"]) == 1
    left = await standing(tables)
    assert (left["users"], len(left["person_keys"])) == ([], 1)


@pytest.mark.parametrize("other", [{"huggg_id": 11}, {"id": 12, "replaced_at": LATER}], ids=str)
async def test_a_code_that_reached_its_receiver_does_not_move_beside_another(
    tables: asyncpg.Connection, other: Row
) -> None:
    await put(tables, "person_keys", person_id=6)
    await put(tables, "hugggs", voucher_id=2)
    await put(tables, "vouchers", unshown=False)
    await put(tables, "vouchers", **other)
    assert await ran(tables, of_changes.move, **moving(voucher_id=UUID(int=2))) == []


async def test_a_move_locks_its_huggg_before_the_voucher(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    """A replacement locks them in this order, too: neither waits for the other."""
    replacing, moving_one = two
    await put(replacing, "person_keys", person_id=6)
    await put(replacing, "hugggs", voucher_id=2)
    await put(replacing, "vouchers")
    async with replacing.transaction():
        await replacing.execute("SELECT FROM hugggs FOR UPDATE")
        moves = ran(moving_one, of_changes.move, **moving(voucher_id=UUID(int=2)))
        waits = asyncio.create_task(moves)
        await waits_for_lock(moving_one, beside=replacing)
        assert len(await replacing.fetch("SELECT FROM vouchers FOR UPDATE SKIP LOCKED")) == 1
    assert len(await waits) == 1


async def test_a_move_queues_one_message_by_its_channel_or_none(tables: asyncpg.Connection) -> None:
    await put(tables, "person_keys", person_id=6)
    for table, row in (*BESIDE, ("transactions", {"id": 12, "team_id": 14})):
        await put(tables, table, **row)
    await put(tables, "hugggs", sent_at=LATER, expires_at=FUTURE)
    await put(tables, "hugggs", **OTHER, transaction_id=12)
    await ran(tables, of_changes.move, **moving())
    columns = "subject_id, slot, id, transaction_id, channel, person_id"
    [queued] = await tables.fetch(f"SELECT {columns} FROM deliveries")  # noqa: S608 - ours
    huggg, delivery, purchase, receiver = (UUID(int=n) for n in (1, 20, 2, 6))
    assert tuple(queued) == (huggg, "1", delivery, purchase, "email", receiver)
    [job] = await tables.fetch("SELECT kind, subject_id, customer_id, due_at FROM jobs")
    assert tuple(job[:3]) == ("delivery.send", delivery, UUID(int=2))
    assert job["due_at"] == datetime.fromisoformat(LATER)
    other = moving(huggg_id=UUID(int=11), channel=None, fingerprint=b"\5", redeem_fingerprint=b"\5")
    await ran(tables, of_changes.move, **other)
    assert await tables.fetchval("SELECT count(*) FROM deliveries") == 1


async def due_times(tables: asyncpg.Connection) -> list[datetime]:
    rows = await tables.fetch("SELECT due_at FROM jobs ORDER BY subject_id, kind")
    return [row["due_at"] for row in rows]


async def test_a_change_hastens_gifts_that_wait_for_its_day_and_no_other_work(
    tables: asyncpg.Connection,
) -> None:
    waits: Row = {"sent_at": "2026-01-05T09:45:00Z", "expires_at": FUTURE}
    await put(tables, "hugggs", **waits)
    await put(tables, "hugggs", **OTHER, **waits)
    await put(tables, "deliveries", id=21, batch_id=31)
    await put(tables, "deliveries", id=22, slot="1", batch_id=32, state="sent", sent_at=AT)
    await put(tables, "deliveries", id=23, kind="reminder", batch_id=33)
    await put(tables, "deliveries", subject_id=11, id=24, batch_id=34)
    for batch in (31, 32, 33, 34):
        await put(tables, "jobs", kind="delivery.send", subject_id=batch, due_at=FUTURE)
    await put(tables, "jobs", kind="test", subject_id=31, due_at=FUTURE)
    far, soon = datetime.fromisoformat(FUTURE), datetime(2026, 1, 5, 9, 40, tzinfo=UTC)
    await ran(tables, of_changes.change, **changing())
    assert await due_times(tables) == [far] * 5
    await ran(tables, of_changes.change, **changing(sends=True, send_at=soon))
    assert await due_times(tables) == [soon, far, far, far, far]
    later = datetime(2026, 1, 6, tzinfo=UTC)
    await ran(tables, of_changes.change, **changing(sends=True, send_at=later))
    assert (await due_times(tables))[0] == soon


async def test_a_change_locks_its_hugggs_in_the_order_of_their_ids(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    """Two statements that lock in different orders could wait for each other."""
    one, other = two
    ids = [UUID(int=11), UUID(int=1)]
    for id_ in ids:
        await put(one, "hugggs", id=id_.int, position=id_.int, expires_at=FUTURE)
    async with one.transaction():
        await one.execute("SELECT FROM hugggs WHERE id = $1 FOR UPDATE", ids[1])
        change = asyncio.create_task(
            ran_in_order_of_entry(other, of_changes.change, **changing(ids=ids))
        )
        await waits_for_lock(other, beside=one)
        await one.execute("SELECT FROM hugggs WHERE id = $1 FOR UPDATE NOWAIT", ids[0])
    assert len(await change) == 2


async def test_a_change_hastens_a_job_that_is_under_way_for_when_its_attempt_ends(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", sent_at="2026-01-05T09:45:00Z", expires_at=FUTURE)
    await put(tables, "deliveries", id=21, batch_id=31)
    await put(tables, "deliveries", id=22, slot="1", batch_id=32)
    await put(tables, "jobs", kind="delivery.send", subject_id=31, lease_id=8, lease_until=FUTURE)
    await put(tables, "jobs", kind="delivery.send", subject_id=32)
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in (7, 6, 8)]
    for day in days:
        await ran(tables, of_changes.change, **changing(sends=True, send_at=day))
    rows = await tables.fetch("SELECT hastened_to FROM jobs ORDER BY subject_id")
    assert [row["hastened_to"] for row in rows] == [days[1], None]


PICKING: Row = {
    "huggg_id": UUID(int=1),
    "product_id": UUID(int=20),
    "expiry_date": date(2026, 6, 2),
    "expires_at": NOW + timedelta(days=1),
    "seen_at": datetime.fromisoformat(AT),
    "now": NOW,
    "user_id": None,
    "client_id": "app",
}
NEW_DAYS = [(of_changes.change, changing()), (of_hugggs.pick, PICKING)]


@pytest.mark.parametrize(("statement", "days"), NEW_DAYS, ids=["change", "pick"])
async def test_new_days_plan_the_reminders_of_the_last_gift_anew(
    tables: asyncpg.Connection, statement: Statement, days: Row
) -> None:
    await put(tables, "hugggs", choice_id=4)
    sent: Row = {"state": "sent", "sent_at": AT}
    await put(tables, "deliveries", id=21, batch_id=31, **sent)
    await put(tables, "deliveries", id=23, slot="1", batch_id=33, **sent)
    await put(tables, "deliveries", id=24, kind="reminder", slot="sms", batch_id=34, **sent)
    await put(tables, "deliveries", subject_id=11, id=25, batch_id=35, **sent)
    await ran(tables, statement, **days)
    planned = await tables.fetch("SELECT id FROM deliveries WHERE remind_at = $1", NOW)
    assert [row["id"] for row in planned] == [UUID(int=23)]


@pytest.mark.parametrize(("statement", "days"), NEW_DAYS, ids=["change", "pick"])
@pytest.mark.parametrize("state", ["queued", "bounced", "failed", "suppressed"])
async def test_new_days_plan_no_reminder_of_a_gift_that_did_not_arrive(
    tables: asyncpg.Connection, statement: Statement, days: Row, state: str
) -> None:
    await put(tables, "hugggs", choice_id=4)
    await put(tables, "deliveries", state=state)
    await ran(tables, statement, **days)
    assert await tables.fetchval("SELECT count(remind_at) FROM deliveries") == 0

"""The guards of deliveries: a statement settles its own message, once, and leaves every other alone."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.notifications.delivery import BEFORE, DeliveryState
from huggg.notifications.store import queries
from tests.support.guards import Guarded, Row, acting
from tests.support.rows import AT, LATER, put, ran, ran_in_order_of_entry
from tests.support.waiting import waits_for_lock

FUTURE = "2099-01-01T00:00:00Z"
SUBJECT, DELIVERY = UUID(int=1), UUID(int=2)
ASKED: Row = {"subject_id": [SUBJECT], "delivery_id": [DELIVERY]}
LIVE: Row = {"id": 1, "expires_at": FUTURE}

OTHERS: list[Row] = [
    {"subject_id": 11},
    {"id": 12, "slot": "1"},
    {"id": 13, "kind": "reminder", "slot": "x"},
]


def report(state: DeliveryState, **more: Any) -> Row:
    """Report a state about the delivery."""
    nothing = {"reason": [None], "provider_id": [None], "remind_at": [None]}
    before = " ".join(BEFORE[state])
    return {**ASKED, "state": [state.value], "before": [before], **nothing, **more}


CASES = [
    Guarded(queries.begin, "deliveries", {}, ASKED, OTHERS, beside=(("hugggs", LIVE),)),
    Guarded(queries.settle, "deliveries", {}, report(DeliveryState.SENT), OTHERS),
    Guarded(
        queries.unbegin,
        "deliveries",
        {"begun_at": AT},
        {"subject_id": SUBJECT, "delivery_id": DELIVERY},
        OTHERS,
    ),
]


@pytest.mark.parametrize("case", acting(CASES))
async def test_a_statement_changes_its_own_delivery_only(
    tables: asyncpg.Connection, case: Guarded
) -> None:
    await case.acts_on_its_row_only(tables)


async def kept(tables: asyncpg.Connection) -> dict[UUID, asyncpg.Record]:
    return {row["id"]: row for row in await tables.fetch("SELECT * FROM deliveries")}


@pytest.mark.parametrize(
    ("huggg", "obstacle"),
    [
        ({"redemption_id": 9}, "redeemed"),
        ({"cancelled_at": AT}, "cancelled"),
        ({"expires_at": AT}, "expired"),
        ({"sent_at": FUTURE}, "scheduled"),
        ({}, None),
    ],
)
async def test_the_last_look_is_at_the_huggg_itself(
    tables: asyncpg.Connection, huggg: Row, obstacle: str | None
) -> None:
    await put(tables, "hugggs", **{**LIVE, "id": 7})
    await put(tables, "hugggs", **{**LIVE, **huggg})
    await put(tables, "deliveries")
    [row] = await ran(tables, queries.begin, **ASKED)
    assert row["obstacle"] == obstacle
    delivery = (await kept(tables))[DELIVERY]
    ended = obstacle in ("redeemed", "cancelled", "expired")
    assert (delivery["state"], delivery["begun_at"] is not None) == (
        "suppressed" if ended else "queued",
        obstacle is None,
    )
    events = await tables.fetch("SELECT kind FROM events")
    assert [event["kind"] for event in events] == (["delivery.suppressed"] if ended else [])


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - {DeliveryState.QUEUED}))
async def test_a_settled_message_does_not_begin_again(tables: asyncpg.Connection, state: str) -> None:
    await put(tables, "hugggs", **LIVE)
    await put(tables, "deliveries", state=state, begun_at=AT)
    assert await ran(tables, queries.begin, **ASKED) == []
    values = {"subject_id": SUBJECT, "delivery_id": DELIVERY}
    await ran(tables, queries.unbegin, **values)
    assert (await kept(tables))[DELIVERY]["begun_at"] is not None


@pytest.mark.parametrize("before", sorted(DeliveryState))
@pytest.mark.parametrize("reported", sorted(set(DeliveryState) - {DeliveryState.QUEUED}))
async def test_a_report_moves_a_state_as_the_rule_says(
    tables: asyncpg.Connection, before: DeliveryState, reported: DeliveryState
) -> None:
    await put(tables, "deliveries", state=before.value)
    rows = await ran(tables, queries.settle, **report(reported))
    moves = before in BEFORE[reported]
    assert len(rows) == moves
    assert (await kept(tables))[DELIVERY]["state"] == (reported if moves else before)


async def test_a_reminder_that_was_sent_is_written_on_its_huggg_and_no_other(
    tables: asyncpg.Connection,
) -> None:
    for number in (1, 7):
        await put(tables, "hugggs", **{**LIVE, "id": number})
    await put(tables, "deliveries", kind="reminder", slot="after_1_day")
    await put(tables, "deliveries", id=8, subject_id=7)
    await ran(tables, queries.settle, **report(DeliveryState.SENT))
    gift = {"subject_id": [UUID(int=7)], "delivery_id": [UUID(int=8)]}
    await ran(tables, queries.settle, **report(DeliveryState.SENT, **gift))
    rows = await tables.fetch("SELECT id, reminders FROM hugggs ORDER BY id")
    assert [tuple(row) for row in rows] == [(SUBJECT, "after_1_day"), (UUID(int=7), None)]


@pytest.mark.parametrize(
    ("kind", "state", "silenced"),
    [
        ("reminder", DeliveryState.BOUNCED, True),
        ("reminder", DeliveryState.FAILED, False),
        ("alarm", DeliveryState.BOUNCED, False),
    ],
)
async def test_a_reminder_that_bounced_is_the_last_of_its_huggg(
    tables: asyncpg.Connection, kind: str, state: DeliveryState, *, silenced: bool
) -> None:
    await put(tables, "deliveries", kind=kind, slot="x", remind_at=FUTURE)
    for number, row in ((21, {}), (22, {"subject_id": 11}), (23, {"kind": "receipt"})):
        await put(tables, "deliveries", id=number, state="sent", remind_at=FUTURE, **row)
    await ran(tables, queries.settle, **report(state))
    rows = await kept(tables)
    reminded = {row["id"].int for row in rows.values() if row["remind_at"] is not None}
    assert reminded - {2} == {22, 23} | (set() if silenced else {21})


def remind(**more: Any) -> Row:
    """Queue a reminder of the gift."""
    return {
        "subject_ids": [SUBJECT],
        "gift_ids": [DELIVERY],
        "remind_ats": [at(AT)],
        "next_ats": [at(LATER)],
        "slots": ["after_1_day"],
        "new_ids": [UUID(int=31)],
        "fingerprints": [b"\1"],
        "customer_ids": [UUID(int=4)],
        "links": [b"\1"],
        **more,
    }


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_reminder_is_queued_once_in_its_slot_and_the_gift_waits_for_the_next(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "deliveries", state="sent", remind_at=AT)
    others: list[Row] = [{"subject_id": 11}, {"slot": "1"}, {"kind": "alarm"}]
    for number, row in enumerate(others, start=41):
        await put(tables, "deliveries", **{"id": number, "state": "sent", "remind_at": AT, **row})
    await put(tables, "deliveries", id=51, subject_id=61, kind="reminder", slot="after_1_day")
    await put(tables, "deliveries", id=52, subject_id=61, state="sent", remind_at=AT)
    for number, huggg in enumerate((1, 61)):
        await put(tables, "hugggs", id=huggg, position=number + 1)
    await put(tables, "hugggs", id=7, position=3, codes="\\x02")
    await ran(tables, queries.remind, **remind())
    rows = await kept(tables)
    assert (rows[UUID(int=31)]["kind"], rows[UUID(int=31)]["slot"]) == ("reminder", "after_1_day")
    assert rows[DELIVERY]["remind_at"] == at(LATER)
    assert {rows[UUID(int=number)]["remind_at"] for number in (41, 42, 43)} == {at(AT)}
    again = remind(subject_ids=[UUID(int=61)], gift_ids=[UUID(int=52)], new_ids=[UUID(int=32)])
    await ran(tables, queries.remind, **again)
    rows = await kept(tables)
    assert UUID(int=32) not in rows
    assert rows[UUID(int=52)]["remind_at"] == at(LATER)
    jobs = await tables.fetch("SELECT subject_id FROM jobs")
    assert [job["subject_id"] for job in jobs] == [UUID(int=31)]


@pytest.mark.parametrize(
    ("gift", "values"),
    [
        ({"remind_at": LATER}, {}),  # another worker was faster
        ({"remind_at": AT}, {"slots": [None]}),  # none is due
        ({"remind_at": AT}, {"links": [b"\2"]}),  # it moved
    ],
)
async def test_no_reminder_is_queued_that_is_not_due(
    tables: asyncpg.Connection, gift: Row, values: Row
) -> None:
    await put(tables, "hugggs")
    await put(tables, "deliveries", state="sent", **gift)
    await ran(tables, queries.remind, **remind(**values))
    assert list(await kept(tables)) == [DELIVERY]


@pytest.mark.parametrize(
    ("row", "unwanted", "dead", "stopped"),
    [
        ({}, ["reminder"], None, True),
        ({}, [], "550", True),
        ({}, ["receipt"], None, False),
        ({"address_fingerprint": "\\x09"}, ["reminder"], None, False),
        ({"state": "sent"}, ["reminder"], None, False),
        ({"kind": "gift"}, ["reminder"], None, False),
    ],
)
async def test_a_wish_stops_the_reminders_that_wait_for_its_reader(
    tables: asyncpg.Connection, row: Row, unwanted: list[str], dead: str | None, *, stopped: bool
) -> None:
    waits = {"kind": "reminder", "slot": "x", "address_fingerprint": "\\x01"}
    await put(tables, "deliveries", **{**waits, **row})
    await ran(
        tables,
        queries.keep_contact,
        fingerprint=b"\1",
        fingerprints=[b"\1", b"\2"],
        unwanted=unwanted,
        language=None,
        dead_reason=dead,
    )
    assert ((await kept(tables))[DELIVERY]["state"] == "suppressed") is stopped


PURCHASE = UUID(int=1)


async def test_an_old_question_is_forgotten_with_its_address_and_nothing_else(
    tables: asyncpg.Connection,
) -> None:
    old = {"channel": "email", "state": "sent", "sent_at": AT, "sealed": "\\x01", "queued_at": AT}
    values = {**old, "kind": "confirmation"}
    for number in (1, 2, 3):
        await put(tables, "deliveries", id=number, slot=str(number), **values)
    await put(tables, "deliveries", id=4, slot="4", **{**values, "queued_at": FUTURE})
    await put(tables, "deliveries", id=5, **old)
    counts = [
        await ran(tables, queries.forget_confirmations, keep=timedelta(days=7), most=2) for _ in range(3)
    ]
    assert [count["count"] for [count] in counts] == [2, 1, 0]
    left = await tables.fetch("SELECT id FROM deliveries ORDER BY id")
    assert [row["id"].int for row in left] == [4, 5]


@pytest.mark.parametrize(
    ("gifts", "is_queued"),
    [
        ([{"state": "sent"}, {"id": 3, "slot": "1", "state": "bounced"}], True),
        ([{"state": "sent"}, {"id": 3, "slot": "1"}], False),
        ([{"state": "failed"}], False),
        ([{"state": "sent", "transaction_id": 9}], False),
        ([{"state": "sent", "kind": "reminder"}], False),
        ([{"state": "sent"}, {"id": 3, "slot": "1", "transaction_id": 9}], True),
        ([{"state": "sent"}, {"id": 3, "slot": "1", "kind": "reminder"}], True),
    ],
)
async def test_a_buyer_is_told_once_that_all_gifts_left(
    tables: asyncpg.Connection, gifts: list[Row], *, is_queued: bool
) -> None:
    await put(tables, "transactions")
    await put(tables, "transactions", id=5)
    for gift in gifts:
        await put(tables, "deliveries", **{"transaction_id": 1, **gift})
    for number in (31, 32):
        values = {"transaction_ids": [PURCHASE], "new_ids": [UUID(int=number)]}
        await ran(tables, queries.sent_whole, **values)
    receipts = await tables.fetch("SELECT id, subject_id FROM deliveries WHERE kind = 'receipt'")
    assert [tuple(row) for row in receipts] == ([(UUID(int=31), PURCHASE)] if is_queued else [])


WALLET: Row = {"kind": "wallet", "team_id": 2, "commitment_id": 9, "available": 100, "alarm_below": 200}


@pytest.mark.parametrize(
    ("wallet", "user", "is_queued"),
    [
        ({}, {}, True),
        ({"available": 200}, {}, False),
        ({"alarm_below": None}, {}, False),
        ({"alarmed_at": AT}, {}, False),
        ({"id": 77}, {}, False),
        ({}, {"team_id": 8}, False),
        ({}, {"role": "participant"}, False),
        ({}, {"active": False}, False),
    ],
)
async def test_the_admins_of_a_team_are_told_once_of_a_low_wallet(
    tables: asyncpg.Connection, wallet: Row, user: Row, *, is_queued: bool
) -> None:
    await put(tables, "accounts", **{"id": 3, **WALLET, **wallet})
    await put(tables, "users", **{"id": 6, "team_id": 2, "role": "admin", **user})
    for _ in range(2):
        await ran(tables, queries.alarm_wallets, wallet_ids=[UUID(int=3)])
    alarms = await tables.fetch("SELECT person_id FROM deliveries WHERE kind = 'alarm'")
    assert [alarm["person_id"] for alarm in alarms] == ([UUID(int=6)] if is_queued else [])


@pytest.mark.parametrize(
    ("wallet", "calmed"),
    [({"available": 200}, True), ({}, False), ({"available": 200, "id": 4}, False)],
)
async def test_a_wallet_at_its_level_again_may_alarm_anew(
    tables: asyncpg.Connection, wallet: Row, *, calmed: bool
) -> None:
    """Its admins get no message then, and another wallet stays as it was."""
    await put(tables, "accounts", **{"id": 3, **WALLET, "alarmed_at": AT, **wallet})
    await put(tables, "accounts", **{"id": 5, **WALLET})
    await put(tables, "users", id=6, team_id=2, role="admin")
    await ran(tables, queries.alarm_wallets, wallet_ids=[UUID(int=3)])
    rows = await tables.fetch(
        "SELECT alarmed_at FROM accounts WHERE alarm_below IS NOT NULL ORDER BY id"
    )
    assert [row["alarmed_at"] is None for row in rows] == [calmed, True]
    assert await tables.fetch("SELECT FROM deliveries") == []


async def test_wallets_are_told_of_in_the_order_of_their_ids_as_purchases_lock_them(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    one, other = two
    ids = [UUID(int=4), UUID(int=3)]
    await put(one, "accounts", id=4, **WALLET)
    await put(one, "accounts", **{"id": 3, **WALLET, "available": 200, "alarmed_at": AT})
    async with one.transaction():
        await one.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", ids[1])
        alarm = asyncio.create_task(ran_in_order_of_entry(other, queries.alarm_wallets, wallet_ids=ids))
        await waits_for_lock(other, beside=one)
        await one.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE NOWAIT", ids[0])
    await alarm
    rows = await one.fetch("SELECT id, alarmed_at IS NULL FROM accounts WHERE id = ANY($1)", ids)
    assert dict(rows) == {UUID(int=3): True, UUID(int=4): False}


def again(**more: Any) -> Row:
    """Send the gift once more."""
    return {
        "huggg_id": SUBJECT,
        "link": b"\1",
        "slot": "1",
        "corrects": True,
        "earlier": 1,
        "delivery_id": UUID(int=31),
        "channel": "email",
        "person_id": None,
        "sealed": b"\1",
        "user_id": UUID(int=4),
        "client_id": "shop",
        "customer_id": UUID(int=4),
        **more,
    }


@pytest.mark.parametrize(
    ("huggg", "values", "queued"),
    [
        ({}, {}, True),
        ({"redemption_id": 9}, {}, False),
        ({"cancelled_at": AT}, {}, False),
        ({"expires_at": AT}, {}, False),
        ({"id": 7}, {}, False),
        ({"codes": "\\x02"}, {}, False),
        ({}, {"earlier": 0}, False),
        ({}, {"slot": ""}, False),
    ],
)
async def test_a_gift_is_queued_again_only_while_it_lives_and_its_slot_is_free(
    tables: asyncpg.Connection, huggg: Row, values: Row, *, queued: bool
) -> None:
    await put(tables, "hugggs", **{**LIVE, **huggg})
    await put(tables, "deliveries", state="sent", remind_at=FUTURE)
    await put(tables, "deliveries", id=21, subject_id=11)
    await put(tables, "deliveries", id=22, kind="reminder", slot="x")
    rows = await ran(tables, queries.deliver_again, **again(**values))
    assert len(rows) == queued
    there = await kept(tables)
    assert [there[UUID(int=number)]["state"] for number in (21, 22)] == ["queued", "queued"]
    if queued:
        assert there[DELIVERY]["remind_at"] is None
        events = await tables.fetch("SELECT kind FROM events")
        assert [event["kind"] for event in events] == ["delivery.queued"]


async def test_a_correction_takes_the_place_of_a_message_that_waits(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", **LIVE)
    await put(tables, "deliveries")
    await ran(tables, queries.deliver_again, **again())
    waiting = (await kept(tables))[DELIVERY]
    assert (waiting["state"], waiting["reason"]) == ("suppressed", "corrected")

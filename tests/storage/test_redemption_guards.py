"""Redeeming, taking back and claiming: the changes to a huggg, and the guards that stop them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.holds.store import queries as of_holds
from huggg.hugggs.store import queries as of_hugggs
from huggg.redemptions.unredeem import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import AT, LATER, put, ran, standing

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
HUGGG, MERCHANT, REDEMPTION, TRANSFER, BO = (UUID(int=n) for n in (1, 3, 2, 8, 6))
FIRST, SECOND = UUID(int=7), UUID(int=17)
PICKED = UUID(int=20)
HOLD = UUID(int=12)
HELD: Row = {"hold_id": 12, "held_until": "2026-01-05T09:31:00Z"}
HELD_BY_ANOTHER: Row = {**HELD, "hold_id": 13}
LAPSED: Row = {**HELD, "held_until": "2026-01-05T09:30:00Z"}
OTHER: Row = {"id": 11, "position": 2}
LINK, MOVED = b"\1", {"moved": {"codes": "\\x02"}}
ANSWERED: Row = {"status": 409, "answer": "\\x01"}
KEY: Row = {"caller": "till", "key": "k1", "attempt": 7}
OTHER_KEYS: list[Row] = [{**KEY, "caller": "other"}, {**KEY, "key": "k2"}]

UNSPENT: dict[str, Row] = {
    "spent": {"redemption_id": 9},
    "cancelled": {"cancelled_at": AT},
    "expired": {"expires_at": "2026-01-05T09:30:00Z"},
}

UNPICKED: dict[str, Row] = {"a choice": {"choice_id": 4}}  # which its product still is

NOTED: dict[str, Row] = {"its expiry is noted": {"expired_at": AT}}


def redeem(**more: Any) -> Row:
    item: Row = {
        "id": REDEMPTION,
        "huggg_id": HUGGG,
        "brand_id": MERCHANT,
        "location_id": "bristol17",
        "user_id": None,
        "client_id": "till",
        "link": LINK,
        "at": NOW,
        "transfer_id": TRANSFER,
        "hold_id": None,
        "sale": None,
        "key_caller": None,
        "key": None,
        "key_attempt": None,
        "key_status": None,
        "key_answer": None,
    }
    return {name: [value] for name, value in {**item, **more}.items()}


def hold(**more: Any) -> Row:
    item: Row = {
        "id": HOLD,
        "huggg_id": HUGGG,
        "brand_id": MERCHANT,
        "location_id": "bristol17",
        "user_id": None,
        "client_id": "till",
        "reference": "A-1042",
        "link": LINK,
        "at": NOW,
        "ends_at": NOW + timedelta(seconds=120),
        "key_caller": None,
        "key": None,
        "key_attempt": None,
        "key_status": None,
        "key_answer": None,
    }
    return {name: [value] for name, value in {**item, **more}.items()}


def release(**more: Any) -> Row:
    values: Row = {"huggg_id": HUGGG, "id": HOLD, "at": NOW, "user_id": None, "client_id": "till"}
    return {**values, **more}


def unredeem(**more: Any) -> Row:
    values: Row = {
        "id": REDEMPTION,
        "huggg_id": HUGGG,
        "user_id": None,
        "client_id": "till",
        "at": NOW,
        "transfer_id": TRANSFER,
        "key_caller": None,
        "key": None,
        "key_attempt": None,
        "key_status": None,
        "key_answer": None,
    }
    return {name: [value] for name, value in {**values, **more}.items()}


def claim(**more: Any) -> Row:
    values: Row = {
        "huggg_id": HUGGG,
        "link": LINK,
        "receiver_id": BO,
        "client_id": "app",
        "claimer": b"Bo",
        "claim_number": None,
        "begins_next_day": False,
        "browser": b"\1",
        "now": NOW,
    }
    return {**values, **more}


def pick() -> Row:
    return {
        "huggg_id": HUGGG,
        "product_id": PICKED,
        "expiry_date": date(2026, 6, 2),
        "expires_at": NOW + timedelta(days=1),
        "seen_at": datetime.fromisoformat(AT),
        "now": NOW,
        "user_id": BO,
        "client_id": "app",
    }


def view() -> Row:
    return {"huggg_id": HUGGG, "client_id": "gift-page", "link": LINK, "now": NOW}


UNDER_KEY: Row = {
    "key_caller": "till",
    "key": "k1",
    "key_attempt": FIRST,
    "key_status": 201,
    "key_answer": b"\2",
}
REDEEMED = ("redemptions", {"created_at": AT})
PLACED = ("holds", {"id": 12})
CASES = [
    Guarded(
        queries.redeem,
        "hugggs",
        {},
        redeem(),
        [OTHER],
        {**UNSPENT, **NOTED, **UNPICKED, **MOVED, "not sent yet": {"sent_at": LATER}, "held": HELD},
    ),
    Guarded(
        queries.redeem,
        "hugggs",
        HELD,
        redeem(hold_id=HOLD),
        [OTHER],
        {
            "spent": {"redemption_id": 9, "updated_at": LATER},
            "cancelled": {"cancelled_at": AT},
            "not sent yet": {"sent_at": LATER},
            "held by another": HELD_BY_ANOTHER,
            "lapsed": LAPSED,
            "freed": {"hold_id": None, "held_until": None},
        },
        beside=(PLACED,),
    ),
    Guarded(
        of_holds.place,
        "hugggs",
        {},
        hold(),
        [OTHER],
        {
            **UNSPENT,
            **NOTED,
            **UNPICKED,
            **MOVED,
            "not sent yet": {"sent_at": LATER},
            "held": HELD_BY_ANOTHER,
        },
    ),
    Guarded(
        of_holds.reverse,
        "hugggs",
        HELD,
        release(),
        [OTHER],
        {"held by another": HELD_BY_ANOTHER, "freed": {"hold_id": None, "held_until": None}},
        beside=(PLACED,),
    ),
    Guarded(
        queries.unredeem,
        "hugggs",
        {"redemption_id": 2},
        unredeem(),
        [OTHER],
        {"not spent": {"redemption_id": None}, "spent again since": {"redemption_id": 9}},
        beside=(REDEEMED,),
    ),
    Guarded(
        of_hugggs.claim,
        "hugggs",
        {},
        claim(),
        [OTHER],
        {
            **UNSPENT,
            **NOTED,
            **MOVED,
            "claimed": {"assigned_at": AT},
            "not sent yet": {"sent_at": LATER},
            "somebody else's": {"receiver_id": 5},
        },
    ),
    Guarded(
        of_hugggs.pick,
        "hugggs",
        {"choice_id": 4},
        pick(),
        [OTHER],
        {
            **NOTED,
            "cancelled": {"cancelled_at": AT},
            "expired": {"expires_at": "2026-01-05T09:30:00Z"},
            "not sent yet": {"sent_at": LATER},
            "picked": {"product_id": 21},
            "no choice": {"choice_id": None},
            "changed since": {"updated_at": LATER},
        },
    ),
    Guarded(
        of_hugggs.view,
        "hugggs",
        {},
        view(),
        [OTHER],
        {**UNSPENT, **NOTED, **MOVED, "viewed": {"viewed_at": AT}, "not sent yet": {"sent_at": LATER}},
    ),
]


@pytest.mark.parametrize("use", [{"redemption_id": 9}, {"voucher_id": 9}, HELD])
async def test_no_row_is_a_choice_and_in_use(tables: asyncpg.Connection, use: Row) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="no_use_before_the_pick"):
        await put(tables, "hugggs", choice_id=4, **use)


async def test_a_claim_without_a_browser_admits_none(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs")
    await ran(tables, of_hugggs.claim, **claim(browser=None))
    assert (await standing(tables))["claimer_browsers"] == []


async def test_a_browser_is_admitted_to_the_claimed_huggg_that_it_asks_for_once(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", assigned_at=AT)
    await put(tables, "hugggs", **OTHER, assigned_at=AT)
    values: Row = {"huggg_id": HUGGG, "browser": b"\1"}
    admitted = await ran(tables, of_hugggs.admit_browser, **values)
    assert [row["huggg_id"] for row in admitted] == [HUGGG]
    assert await ran(tables, of_hugggs.admit_browser, **values) == []


async def test_a_forgotten_purchase_of_the_huggg_that_is_taken_back_is_no_longer_forgotten(
    tables: asyncpg.Connection,
) -> None:
    for huggg, purchase in ((1, 2), (11, 3)):
        await put(tables, "hugggs", id=huggg, transaction_id=purchase, redemption_id=2)
        await put(tables, "redemptions", huggg_id=huggg)
    for purchase, forgotten_at in ((2, AT), (3, None), (4, AT)):
        await put(tables, "transactions", id=purchase, forgotten_at=forgotten_at)
    versions = "SELECT ctid FROM transactions ORDER BY id"
    before = await tables.fetch(versions)
    for huggg in (1, 11):
        await ran(tables, queries.unredeem, **unredeem(huggg_id=UUID(int=huggg)))
    after = await tables.fetch(versions)
    assert [new != old for new, old in zip(after, before, strict=True)] == [True, False, False]
    left = await tables.fetch("SELECT id FROM transactions WHERE forgotten_at IS NULL ORDER BY id")
    assert [row["id"].int for row in left] == [2, 3]


async def test_no_browser_is_admitted_to_an_unclaimed_huggg(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs")
    assert await ran(tables, of_hugggs.admit_browser, huggg_id=HUGGG, browser=b"\1") == []


async def test_a_receiver_of_a_huggg_may_claim_it(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", receiver_id=6)
    assert len(await ran(tables, of_hugggs.claim, **claim())) == 1


async def test_a_held_huggg_that_expired_meanwhile_is_confirmed(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", **HELD, expires_at="2026-01-05T09:29:00Z")
    assert len(await ran(tables, queries.redeem, **redeem(hold_id=HOLD))) == 1


@pytest.mark.parametrize("statement", ["redeem", "place"])
async def test_a_lapsed_hold_keeps_nothing_away(tables: asyncpg.Connection, statement: str) -> None:
    await put(tables, "hugggs", **LAPSED)
    act, values = {
        "redeem": (queries.redeem, redeem()),
        "place": (of_holds.place, hold(id=UUID(int=14))),
    }[statement]
    assert len(await ran(tables, act, **values)) == 1


async def test_of_holds_only_the_one_that_is_asked_for_is_reversed(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", **HELD)
    for other in ({"huggg_id": 11, "id": 12}, {"id": 13}, {"id": 12}):
        await put(tables, "holds", **other)
    await ran(tables, of_holds.reverse, **release())
    reversed_ = await tables.fetch("SELECT huggg_id, id FROM holds WHERE reversed_at = $1", NOW)
    assert [tuple(row) for row in reversed_] == [(HUGGG, HOLD)]


async def test_a_redemption_keeps_what_the_till_told_of_the_sale(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", **HELD)
    sale = '{"reference":"A-1","receipt_number":"7","staff":"Bo","amount":780}'
    await ran(tables, queries.redeem, **redeem(hold_id=HOLD, sale=sale))
    columns = "hold_id, sale_reference, receipt_number, staff, rung_up"
    [kept] = await tables.fetch(f"SELECT {columns} FROM redemptions")  # noqa: S608 - ours
    assert tuple(kept) == (HOLD, "A-1", "7", "Bo", 780)


@pytest.mark.parametrize("statement", ["redeem", "place", "unredeem"])
async def test_the_answer_is_kept_under_the_key_that_was_reserved_and_no_other(
    tables: asyncpg.Connection, statement: str
) -> None:
    for key in [*OTHER_KEYS, KEY]:
        await put(tables, "idempotency_keys", **key)
    await act_under_key(tables, statement)
    answered = await tables.fetch("SELECT caller, key, answer FROM idempotency_keys WHERE status = 201")
    assert [tuple(row) for row in answered] == [("till", "k1", b"\2")]


@pytest.mark.parametrize("statement", ["redeem", "place", "unredeem"])
@pytest.mark.parametrize(
    "lost", [{"attempt": 17}, ANSWERED, {"caller": "other"}, {"key": "k2"}], ids=str
)
async def test_without_its_key_nothing_is_spent_and_nothing_taken_back(
    tables: asyncpg.Connection, statement: str, lost: Row
) -> None:
    await put(tables, "idempotency_keys", **{**KEY, **lost})
    before = await act_under_key(tables, statement)
    assert await standing(tables) == before


RECORDED = {"redeem": (queries.redeem, redeem), "place": (of_holds.place, hold)}


async def act_under_key(tables: asyncpg.Connection, statement: str) -> dict[str, list[str]]:
    """Redeem, or take back; gives the rows from before."""
    if statement != "unredeem":
        await put(tables, "hugggs")
        before = await standing(tables)
        act, values_of = RECORDED[statement]
        await ran(tables, act, **values_of(**UNDER_KEY))
    else:
        await put(tables, "hugggs", redemption_id=2)
        await put(tables, "redemptions")
        before = await standing(tables)
        await ran(tables, queries.unredeem, **unredeem(**UNDER_KEY))
    return before


async def test_of_redemptions_only_the_one_that_is_asked_for_is_taken_back(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", redemption_id=2)
    await put(tables, "redemptions", huggg_id=11)  # of another huggg, under the same id
    await put(tables, "redemptions", id=9, reversed_at=AT)
    await put(tables, "redemptions")
    await ran(tables, queries.unredeem, **unredeem())
    taken_back = await tables.fetch("SELECT huggg_id, id FROM redemptions WHERE reversed_at = $1", NOW)
    assert [tuple(row) for row in taken_back] == [(HUGGG, REDEMPTION)]


async def test_a_redemption_taken_back_stays_taken_back_as_it_was(tables: asyncpg.Connection) -> None:
    """The huggg points to a redemption that does not stand: no statement of ours leaves it so."""
    await put(tables, "hugggs", redemption_id=2)
    await put(tables, "redemptions", reversed_at=LATER)
    assert await ran(tables, queries.unredeem, **unredeem()) == []
    [(reversed_at,)] = await tables.fetch("SELECT reversed_at FROM redemptions")
    assert reversed_at == datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("statement", ["redeem", "place", "unredeem"])
async def test_a_key_is_held_while_the_answer_is_recorded(
    two: tuple[asyncpg.Connection, asyncpg.Connection], statement: str
) -> None:
    """An attempt that takes over a key whose lease is over waits, and finds it answered."""
    recording, taking_over = two
    await put(recording, "idempotency_keys", **KEY)
    await put(recording, "hugggs", redemption_id=9, id=21)
    await put(recording, "hugggs", id=22, position=2)
    async with recording.transaction():
        act, values_of = {**RECORDED, "unredeem": (queries.unredeem, unredeem)}[statement]
        more = {"huggg_id": UUID(int=99), **UNDER_KEY}  # records nothing, so that only the lock is left
        await ran(recording, act, **values_of(**more))
        with pytest.raises(asyncpg.LockNotAvailableError):
            await taking_over.execute("UPDATE idempotency_keys SET attempt = $1", SECOND)

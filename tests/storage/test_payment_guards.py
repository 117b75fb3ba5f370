"""Statements about payments and cards: the rows that they change, and the guards that stop them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.payments.store import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import AT, LATER, put, ran, standing

FUTURE = "2099-01-01T00:00:00Z"
MINUTE = timedelta(minutes=1)
PAYMENT, TRANSACTION, ATTEMPT = UUID(int=1), UUID(int=2), UUID(int=7)

GIVEN_UP: Row = {"given_up_at": AT}
DECLINED: Row = {
    "state": "declined",
    "refusal": "CardDeclined",
    "reason": "declined",
    "settled_at": LATER,
    "plan": None,
}
REFUNDING: Row = {"state": "refunding", "charge": "ch_1", "refusal": "CardDeclined", "reason": "late"}
OTHER: Row = {"id": 11, "transaction_id": 12}

CASES = [
    Guarded(
        queries.decide_refund,
        "payments",
        {},
        {"id": PAYMENT, "charge": "ch_2", "refusal": "Invalid", "reason": "sold out"},
        [OTHER],
        {"decided before": REFUNDING},
    ),
    Guarded(
        queries.give_up,
        "payments",
        {},
        {"id": PAYMENT},
        [OTHER],
        {"settled": DECLINED, "given up": GIVEN_UP},
    ),
    Guarded(
        queries.settle_refund,
        "refunds",
        {},
        {"id": UUID(int=1)},
        [{"id": 11}],
        {"settled": {"settled_at": AT}},
        beside=(("payments", {"id": 2}),),
    ),
    Guarded(queries.remove_card, "cards", {}, {"id": "pm_1"}, [{"id": "pm_2"}]),
]


async def test_a_refund_that_was_made_is_told_of_its_own_purchase(tables: asyncpg.Connection) -> None:
    await put(tables, "payments", id=2, transaction_id=3)
    await put(tables, "payments", id=12, transaction_id=13)
    await put(tables, "refunds")
    await ran(tables, queries.settle_refund, id=UUID(int=1))
    rows = await tables.fetch("SELECT subject_id, kind FROM events")
    assert [tuple(row) for row in rows] == [(UUID(int=3), "refund.made")]


CARD: Row = {
    "user_id": UUID(int=1),
    "id": "pm_1",
    "processor": "fake",
    "customer": "cus_2",
    "brand": "amex",
    "last4": "0005",
    "exp_month": 1,
    "exp_year": 2031,
}

INTENT: Row = {
    "id": PAYMENT,
    "transaction_id": TRANSACTION,
    "user_id": UUID(int=3),
    "team_id": None,
    "client_id": "shop",
    "key_caller": "amara",
    "key": "order-1",
    "key_attempt": ATTEMPT,
    "processor": "fake",
    "card": "pm_1",
    "customer": None,
    "retail": 350,
    "fee": 0,
    "sealed_plan": b"sealed",
    "lease_id": UUID(int=9),
    "lease": MINUTE,
}
RESERVED: Row = {"caller": "amara", "key": "order-1", "attempt": 7}


JOB: Row = {"kind": "payment.settle", "subject_id": 1, "customer_id": 3}
LEASED: Row = {"lease_id": 8, "lease_until": FUTURE}
LAPSED: Row = {"lease_id": 8, "lease_until": AT}
DEAD: Row = {"dead_at": AT}
LEASING: Row = {
    "id": PAYMENT,
    "processor": "fake",
    "by_operator": False,
    "lease_id": UUID(int=9),
    "lease": MINUTE,
}

LEASABLE: dict[str, tuple[Row, Row | None, bool]] = {
    "without a job": ({}, None, False),
    "an older server's, which was postponed": ({"next_at": FUTURE, "postponed": True}, None, False),
    "one whose job waits": ({"next_at": "infinity"}, {"due_at": FUTURE}, False),
    "one whose attempt died": ({"next_at": "infinity"}, LAPSED, False),
    "one that was given up, for an operator": (GIVEN_UP, DEAD, True),
}
NOT_LEASABLE: dict[str, tuple[Row, Row | None, bool]] = {
    "of another processor": ({"processor": "stripe"}, None, False),
    "settled": (DECLINED, None, False),
    "given up": (GIVEN_UP, None, False),
    "in an older server's hands": ({"next_at": FUTURE}, None, False),
    "under way": ({"next_at": "infinity"}, LEASED, False),
    "under way, though an operator asks": ({"next_at": "infinity"}, LEASED, True),
    "dead": ({"next_at": "infinity"}, DEAD, False),
}


@pytest.mark.parametrize("name", LEASABLE)
async def test_a_payment_is_leased(tables: asyncpg.Connection, name: str) -> None:
    payment, job, by_operator = LEASABLE[name]
    await put(tables, "payments", **payment)
    await put(tables, "payments", **OTHER)
    if job is not None:
        await put(tables, "jobs", **JOB, **job)
    await put(tables, "jobs", **{**JOB, "subject_id": 11})
    [row] = await ran(tables, queries.lease_payment, **{**LEASING, "by_operator": by_operator})
    assert (row["subject_id"], row["lease_id"]) == (PAYMENT, UUID(int=9))
    leased = await tables.fetch(
        "SELECT subject_id FROM jobs WHERE lease_until > now() AND dead_at IS NULL"
    )
    assert leased == [(PAYMENT,)]


@pytest.mark.parametrize("name", NOT_LEASABLE)
async def test_a_payment_is_not_leased_that_is(tables: asyncpg.Connection, name: str) -> None:
    payment, job, by_operator = NOT_LEASABLE[name]
    await put(tables, "payments", **payment)
    if job is not None:
        await put(tables, "jobs", **JOB, **job)
    before = await standing(tables)
    assert await ran(tables, queries.lease_payment, **{**LEASING, "by_operator": by_operator}) == []
    assert await standing(tables) == before


async def test_payments_of_older_servers_get_jobs_and_no_others(tables: asyncpg.Connection) -> None:
    await put(tables, "payments")
    for number, other in enumerate((DECLINED, GIVEN_UP, {"next_at": "infinity"}), start=11):
        await put(tables, "payments", id=number, transaction_id=100 + number, **other)
    for _ in range(2):
        await ran(tables, queries.adopt_payments)
    [job] = await tables.fetch("SELECT kind, subject_id, customer_id, payload, due_at FROM jobs")
    assert tuple(job)[:4] == ("payment.settle", PAYMENT, UUID(int=3), '{"processor": "fake"}')
    assert await tables.fetchval("SELECT count(*) FROM payments WHERE next_at = 'infinity'") == 2


async def test_a_payment_that_has_its_job_keeps_it(tables: asyncpg.Connection) -> None:
    await put(tables, "payments")
    await put(tables, "jobs", **JOB, due_at=FUTURE)
    await ran(tables, queries.adopt_payments)
    assert await tables.fetchval("SELECT due_at = $1::text::timestamptz FROM jobs", FUTURE)


async def test_a_card_is_brought_up_to_date_for_its_owner(tables: asyncpg.Connection) -> None:
    await put(tables, "cards", id="pm_1")
    assert await ran(tables, queries.add_card, **CARD) == [("pm_1",)]
    [card] = await tables.fetch("SELECT user_id, customer, brand FROM cards")
    assert tuple(card) == (UUID(int=1), "cus_2", "amex")


@pytest.mark.parametrize("kept", [{"user_id": 9}, {"processor": "stripe"}])
async def test_a_card_stays_whose_it_is_and_where_it_is_kept(
    tables: asyncpg.Connection, kept: dict[str, Any]
) -> None:
    await put(tables, "cards", **kept)
    before = await standing(tables)
    assert await ran(tables, queries.add_card, **CARD) == []
    assert await standing(tables) == before


async def test_an_intent_binds_its_key_and_no_other(tables: asyncpg.Connection) -> None:
    await put(tables, "idempotency_keys", **{**RESERVED, "caller": "bo"})
    await put(tables, "idempotency_keys", **{**RESERVED, "key": "order-2"})
    await put(tables, "idempotency_keys", **RESERVED)
    for person in (3, 4):
        await put(tables, "person_keys", person_id=person, key=f"\\x0{person}")
    [intended] = await ran(tables, queries.intend, **INTENT)
    assert (intended["id"], intended["key"], intended["buyer_key"]) == (PAYMENT, "order-1", b"\3")
    bound = await tables.fetch("SELECT caller, key FROM idempotency_keys WHERE bound")
    assert [tuple(row) for row in bound] == [("amara", "order-1")]


@pytest.mark.parametrize("lost", [{"attempt": 8}, {"status": 402, "answer": "\\x01"}, {"key": "other"}])
async def test_without_its_key_nothing_is_intended(tables: asyncpg.Connection, lost: Row) -> None:
    await put(tables, "idempotency_keys", **{**RESERVED, **lost})
    await put(tables, "person_keys", person_id=3)
    before = await standing(tables)
    assert await ran(tables, queries.intend, **INTENT) == []
    assert await standing(tables) == before


async def test_where_no_key_was_given_none_is_needed(tables: asyncpg.Connection) -> None:
    await put(tables, "person_keys", person_id=3)
    keyless = {**INTENT, "key_caller": None, "key": None, "key_attempt": None}
    assert len(await ran(tables, queries.intend, **keyless)) == 1

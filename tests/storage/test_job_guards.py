"""The one job of many that a statement of the queue changes, and the jobs that a lease passes over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.pool import Database
from huggg.jobs.queue import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import AT, lie_in_order_of_entry, put, ran
from tests.support.sql import sql

FUTURE = "2099-01-01T00:00:00Z"
LEASE, OTHER_LEASE = UUID(int=8), UUID(int=9)
HELD: Row = {"lease_id": 8, "lease_until": FUTURE}
OTHERS: list[Row] = [{"subject_id": 11}, {"kind": "another"}]
JOB: Row = {"kind": "test", "subject_id": UUID(int=1)}

CASES = [
    Guarded(
        queries.finish,
        "jobs",
        HELD,
        {**JOB, "lease_id": LEASE},
        OTHERS,
        {"another attempt's": {"lease_id": 9}},
    ),
    Guarded(
        queries.put_back,
        "jobs",
        HELD,
        {**JOB, "lease_id": LEASE, "wait": timedelta(0), "failure": "silent"},
        OTHERS,
        {"another attempt's": {"lease_id": 9}},
    ),
    Guarded(
        queries.go_on,
        "jobs",
        HELD,
        {**JOB, "lease_id": LEASE, "due_at": datetime(2026, 1, 5, tzinfo=UTC)},
        OTHERS,
        {"another attempt's": {"lease_id": 9}},
    ),
    Guarded(
        queries.bury,
        "jobs",
        HELD,
        {**JOB, "lease_id": LEASE, "failure": "silent"},
        OTHERS,
        {"another attempt's": {"lease_id": 9}},
    ),
    Guarded(
        queries.hasten,
        "jobs",
        {"due_at": FUTURE},
        JOB,
        OTHERS,
        {"dead": {"dead_at": AT}, "due": {"due_at": AT}},
    ),
    Guarded(queries.retry, "jobs", {"due_at": FUTURE}, JOB, OTHERS, {"under way": HELD}),
    Guarded(queries.drop, "jobs", {}, JOB, OTHERS, {"under way": HELD}),
]

NOT_DUE: dict[str, Row] = {
    "dead": {"dead_at": AT},
    "due later": {"due_at": FUTURE},
    "under way": HELD,
    "of another kind": {"kind": "another"},
}
MANY = 30


def lease_values(**names: Any) -> dict[str, Any]:
    values: Row = {
        "kinds": ["test"],
        "leases": [timedelta(minutes=1)],
        "lease_id": OTHER_LEASE,
        "most": 20,
        "share": 10,
        "busy": [],
    }
    return {**values, **names}


@pytest.mark.parametrize("name", NOT_DUE)
async def test_a_job_is_not_leased_that_is(tables: asyncpg.Connection, name: str) -> None:
    await put(tables, "jobs")
    await put(tables, "jobs", subject_id=3, **NOT_DUE[name])
    leased = await ran(tables, queries.lease, **lease_values())
    assert [row["subject_id"] for row in leased] == [UUID(int=1)]


@pytest.mark.parametrize("name", NOT_DUE)
async def test_a_customer_with_no_due_job_takes_no_ones_turn(
    tables: asyncpg.Connection, name: str
) -> None:
    """Of many customers one is served, and only one of them has a due job."""
    for number in range(MANY):
        customer = {"subject_id": 100 + number, "customer_id": 100 + number}
        await put(tables, "jobs", **{**customer, **NOT_DUE[name]})
        await put(tables, "jobs", **{**customer, "subject_id": 500 + number, "due_at": FUTURE})
    await put(tables, "jobs")
    leased = await ran(tables, queries.lease, **lease_values(most=1))
    assert [row["subject_id"] for row in leased] == [UUID(int=1)]


async def test_a_busy_customer_gets_no_job(tables: asyncpg.Connection) -> None:
    await put(tables, "jobs")
    await put(tables, "jobs", subject_id=3, customer_id=4)
    leased = await ran(tables, queries.lease, **lease_values(busy=[UUID(int=4)]))
    assert [row["customer_id"] for row in leased] == [UUID(int=2)]


async def test_the_longest_due_job_of_a_customer_is_the_one_that_its_share_allows(
    tables: asyncpg.Connection,
) -> None:
    for subject, due_at in (
        (3, "2026-01-05T11:00:00Z"),
        (4, "2026-01-05T10:00:00Z"),
        (5, "2026-01-05T12:00:00Z"),
    ):
        await put(tables, "jobs", subject_id=subject, due_at=due_at)
    await put(tables, "jobs", subject_id=6, kind="another", due_at="2026-01-05T09:30:00Z")
    await lie_in_order_of_entry(tables)
    [leased] = await ran(tables, queries.lease, **lease_values(share=1))
    assert leased["subject_id"] == UUID(int=4)


async def test_no_more_jobs_are_leased_than_a_worker_has_slots_for(tables: asyncpg.Connection) -> None:
    for number in range(6):
        await put(tables, "jobs", subject_id=10 + number, customer_id=number % 2)
    assert len(await ran(tables, queries.lease, **lease_values(most=4))) == 4


async def test_a_job_that_another_worker_is_leasing_is_passed_over(
    database: Database, database_url: str
) -> None:
    enqueue = "INSERT INTO jobs (kind, subject_id, customer_id, due_at) VALUES ('test', $1, $1, now())"
    for number in (1, 2):
        await sql(database, enqueue, UUID(int=number))
    other = await asyncpg.connect(database_url)
    async with other.transaction():
        arguments = queries.lease.bind(lease_values(most=1))
        [first] = await other.fetch(queries.lease.sql, *arguments)
        [second] = await database.rows(queries.lease, **lease_values())
        assert {first["subject_id"], second["subject_id"]} == {UUID(int=1), UUID(int=2)}
    await other.close()


async def test_each_kind_has_its_own_lease_and_each_job_its_own_kind(tables: asyncpg.Connection) -> None:
    for kind in ("test", "another", "a third"):
        await put(tables, "jobs", kind=kind)
    leases = [timedelta(minutes=1), timedelta(hours=1)]
    await ran(tables, queries.lease, **lease_values(kinds=["test", "another"], leases=leases))
    leased = await tables.fetch("SELECT kind, lease_until > now() + interval '30 minutes' FROM jobs")
    assert {tuple(row) for row in leased} == {("test", False), ("another", True), ("a third", None)}

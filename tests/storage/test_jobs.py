"""The queue: each job is one worker's at a time, none is lost, and no customer waits behind another."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.sessions import connect
from huggg.jobs import queue
from huggg.jobs import worker as workers
from huggg.jobs.errors import UnknownJob
from huggg.jobs.job import Hopeless, Job, JobKind, Nothing
from huggg.jobs.worker import LEASED_MAX, SHARE, SLOTS, Work
from huggg.refusal import Unavailable
from tests.support.guards import Guard
from tests.support.jobs import everything_due, work_off, worker_of
from tests.support.sql import scalar, sql

LEASE = timedelta(seconds=30)
KIND = JobKind("test", Nothing, lease=LEASE, wait_max=timedelta(hours=1), attempts_max=3)
KINDS = {"test": KIND}
SILENT, NOWHERE = "The service is silent.", "There is no such address."
AMARA, BO = UUID(int=1), UUID(int=2)

PASSED_OVER = Guard(queue.queries, "lease", "\n                            FOR UPDATE SKIP LOCKED")
HELD = " AND lease_id = :lease_id"

ENQUEUE = """
INSERT INTO jobs (kind, subject_id, customer_id, due_at)
SELECT 'test', gen_random_uuid(), $1, now() - n * interval '1 second' FROM generate_series(1, $2) AS n
"""


async def enqueue(database: Database, customer: UUID = AMARA, count: int = 1) -> None:
    await sql(database, ENQUEUE, customer, count)


async def lease(database: Database, *, most: int = SLOTS, share: int = SHARE, **names: Any) -> list[Job]:
    return await queue.lease(database, KINDS, most=most, share=share, **names)


async def the_job(database: Database) -> Record:
    [row] = await sql(database, "SELECT *, due_at - now() AS wait FROM jobs")
    return row


def work(act: Callable[[Job], Awaitable[object]]) -> Work:
    return Work(KIND, act)


async def fails(_: Job) -> None:
    raise Unavailable(SILENT)


async def succeeds(_: Job) -> None:
    pass


async def test_a_job_that_is_done_is_gone(database: Database) -> None:
    await enqueue(database, count=3)
    assert await work_off(database, work(succeeds)) == 3
    assert await scalar(database, "SELECT count(*) FROM jobs") == 0


async def test_a_job_that_fails_is_due_again_later_each_time_and_at_last_a_dead_letter(
    database: Database,
) -> None:
    await enqueue(database)
    waits = []
    for _ in range(KIND.attempts_max - 1):
        assert await work_off(database, work(fails)) == 1
        job = await the_job(database)
        waits.append(job["wait"].total_seconds())
        assert (job["lease_id"], job["dead_at"], job["failure"]) == (
            None,
            None,
            "The service is silent.",
        )
        await everything_due(database)
    assert 0 < waits[0] <= 2 < waits[1] * 2 <= 8
    assert await work_off(database, work(fails)) == 1
    assert (await the_job(database))["dead_at"] is not None
    await everything_due(database)
    assert await work_off(database, work(fails)) == 0


async def test_a_job_that_is_hopeless_is_a_dead_letter_at_once_and_lives_when_it_is_retried(
    database: Database,
) -> None:
    async def hopeless(_: Job) -> None:
        raise Hopeless(NOWHERE)

    await enqueue(database)
    await work_off(database, work(hopeless))
    job = await the_job(database)
    assert (job["attempts"], job["failure"], job["dead_at"] is not None) == (
        1,
        "There is no such address.",
        True,
    )
    await queue.retry(database, "test", job["subject_id"])
    assert (await the_job(database))["attempts"] == 0
    assert await work_off(database, work(succeeds)) == 1
    assert await scalar(database, "SELECT count(*) FROM jobs") == 0


async def test_a_payload_of_another_shape_is_a_dead_letter(database: Database) -> None:
    class Parcel(Nothing, frozen=True):
        to: str

    kind = JobKind("test", Parcel, lease=LEASE, wait_max=LEASE, attempts_max=3)

    async def reads(job: Job) -> None:
        kind.read(job)

    await enqueue(database)
    await work_off(database, Work(kind, reads))
    assert (await the_job(database))["failure"].startswith("The payload cannot be read")
    assert (await the_job(database))["dead_at"] is not None


async def test_there_is_one_job_of_a_kind_about_a_subject(database: Database) -> None:
    add = (
        "INSERT INTO jobs (kind, subject_id, customer_id, due_at) VALUES ('test', $1, $1, now())"
        " ON CONFLICT DO NOTHING"
    )
    for _ in range(3):
        await sql(database, add, AMARA)
    assert await work_off(database, work(succeeds)) == 1


async def test_a_leased_job_is_nobody_elses_until_the_lease_ends(database: Database) -> None:
    await enqueue(database)
    [first] = await lease(database)
    assert await lease(database) == []
    await everything_due(database)
    [second] = await lease(database)
    assert (second.subject_id, second.attempts) == (first.subject_id, 2)
    await queue.finish(database, first)  # too late: the job is the other's
    await queue.fail(database, KIND, first, Unavailable())
    await queue.give_back(database, first)
    assert (await the_job(database))["lease_id"] == second.lease_id
    await queue.finish(database, second)
    assert await scalar(database, "SELECT count(*) FROM jobs") == 0


@pytest.mark.parametrize("statement", ["finish", "put_back", "bury"])
async def test_without_its_guard_a_late_attempt_would_take_the_job_from_another(
    database: Database, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    Guard(queue.queries, statement, HELD, " AND :lease_id::uuid IS NOT NULL").take_away(monkeypatch)
    await enqueue(database)
    [first] = await lease(database)
    await everything_due(database)
    [second] = await lease(database)
    if statement == "finish":
        await queue.finish(database, first)
    elif statement == "put_back":
        await queue.give_back(database, first)
    else:
        await queue.fail(database, KIND, first, Hopeless())
    left = await sql(database, "SELECT lease_id FROM jobs")
    assert [row["lease_id"] for row in left] != [second.lease_id]


async def test_many_workers_at_once_do_each_job_once(database: Database, database_url: str) -> None:
    others = [await connect(database_url, connections_max=3) for _ in range(3)]
    await enqueue(database, count=200)
    done: Counter[UUID] = Counter()

    async def count(job: Job) -> None:
        await asyncio.sleep(0.001)
        done[job.subject_id] += 1

    while await scalar(database, "SELECT count(*) FROM jobs"):
        await asyncio.gather(*(work_off(each, work(count)) for each in (database, *others)))
    assert (len(done), set(done.values())) == (200, {1})
    for other in others:
        await other.close()


async def test_a_customer_with_a_backlog_keeps_no_other_waiting(database: Database) -> None:
    await enqueue(database, AMARA, 1000)
    await enqueue(database, BO, 3)
    leased = Counter(job.customer_id for job in await lease(database))
    assert leased == {AMARA: SHARE, BO: 3}
    leased = Counter(job.customer_id for job in await lease(database, busy=[AMARA]))
    assert leased == {}


async def test_every_customer_gets_one_before_any_gets_a_second(database: Database) -> None:
    for number in range(30):
        await enqueue(database, UUID(int=100 + number), 5)
    leased = Counter(job.customer_id for job in await lease(database))
    assert (len(leased), set(leased.values())) == (SLOTS, {1})


async def test_a_worker_does_no_more_at_once_for_a_customer_than_its_share(database: Database) -> None:
    stop, most, now = asyncio.Event(), 0, 0

    async def slow(_: Job) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        if most == 1:  # the first leaves a slot, so that the others are leased in unequal parts
            await asyncio.sleep(0.1)
        else:
            await stop.wait()
        now -= 1

    await enqueue(database, AMARA, 50)
    worker = worker_of(database, work(slow))
    async with worker.at_work(grace_seconds=5):
        await asyncio.sleep(3.5)
        assert SHARE - LEASED_MAX < most <= SHARE
        stop.set()


async def test_the_next_jobs_of_a_busy_customer_begin_when_its_first_are_done(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAUSE_SECONDS", 3600.0)
    started, all_begun = 0, asyncio.Event()

    async def one_after_the_other(_: Job) -> None:
        nonlocal started
        started += 1
        if started == 3 * SHARE:
            all_begun.set()
        await asyncio.sleep(0.01 * started)

    await enqueue(database, AMARA, 3 * SHARE)
    async with worker_of(database, work(one_after_the_other)).at_work(grace_seconds=5):
        async with asyncio.timeout(20):
            await all_begun.wait()


async def test_jobs_that_are_done_while_others_are_leased_let_their_customers_next_ones_begin(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAUSE_SECONDS", 3600.0)
    really_lease, gate, done = queue.lease, asyncio.Event(), asyncio.Event()
    started, finished = 0, 0

    async def waits(_: Job) -> None:
        nonlocal started, finished
        started += 1
        if started <= 2:  # each of the first two that is done has more jobs leased beside the others
            await asyncio.sleep(0.2 * started)
        else:
            await gate.wait()
        finished += 1
        if finished == 3 * SHARE:
            done.set()

    async def lease_slowly(*of: Any, busy: list[UUID], **names: Any) -> list[Job]:
        jobs = await really_lease(*of, busy=busy, **names)
        if busy:
            gate.set()
            await asyncio.sleep(0.2)
        return jobs

    monkeypatch.setattr(queue, "lease", lease_slowly)
    await enqueue(database, AMARA, 3 * SHARE)
    async with worker_of(database, work(waits)).at_work(grace_seconds=5):
        async with asyncio.timeout(20):
            await done.wait()


async def test_a_customers_oldest_job_is_first(database: Database) -> None:
    await enqueue(database, count=5)
    oldest = await scalar(database, "SELECT subject_id FROM jobs ORDER BY due_at LIMIT 1")
    [job] = await lease(database, most=1)
    assert job.subject_id == oldest


async def test_jobs_of_kinds_that_a_worker_does_not_do_are_left(database: Database) -> None:
    await sql(
        database,
        "INSERT INTO jobs (kind, subject_id, customer_id, due_at) VALUES ('other', $1, $1, now())",
        AMARA,
    )
    assert await lease(database) == []


async def test_an_attempt_is_broken_off_before_its_lease_ends(database: Database) -> None:
    short = JobKind("test", Nothing, lease=timedelta(seconds=0.3), wait_max=LEASE, attempts_max=3)

    async def sleeps(_: Job) -> None:
        await asyncio.sleep(5)

    await enqueue(database)
    await work_off(database, Work(short, sleeps))
    job = await the_job(database)
    assert (job["failure"], job["lease_id"]) == ("TimeoutError", None)


async def test_a_worker_that_stops_sees_its_jobs_through(database: Database) -> None:
    began = asyncio.Event()

    async def slow(_: Job) -> None:
        began.set()
        await asyncio.sleep(0.3)

    await enqueue(database)
    async with worker_of(database, work(slow)).at_work(grace_seconds=5):
        await began.wait()
    assert await scalar(database, "SELECT count(*) FROM jobs") == 0


@pytest.mark.parametrize("hurried", [False, True], ids=["out of grace", "told twice"])
async def test_a_job_that_takes_too_long_for_a_stop_gives_its_lease_back(
    database: Database, *, hurried: bool
) -> None:
    began = asyncio.Event()

    async def endless(_: Job) -> None:
        began.set()
        await asyncio.sleep(3600)

    await enqueue(database)
    worker = worker_of(database, work(endless))
    async with asyncio.timeout(10):
        async with worker.at_work(grace_seconds=3600 if hurried else 0.2):
            await began.wait()
            if hurried:
                worker.hurry()
    job = await the_job(database)
    assert (job["lease_id"], job["failure"]) == (None, "The attempt was broken off.")
    assert len(await lease(database)) == 1


KILLED = """
import asyncio, os, sys
from datetime import timedelta
from huggg.database.meter import NoMeter
from huggg.database.sessions import connect
from huggg.jobs.job import JobKind, Nothing
from huggg.jobs.worker import Work, Worker

KIND = JobKind("test", Nothing, lease=timedelta(seconds=1), wait_max=timedelta(hours=1), attempts_max=3)

async def act(job):
    os.kill(os.getpid(), 9)

async def main():
    database = await connect(sys.argv[1], connections_max=3)
    worker = Worker(database, NoMeter(), works=[Work(KIND, act)], consumers=[], chores=[])
    await worker.lease_and_begin()
    await asyncio.sleep(10)

asyncio.run(main())
"""


async def test_the_job_of_a_killed_worker_is_anothers_when_its_lease_ends(
    database: Database, database_url: str
) -> None:
    await enqueue(database)
    command = [sys.executable, "-c", KILLED, database_url]
    killed = await asyncio.to_thread(subprocess.run, command, check=False)
    assert killed.returncode == -9
    assert (await the_job(database))["lease_id"] is not None
    await asyncio.sleep(1)
    assert await work_off(database, work(succeeds)) == 1


async def test_news_of_a_subject_makes_a_job_that_waits_due(database: Database) -> None:
    await enqueue(database)
    await work_off(database, work(fails))
    assert await lease(database) == []
    await queue.hasten(database, KIND, (await the_job(database))["subject_id"])
    [job] = await lease(database)
    await queue.hasten(database, KIND, job.subject_id)
    assert (await the_job(database))["lease_id"] == job.lease_id


async def goes_on_tomorrow(database: Database, job: Job) -> None:
    tomorrow = await scalar(database, "SELECT now() + interval '1 day'")
    await queue.go_on(database, job, at=tomorrow)


async def fails_for_the_first_time(database: Database, job: Job) -> None:
    await queue.fail(database, KIND, job, Unavailable(SILENT))


@pytest.mark.parametrize("ends", [goes_on_tomorrow, fails_for_the_first_time])
async def test_a_job_that_is_hastened_while_it_is_under_way_is_due_when_the_attempt_ends(
    database: Database, ends: Callable[[Database, Job], Awaitable[None]]
) -> None:
    await enqueue(database)
    for is_hastened in (True, False):
        [job] = await lease(database)
        if is_hastened:
            await queue.hasten(database, KIND, job.subject_id)
        await ends(database, job)
        assert ((await the_job(database))["wait"] <= timedelta(0)) == is_hastened


async def test_a_job_that_is_hastened_while_it_is_under_way_waits_without_the_guard(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = "least(:due_at::timestamptz, hastened_to)"
    Guard(queue.queries, "go_on", earlier, ":due_at::timestamptz").take_away(monkeypatch)
    await enqueue(database)
    [job] = await lease(database)
    await queue.hasten(database, KIND, job.subject_id)
    await goes_on_tomorrow(database, job)
    assert (await the_job(database))["wait"] > timedelta(hours=23)


async def test_an_operator_neither_retries_nor_drops_a_job_that_is_under_way(database: Database) -> None:
    await enqueue(database)
    [job] = await lease(database)
    for command in (queue.retry, queue.drop):
        with pytest.raises(UnknownJob, match="it is done, under way, or was never enqueued"):
            await command(database, "test", job.subject_id)
    await queue.give_back(database, job)
    await queue.drop(database, "test", job.subject_id)
    assert await scalar(database, "SELECT count(*) FROM jobs") == 0
    with pytest.raises(UnknownJob):
        await queue.job(database, "test", uuid4())

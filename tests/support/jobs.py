"""Working jobs off in a test, at once and in this process, as a worker would in time."""

from __future__ import annotations

import asyncio

from huggg.database.meter import NoMeter
from huggg.database.pool import Database
from huggg.jobs.worker import Work, Worker
from tests.support.sql import sql

DUE = """
UPDATE jobs
   SET due_at = now() - interval '1 second', lease_id = NULL, lease_until = NULL
 WHERE dead_at IS NULL
"""


IN_HAND = """
UPDATE jobs SET lease_id = gen_random_uuid(), lease_until = now() + interval '9 seconds'
"""


async def everything_due(database: Database) -> None:
    """Let every lease be over, and every wait."""
    await sql(database, DUE)


def worker_of(database: Database, *works: Work) -> Worker:
    """A worker that does these kinds of jobs and nothing else."""
    return Worker(database, NoMeter(), works=works, consumers=(), chores=())


async def work_off(database: Database, *works: Work) -> int:
    """Attempt every job that is due, once, and say how many there were."""
    worker, started = worker_of(database, *works), 0
    while now := await worker.lease_and_begin():
        started += now
        await asyncio.gather(*worker.under_way)
    return started


async def in_hand(database: Database) -> None:
    """Let every job be under way somewhere else."""
    await sql(database, IN_HAND)

"""Attempt a job: do its work under its lease, and finish it, put it back or give it up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from huggg.database.pool import Database
from huggg.jobs import queue
from huggg.jobs.job import Job, JobKind
from huggg.refusal import Unavailable

T = TypeVar("T")

MARGIN = 0.9
"""The part of its lease that an attempt may take: it has recorded before another begins."""


async def attempt(
    database: Database, kind: JobKind[Any], job: Job, act: Callable[[], Awaitable[T]]
) -> T:
    """Do the work of a job, and take it out of the queue.

    Raises the errors of the act, and TimeoutError: then the job is due again later, or a dead letter. A
    cancelled attempt gives its lease back. While the database is away the lease ends by itself.
    """
    try:
        async with asyncio.timeout(kind.lease.total_seconds() * MARGIN):
            result = await act()
    except asyncio.CancelledError:
        with suppress(Unavailable):
            await queue.give_back(database, job)
        raise
    except Exception as error:
        with suppress(Unavailable):
            await queue.fail(database, kind, job, error)
        raise
    with suppress(Unavailable):
        await queue.finish(database, job)
    return result

"""The queue: jobs are leased, and finished, put back or buried under their lease.

Enqueuing has no function here: it is an INSERT INTO jobs in the statement that makes the change, with
`ON CONFLICT DO NOTHING` where a job about the subject may be there.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.jobs.errors import UnknownJob
from huggg.jobs.job import Hopeless, Job, JobKind, wait_after
from huggg.kit.ids import new_id

FAILURE_LENGTH_MAX = 500
LISTED_MAX = 1000
AT_ONCE = timedelta(0)

queries = Queries(__file__)
log = structlog.get_logger()


async def lease(
    database: Database,
    kinds: Mapping[str, JobKind[Any]],
    *,
    most: int,
    share: int,
    busy: Collection[UUID] = (),
) -> list[Job]:
    """Lease up to `most` jobs of these kinds that are due, no more than `share` of one customer.

    Customers in `busy` are passed over. Raises Unavailable.
    """
    rows = await database.rows(
        queries.lease,
        kinds=list(kinds),
        leases=[kind.lease for kind in kinds.values()],
        lease_id=new_id(),
        most=most,
        share=share,
        busy=list(busy),
    )
    return [Job(**row) for row in rows]


async def finish(database: Database, job: Job) -> None:
    """Take a job that is done out of the queue, unless its lease is another attempt's by now."""
    await database.rows(queries.finish, **_lease_values(job))


async def give_back(database: Database, job: Job) -> None:
    """Let another worker take the job up at once: this attempt was broken off."""
    await database.rows(
        queries.put_back, **_lease_values(job), wait=AT_ONCE, failure="The attempt was broken off."
    )


async def go_on(database: Database, job: Job, *, at: datetime) -> None:
    """Put a job back that did a part of its work: another attempt goes on, as if it were the first."""
    await database.rows(queries.go_on, **_lease_values(job), due_at=at)


async def fail(database: Database, kind: JobKind[Any], job: Job, error: BaseException) -> None:
    """Put a job back for later, or bury it where no attempt is left or the error is Hopeless."""
    failure = (str(error) or type(error).__name__)[:FAILURE_LENGTH_MAX]
    if isinstance(error, Hopeless) or job.attempts >= kind.attempts_max:
        await database.rows(queries.bury, **_lease_values(job), failure=failure)
        log.error("job given up", kind=job.kind, subject=str(job.subject_id), why=failure)
        return
    spread = random.random()  # noqa: S311 - nothing is kept secret by it
    wait = wait_after(job.attempts, wait_max=kind.wait_max, spread=spread)
    await database.rows(queries.put_back, **_lease_values(job), wait=wait, failure=failure)


async def hasten(database: Database, kind: JobKind[Any], subject_id: UUID) -> None:
    """Make a job due at once that waits for another attempt."""
    await database.rows(queries.hasten, kind=kind.name, subject_id=subject_id)


def _lease_values(job: Job) -> dict[str, object]:
    return {"kind": job.kind, "subject_id": job.subject_id, "lease_id": job.lease_id}


async def jobs(
    database: Database, *, kind: str | None = None, subject_id: UUID | None = None, dead: bool = False
) -> list[Record]:
    """List jobs, up to LISTED_MAX of them, the longest due first and dead letters last."""
    return await database.rows(
        queries.jobs, kind=kind, subject_id=subject_id, dead=dead, most=LISTED_MAX
    )


async def job(database: Database, kind: str, subject_id: UUID) -> Record:
    """Read one job. Raises UnknownJob."""
    rows = await jobs(database, kind=kind, subject_id=subject_id)
    if not rows:
        raise UnknownJob(_missing(kind, subject_id))
    return rows[0]


async def retry(database: Database, kind: str, subject_id: UUID) -> None:
    """Make a job due now with all its attempts before it, a dead letter too. Raises UnknownJob."""
    if await database.row(queries.retry, kind=kind, subject_id=subject_id) is None:
        raise UnknownJob(_missing(kind, subject_id))


async def drop(database: Database, kind: str, subject_id: UUID) -> None:
    """Take a job out of the queue undone. Raises UnknownJob."""
    if await database.row(queries.drop, kind=kind, subject_id=subject_id) is None:
        raise UnknownJob(_missing(kind, subject_id))


def _missing(kind: str, subject_id: UUID) -> str:
    return f"No job {kind} {subject_id} waits: it is done, under way, or was never enqueued."


async def figures(database: Database) -> list[Record]:
    """Tell how many jobs of each kind there are by state, and how long the longest due has waited."""
    return await database.rows(queries.figures)

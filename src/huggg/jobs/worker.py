"""A worker: it does jobs, runs consumers of events and chores, apart from servers or inside one.

Any number of workers may run at once. A job is leased by one of them, consumers take turns at their
cursors, and a chore that two workers do at once does no harm.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any
from uuid import UUID

import structlog

from huggg.database.meter import Meter
from huggg.database.pool import Database
from huggg.events.consumer import Consumer, keep_reading
from huggg.jobs import queue
from huggg.jobs.attempt import attempt
from huggg.jobs.job import Hopeless, Job, JobKind
from huggg.kit.chores import Chore, beside
from huggg.refusal import Refusal, Unavailable

SLOTS = 20
"""Jobs that one worker does at once."""

SHARE = 10
"""The slots that one customer may have, so that a job of another customer finds a free one."""

LEASED_MAX = 5
"""The jobs of one customer that are leased at once."""

PAUSE_SECONDS = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of job, and the function that does it.

    `act` takes the job, and by their names the tools that it needs. It raises Unavailable, Hopeless, or
    a defect.
    """

    kind: JobKind[Any]
    act: Callable[..., Awaitable[object]]

    def equipped(self, tools: Mapping[str, object]) -> Work:
        """Give the function its tools. Raises TypeError for a tool that is not among them."""
        _, *names = signature(self.act).parameters
        if missing := set(names) - tools.keys():
            raise TypeError(f"the work of {self.kind.name} lacks {sorted(missing)}")
        return Work(self.kind, partial(self.act, **{name: tools[name] for name in names}))


class Worker:
    """The part of a process that works for the whole installation."""

    def __init__(
        self,
        database: Database,
        meter: Meter,
        *,
        works: Sequence[Work],
        consumers: Sequence[Consumer],
        chores: Sequence[Chore],
    ) -> None:
        self._database = database
        self._meter = meter
        self._works = {work.kind.name: work for work in works}
        self._consumers = consumers
        self._chores = chores
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], UUID] = {}  # and each job's customer
        self._passed_over: set[UUID] = set()  # busy customers at the last lease

    @asynccontextmanager
    async def at_work(self, *, grace_seconds: float) -> AsyncIterator[None]:
        """Work for as long as the block lasts, and then see the jobs under way through.

        A job that is not done after `grace_seconds` gives its lease back. A transaction of a consumer
        that is open at the end is rolled back.
        """
        consumers = (keep_reading(self._database, consumer) for consumer in self._consumers)
        chores = (chore.keep_doing() for chore in self._chores)
        async with beside(*consumers, *chores):
            leasing = asyncio.create_task(self._keep_leasing())
            try:
                yield
            finally:
                self.drain()
                await leasing
                await self._see_through(grace_seconds)

    @property
    def under_way(self) -> list[asyncio.Task[None]]:
        """The attempts that this worker has begun and that are not over."""
        return list(self._under_way)

    def drain(self) -> None:
        """Lease no more jobs."""
        self._stopping.set()

    def hurry(self) -> None:
        """Wait for no job any more: those under way give their lease back."""
        self.drain()
        self._hurried.set()

    async def _keep_leasing(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.lease_and_begin()
            except Unavailable:
                pass
            except Exception:  # after an error of any kind the next round may succeed
                log.exception("jobs not leased")
            await self._pause()

    async def lease_and_begin(self) -> int:
        """Lease as many due jobs as there are free slots, and begin them. Raises Unavailable."""
        free = SLOTS - len(self._under_way)
        self._passed_over = self._busy_customers()
        if not free:
            return 1
        kinds = {name: work.kind for name, work in self._works.items()}
        jobs = await queue.lease(
            self._database, kinds, most=free, share=LEASED_MAX, busy=list(self._passed_over)
        )
        for job in jobs:
            task = asyncio.create_task(self._do(job))
            self._under_way[task] = job.customer_id
            task.add_done_callback(self._under_way.pop)
        return len(jobs)

    def _busy_customers(self) -> set[UUID]:
        """Give the customers of whom no more jobs are leased until some are done."""
        running = Counter(self._under_way.values())
        return {customer for customer, jobs in running.items() if jobs + LEASED_MAX > SHARE}

    async def _pause(self) -> None:
        """Wait a while, or until a job is done, or until the worker stops.

        A job that is done may be the one for which its customer's next ones wait. It may have been done
        while jobs of others were leased, and then there is no wait.
        """
        if not self._passed_over <= self._busy_customers():
            return
        stopping = asyncio.create_task(self._stopping.wait())
        first = {stopping, *self._under_way}
        await asyncio.wait(first, timeout=PAUSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    async def _do(self, job: Job) -> None:
        work, about = self._works[job.kind], {"kind": job.kind, "subject": str(job.subject_id)}
        outcome = "failed"
        try:
            await attempt(self._database, work.kind, job, partial(work.act, job))
            outcome = "done"
        except (Refusal, Hopeless) as refusal:
            log.warning("job not done", **about, why=str(refusal))
        except Exception:
            log.exception("job not done", **about)
        self._meter.count("huggg_jobs_total", job.kind, outcome)

    async def _see_through(self, grace_seconds: float) -> None:
        hurried = asyncio.create_task(self._hurried.wait())
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                while self._under_way and not self._hurried.is_set():
                    tasks = {hurried, *self._under_way}
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        for task in (remaining := self.under_way):
            task.cancel()
        await asyncio.gather(*remaining, return_exceptions=True)

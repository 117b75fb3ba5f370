"""Chores: work that is repeated every so many seconds; two processes may run one at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import structlog

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.refusal import Unavailable

BATCH = 100
BATCHES_MAX = 500
"""The bounds of a round of a sweep. A batch is short even where each row takes a thousand others along,
as a login its tokens, and a backlog does not keep a process busy without an end."""

FIRST_SECONDS_MAX = 5.0
"""The longest wait before the first round. A process that lives for less than a chore's seconds would
never do it, and one that starts after days of rest would leave due work undone for minutes."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chore:
    """A chore: `act` is run soon after the start, and again and again, `seconds` after each time."""

    name: str
    seconds: float
    act: Callable[[], Awaitable[object]]

    async def keep_doing(self) -> None:
        """Do it until cancelled."""
        first = min(self.seconds, FIRST_SECONDS_MAX)
        await every(self.seconds, self.act, name=self.name, first=first)


async def every(
    seconds: float,
    chore: Callable[[], Awaitable[object]],
    *,
    name: str,
    first: float | None = None,
) -> NoReturn:
    """Do a chore again and again, with a pause before each time, until cancelled.

    The pause before the first time is another one where `first` says so.
    """
    pause = seconds if first is None else first
    while True:
        await asyncio.sleep(pause)
        pause = seconds
        try:
            await chore()
        except Unavailable:
            continue
        except Exception:  # after an error of any kind the next round may succeed
            log.exception("chore not done", chore=name)


async def in_batches(database: Database, sweep: Statement, **values: Any) -> None:  # noqa: ANN401
    """Run a statement that removes `most` rows and says how many it did, until there are fewer.

    Raises Unavailable.
    """
    for _ in range(BATCHES_MAX):
        if await database.count(sweep, **values, most=BATCH) < BATCH:
            return


@asynccontextmanager
async def beside(*chores: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do chores for as long as the block lasts."""
    tasks = [asyncio.create_task(chore) for chore in chores]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

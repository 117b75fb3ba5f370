"""A worker: it runs consumers of events and chores, in a process of its own or inside a server.

Any number of workers may run at once. Consumers take turns at their cursors, and a chore that two
workers do at once does no harm.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from huggg.database.pool import Database
from huggg.events.consumer import Consumer, keep_reading
from huggg.kit.chores import Chore, beside


class Worker:
    """What one process does for the whole installation."""

    def __init__(
        self, database: Database, *, consumers: Sequence[Consumer], chores: Sequence[Chore]
    ) -> None:
        self._database = database
        self._consumers = consumers
        self._chores = chores

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Work for as long as the block lasts. A transaction that is open at its end is rolled back."""
        consumers = (keep_reading(self._database, consumer) for consumer in self._consumers)
        async with beside(*consumers, *(chore.keep_doing() for chore in self._chores)):
            yield

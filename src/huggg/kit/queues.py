"""Queues: work that is due.

The age of a queue's oldest item shows how far the installation is behind.
"""

from __future__ import annotations

from dataclasses import dataclass

from huggg.database.pool import Database
from huggg.database.queries import Statement


@dataclass(frozen=True, slots=True)
class Queue:
    """A kind of work. `lag` is a statement whose one row has the age of the oldest, in `seconds`."""

    name: str
    lag: Statement

    async def lag_seconds(self, database: Database) -> float:
        """Tell how long the oldest has waited; 0 when nothing does. Raises Unavailable."""
        row = await database.one(self.lag)
        return float(row["seconds"])

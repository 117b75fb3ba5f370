"""Sweep: a login is forgotten a day after its end; the events keep all that was done in it."""

from __future__ import annotations

from datetime import timedelta

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.chores import in_batches

KEPT_FOR = timedelta(days=1)

queries = Queries(__file__)


async def sweep_sessions(database: Database) -> None:
    """Forget them, with all their tokens. Raises Unavailable."""
    await in_batches(database, queries.sweep_sessions, kept_for=KEPT_FOR)

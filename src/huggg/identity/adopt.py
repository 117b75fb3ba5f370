"""Adopt: derive the keys of usernames that no release with folding has written.

Such users exist after an upgrade, and where an older release creates users beside this one. Of two users
whose names fold together, the earlier one gets the key; the later one is found by its exact spelling, as
before.
"""

from __future__ import annotations

from contextlib import suppress

import asyncpg

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.username import key_or_none

queries = Queries(__file__)


async def adopt_usernames(database: Database) -> None:
    """Fold them, the earliest first."""
    unfolded = await database.rows(queries.unfolded_usernames)
    keys = {row["id"]: key for row in unfolded if (key := key_or_none(row["username"]))}
    if keys:
        with suppress(asyncpg.UniqueViolationError):  # another process adopts the same ones just now
            await database.bulk(queries.fold_usernames, ids=list(keys), keys=list(keys.values()))

"""Expire: a worker notes the end of hugggs, sends scheduled ones on their day, and returns value.

A huggg is over at its last instant for every rule, whether or not a worker has noted it. Within seconds
the worker adds the event, and the value goes its way.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.kit.chores import Chore
from huggg.kit.ids import NIL
from huggg.transactions.ends.end import End, end_hugggs, queries
from huggg.transactions.ends.pace import WalkPace

SECONDS = 5.0

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def life_chores(database: Database) -> list[Chore]:
    """Describe the chores of the clock: sending, expiry, and value that is due later."""
    return [
        Chore("scheduled hugggs", SECONDS, partial(send_due, database)),
        Chore("expired hugggs", SECONDS, partial(expire_due, database)),
        Chore("value of ended hugggs", SECONDS, partial(return_due, database)),
    ]


async def send_due(database: Database) -> None:
    """Send the scheduled hugggs whose day has come. Raises Unavailable."""
    pace = WalkPace()
    while True:
        most = await _rest(database, pace)
        if len(await database.rows(queries.send, most=most)) < most:
            return


async def expire_due(database: Database) -> None:
    """Note the expiry of all hugggs whose last instant is over. Raises Unavailable."""
    await _walk(database, queries.expired, End.EXPIRED)


async def return_due(database: Database) -> None:
    """Return the value that is due by now. Raises Unavailable."""
    await _walk(database, queries.returnable, End.RETURNED)


async def _walk(database: Database, find: Statement, end: End) -> None:
    """End the hugggs that a query finds, by bounded statements, walking on behind the last one.

    A walk from the beginning for each statement would pass over all that ended before, again and again.
    """
    at, after, pace = BEGINNING, NIL, WalkPace()
    while True:
        most = await _rest(database, pace)
        rows = await database.rows(find, after_at=at, after_id=after, most=most)
        if rows:
            await end_hugggs(database, [row["id"] for row in rows], end, at=rows[0]["now"])
        if len(rows) < most:
            return
        at, after = rows[-1]["at"], rows[-1]["id"]


async def _rest(database: Database, pace: WalkPace) -> int:
    """Rest as long as others need; gives the most rows of the next statement."""
    step = pace.step(await database.count(queries.next_transaction), time.monotonic())
    await asyncio.sleep(step.rest_seconds)
    return step.most

"""Consumers: each reads the events in commit order, misses none, and acts on each once.

An event's position is the id of the transaction that added it. A consumer reads below the oldest
transaction that still runs, so that no event can be added behind its cursor; `id > last seen` would miss
each that got a lower id and was committed later. The effect and the cursor are one transaction: a worker
that dies leaves neither, and the next one reads the same events again. The table of events is only read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import asyncpg

from huggg.database.pool import Database, run
from huggg.database.queries import Queries
from huggg.events.event import Event, event_from
from huggg.kit.chores import every

BATCH = 1000
PAUSE_SECONDS = 1.0

queries = Queries(__file__)

Act = Callable[[asyncpg.Connection, Sequence[Event]], Awaitable[None]]
"""The effect of events on a consumer, within the transaction that moves its cursor."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A reader of events: its name, under which its cursor is kept, the kinds it wants, and its act."""

    name: str
    kinds: frozenset[str]
    act: Act


async def consume(database: Database, consumer: Consumer, *, most: int = BATCH) -> bool:
    """Act on the next events; False if there are none, or another worker reads them now.

    Raises Unavailable, and the errors of the act: then the cursor stays, and the events come again.
    """
    waiting = await database.row(queries.behind, consumer=consumer.name)
    if waiting is None:
        await database.rows(queries.add_consumer, consumer=consumer.name)
    elif not waiting["behind"]:
        return False
    async with database.transaction() as connection:
        cursor = await run(connection, queries.claim_reading, consumer=consumer.name)
        return bool(cursor) and await _read_on(connection, consumer, *cursor[0], most=most)


async def _read_on(
    connection: asyncpg.Connection, consumer: Consumer, position: int, event_id: int, *, most: int
) -> bool:
    rows = await run(
        connection,
        queries.read_log,
        position=position,
        event_id=event_id,
        kinds=list(consumer.kinds),
        most=most,
    )
    if not rows:
        return False
    events = [event_from(row) for row in rows if row["is_for_consumer"]]
    if events:
        await consumer.act(connection, events)
    last = rows[-1]
    await run(
        connection,
        queries.advance,
        consumer=consumer.name,
        position=last["position"],
        event_id=last["id"],
    )
    return True


async def catch_up(database: Database, consumer: Consumer) -> None:
    """Act on all events that were committed. Raises the errors of `consume`."""
    while await consume(database, consumer):
        pass


async def keep_reading(database: Database, consumer: Consumer) -> None:
    """Act on events as they come, until cancelled."""
    await every(PAUSE_SECONDS, partial(catch_up, database, consumer), name=consumer.name)


async def lag_of_consumers(database: Database) -> dict[str, float]:
    """Tell how old the oldest event is that each consumer has not read, in seconds.

    Raises Unavailable.
    """
    return {row["consumer"]: row["seconds"] for row in await database.rows(queries.consumer_lag)}

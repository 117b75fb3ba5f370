"""Retention: some days after the end of a huggg, data about its people are erased, if its team wishes.

Messages, thank-yous, addresses and receivers without a log-in go; hugggs, transfers, counts and events
stay. A worker walks over the purchases of a team that still have such data, in bounded statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from huggg.database.pool import Database, run
from huggg.database.queries import Queries
from huggg.kit.chores import Chore
from huggg.kit.ids import NIL

SECONDS = 600.0

HUGGGS_AT_ONCE = 500
PURCHASES_AT_ONCE = 100

queries = Queries(__file__, "retention.sql")


def retention_chore(database: Database) -> Chore:
    """Describe the chore that erases data when the retention of their team is over."""
    return Chore("retention", SECONDS, partial(forget_due, database))


async def forget_due(database: Database) -> None:
    """Erase the data about people that no team keeps any more. Raises Unavailable."""
    for team in await database.rows(queries.retentions):
        await _forget(database, team["id"], keep_days=team["keep_days"])


async def _forget(database: Database, team_id: UUID, *, keep_days: int) -> None:
    """Walk over the hugggs of a team, then over its purchases, of which a message is shared.

    A round passes over purchases that are marked as forgotten. So a round that met a receiver whose key
    is in use marks none, and the next round erases that receiver.
    """
    after, position, all_free = NIL, 0, True
    while row := await database.row(
        queries.forget_hugggs,
        team_id=team_id,
        keep_days=keep_days,
        after_transaction=after,
        after_position=position,
        most=HUGGGS_AT_ONCE,
    ):
        after, position = row["transaction_id"], row["position"]
        all_free &= await _forget_people(database, row["receiver_ids"])
    if all_free:
        await _forget_purchases(database, team_id, keep_days=keep_days)


async def _forget_purchases(database: Database, team_id: UUID, *, keep_days: int) -> None:
    after = NIL
    while row := await database.row(
        queries.forget_purchases,
        team_id=team_id,
        keep_days=keep_days,
        after_transaction=after,
        most=PURCHASES_AT_ONCE,
    ):
        after = row["id"]


async def _forget_people(database: Database, people_ids: Sequence[UUID]) -> bool:
    """Erase those of these receivers who are strangers, and of whom no team keeps a huggg.

    A round passes over a receiver whose key is in use. Tells whether the keys of all were free.
    """
    if not people_ids:
        return True
    async with database.transaction() as connection:
        people = await run(connection, queries.hold_people, people_ids=people_ids)
        free_ids = [person["id"] for person in people if person["is_free"]]
        await run(connection, queries.forget_people, people_ids=free_ids)
    return len(free_ids) == len(people)

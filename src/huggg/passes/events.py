"""The consumer of passes: a huggg that changed, or whose people are erased, has its passes renewed."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from huggg.database.pool import run
from huggg.events.consumer import Consumer
from huggg.events.event import Event
from huggg.passes.store import queries

ERASED = "user.erased"

KINDS = frozenset(
    {
        ERASED,
        "huggg.redeemed",
        "huggg.unredeemed",
        "huggg.changed",
        "huggg.moved",
        "huggg.cancelled",
        "huggg.expired",
        "voucher.replaced",
    }
)


def changed_passes() -> Consumer:
    """Describe the consumer that has phones told of hugggs that were spent, moved or over."""
    return Consumer("passes", KINDS, change_passes)


async def change_passes(connection: asyncpg.Connection, events: Sequence[Event]) -> None:
    """Note that the passes of these hugggs and people changed, and enqueue the news."""
    people_ids = {event.subject_id for event in events if event.kind == ERASED}
    huggg_ids = {event.subject_id for event in events} - people_ids
    ids = {"huggg_ids": list(huggg_ids), "people_ids": list(people_ids)}
    await run(connection, queries.change_passes, **ids)

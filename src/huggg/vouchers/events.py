"""The consumers of vouchers: a pool that runs low is noted once, by the event `pool.low`."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from huggg.database.pool import run
from huggg.events.consumer import Consumer
from huggg.events.event import Event
from huggg.vouchers.store import queries


def low_pools() -> Consumer:
    """Describe the consumer that looks at the pools from which hugggs got their codes.

    Behind the draws, so that none of them waits for a count of the codes that are left.
    """
    kinds = frozenset({"voucher.generated", "voucher.replaced"})
    return Consumer("low pools", kinds, note_low_pools)


async def note_low_pools(connection: asyncpg.Connection, events: Sequence[Event]) -> None:
    """Note the pools that ran low, of those that these events drew from."""
    hugggs = [event.subject_id for event in events]
    pools = await run(connection, queries.pools_drawn_from, huggg_ids=hugggs)
    if pools:
        await run(connection, queries.note_low_water, pool_ids=[pool["segment_id"] for pool in pools])

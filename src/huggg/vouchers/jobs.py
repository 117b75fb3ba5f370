"""What vouchers need done now and then, in every server process."""

from __future__ import annotations

import asyncio
from functools import partial

from huggg.database.pool import Database
from huggg.kit.chores import every
from huggg.kit.codes import Vault
from huggg.kit.queues import Queue
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.settle_issuances import settle_due
from huggg.vouchers.store import queries

PAUSE_SECONDS = 2.0
SWEEP_SECONDS = 60.0


def issuances_queue() -> Queue:
    """Describe what waits for outside services, for those who watch over it."""
    return Queue("issuances", queries.issuance_lag)


async def run_jobs(database: Database, vault: Vault, issuers: Issuers) -> None:
    """Settle what is due and sweep up what dead drawers left, until cancelled."""
    await asyncio.gather(
        every(PAUSE_SECONDS, partial(settle_due, database, vault, issuers), called="issuances"),
        every(SWEEP_SECONDS, partial(database.rows, queries.release_lapsed), called="codes"),
    )

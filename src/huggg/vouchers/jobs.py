"""What vouchers need done now and then, in every server process; doing it twice at once is harmless."""

from __future__ import annotations

import asyncio
import time

import structlog

from huggg.database.pool import Database
from huggg.kit.codes import Vault
from huggg.kit.errors import Unavailable
from huggg.kit.queues import Queue
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.settle import settle_due
from huggg.vouchers.store import queries

PAUSE_SECONDS = 2.0
SWEEP_SECONDS = 60.0

log = structlog.get_logger()


def issuances_queue() -> Queue:
    """Describe what waits for outside services, for those who watch over it."""
    return Queue("issuances", queries.issuance_lag)


async def look_after_vouchers(database: Database, vault: Vault, issuers: Issuers) -> None:
    """Settle what is due and sweep up what dead drawers left, until cancelled."""
    swept = time.monotonic()
    while True:
        await asyncio.sleep(PAUSE_SECONDS)
        try:
            await settle_due(database, vault, issuers)
            if time.monotonic() - swept > SWEEP_SECONDS:
                await database.rows(queries.release_lapsed)
                swept = time.monotonic()
        except Unavailable:
            continue
        except Exception:  # whatever it is, the next round may do better
            log.exception("vouchers not looked after")

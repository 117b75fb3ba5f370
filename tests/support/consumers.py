"""Consumers in tests: read until nothing is left."""

from __future__ import annotations

import asyncio

from huggg.database.pool import Database
from huggg.events.consumer import Consumer, catch_up, lag_of_consumers


async def read_all(database: Database, consumer: Consumer) -> None:
    """Act on every event. Raises TimeoutError if some are still unread after half a minute.

    `catch_up` alone leaves events that an open transaction of any database of the server holds back, and
    all of them while PostgreSQL still ends the transaction of a worker that was killed.
    """
    async with asyncio.timeout(30):
        await catch_up(database, consumer)
        while (await lag_of_consumers(database))[consumer.name]:
            await asyncio.sleep(0.02)
            await catch_up(database, consumer)

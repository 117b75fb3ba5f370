"""Waiting for a state, in place of a fixed time that is too short on a busy machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

import asyncpg

SECONDS_MAX = 10.0
PAUSE_SECONDS = 0.01


async def until(holds: Callable[[], bool | Awaitable[bool]], *, seconds: float = SECONDS_MAX) -> None:
    """Wait until a condition holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (await answer if isawaitable(answer := holds()) else answer):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(PAUSE_SECONDS)


async def waits_for_lock(waiter: asyncpg.Connection, *, beside: asyncpg.Connection) -> None:
    """Wait until the statement of `waiter` waits for a lock, as another connection sees it."""
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)"

    async def blocked() -> bool:
        return bool(await beside.fetchval(query, waiter.get_server_pid()))

    await until(blocked)

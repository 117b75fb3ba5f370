"""Lately: an answer that many callers ask for is found out once a second, however many they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH_SECONDS = 1.0


class Lately(Generic[T]):
    """Gives an answer that is younger than a second, or finds it out once for all callers that wait."""

    def __init__(self, find_out: Callable[[], Awaitable[T]]) -> None:
        """Take what finds it out and raises nothing that is to be expected."""
        self._find_out = find_out
        self._found: asyncio.Task[T] | None = None
        self._asked_at = float("-inf")

    async def known(self) -> T:
        """Give it. A caller that stops waiting leaves the others theirs."""
        now = time.monotonic()
        found = self._found
        if found is None or (found.done() and now - self._asked_at >= FRESH_SECONDS):
            # In a context of its own: log lines and turns of the pool belong to no request.
            found = asyncio.get_running_loop().create_task(self._ask(), context=Context())
            self._found, self._asked_at = found, now
        return await asyncio.shield(found)

    async def _ask(self) -> T:
        return await self._find_out()

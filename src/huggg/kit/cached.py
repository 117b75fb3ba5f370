"""A cached value: many callers ask for it, and it is computed at most once a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Generic, TypeVar

T = TypeVar("T")

TTL_SECONDS = 1.0


class Cached(Generic[T]):
    """A value that is less than a second old; callers that ask while it is computed share the result."""

    def __init__(self, compute: Callable[[], Awaitable[T]]) -> None:
        """Take the function that computes it; an error of it reaches every caller of that second."""
        self._compute = compute
        self._value: asyncio.Task[T] | None = None
        self._asked_at = float("-inf")

    async def get(self) -> T:
        """Give the value. A caller that stops waiting cancels nothing for the others."""
        now = time.monotonic()
        value = self._value
        if value is None or (value.done() and now - self._asked_at >= TTL_SECONDS):
            # In a context of its own: its log lines and its turn in the pool belong to no request.
            value = asyncio.get_running_loop().create_task(self._ask(), context=Context())
            self._value, self._asked_at = value, now
        return await asyncio.shield(value)

    async def _ask(self) -> T:
        return await self._compute()

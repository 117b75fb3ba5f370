"""Cached values: many callers ask for one, and it is computed at most once in a while."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

TTL_SECONDS = 1.0


class CachedValue(Generic[T]):
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


class CachedByKey(Generic[K, T]):
    """Values by their keys, each kept for some seconds; the oldest make room for others."""

    def __init__(
        self, load: Callable[[K], Coroutine[Any, Any, T]], *, seconds: float, keys_max: int
    ) -> None:
        """Take the function that reads a value; an error of it is kept for no later caller."""
        self._read = load
        self._seconds = seconds
        self._keys_max = keys_max
        self._kept: OrderedDict[K, tuple[float, asyncio.Task[T]]] = OrderedDict()

    async def get(self, key: K) -> T:
        """Give a value. A caller that stops waiting cancels nothing for the others."""
        now = time.monotonic()
        entry = self._kept.get(key)
        if entry is None or now - entry[0] >= self._seconds or _has_failed(entry[1]):
            # In a context of its own: the reading belongs to no request in particular.
            task = asyncio.get_running_loop().create_task(self._read(key), context=Context())
            entry = self._kept[key] = (now, task)
            self._kept.move_to_end(key)
            if len(self._kept) > self._keys_max:
                self._kept.popitem(last=False)
        task = entry[1]
        return task.result() if task.done() else await asyncio.shield(task)


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)

"""Shared reads: a value that takes long to read is read once for all callers who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from typing import Generic, TypeVar

from huggg.kit.keyed_semaphore import KeyedSemaphore

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class SharedReads(Generic[K, T]):
    """Reads values by their keys, one at a time for each key.

    A caller who comes while a value is read waits for the next reading, which every later caller
    shares. So an answer is never older than its request.
    """

    def __init__(self, load: Callable[[K], Awaitable[T]]) -> None:
        """Take the function that reads a value; an error of it reaches all who share the reading."""
        self._load = load
        self._turns = KeyedSemaphore(1)
        self._next: dict[K, asyncio.Task[T]] = {}

    async def get(self, key: K) -> T:
        """Read a value. A caller that stops waiting cancels nothing for the others."""
        reading = self._next.get(key)
        if reading is None:
            # In a context of its own: the reading belongs to no request in particular.
            reading = asyncio.get_running_loop().create_task(self._take_turn(key), context=Context())
            self._next[key] = reading
        return await asyncio.shield(reading)

    async def _take_turn(self, key: K) -> T:
        async with self._turns.hold(str(key)):
            del self._next[key]  # a change from now on may come too late for this reading
            return await self._load(key)

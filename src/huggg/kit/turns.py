"""Turns: no more than so many at once for each key, within this process; the others wait."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A semaphore for each key that anybody is interested in just now."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._interested: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it for the block."""
        gate = self._gates.setdefault(key, asyncio.Semaphore(self._at_once))
        self._interested[key] += 1
        try:
            async with gate:
                yield
        finally:
            self._interested[key] -= 1
            if not self._interested[key]:
                del self._interested[key], self._gates[key]

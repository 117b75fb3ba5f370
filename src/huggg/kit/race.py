"""Races: who looked, decided and was too late to record begins anew, but not for ever."""

from __future__ import annotations

import asyncio
import random

from huggg.kit.errors import Unavailable

LOST_MAX = 12
PAUSE_SECONDS = 0.001
PAUSE_SECONDS_MAX = 0.1


class Race:
    """One caller's race for something that others change too.

    Somebody wins each time, and who lost once has mostly lost for good: the next look finds why. But a
    huggg that is redeemed and taken back without end can be lost again and again by whoever is a little
    slower. So those who lost twice step aside, each for a while of its own, and longer each time.
    """

    def __init__(self) -> None:
        self._lost = 0

    async def lost(self) -> None:
        """Come back when it makes sense to look again. Raises Unavailable when it was lost too often."""
        self._lost += 1
        if self._lost == LOST_MAX:
            raise Unavailable
        if self._lost > 1:
            longest = min(PAUSE_SECONDS * 2**self._lost, PAUSE_SECONDS_MAX)
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - nothing is kept secret by it

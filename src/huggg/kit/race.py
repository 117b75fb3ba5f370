"""Races: a use case that decided and was too late to record gathers again, but not for ever."""

from __future__ import annotations

import asyncio
import random

from huggg.refusal import Busy

ROUNDS_MAX = 12
PAUSE_SECONDS = 0.004  # before the second repetition, at most; the first is at once
PAUSE_SECONDS_MAX = 0.1


class Race:
    """One caller's race for a row that others change too.

    Each round has a winner, and a caller that lost once has mostly lost for good: its next round finds
    the refusal. But a row that is redeemed and unredeemed without end can be lost again and again by a
    slower caller. So a caller that lost twice pauses, each for a random time, and longer each time.
    """

    def __init__(self, rounds_max: int = ROUNDS_MAX) -> None:
        self._rounds_max = rounds_max
        self._lost = 0

    async def lost(self) -> None:
        """Come back when it makes sense to look again. Raises Busy when every round was lost."""
        self._lost += 1
        if self._lost >= self._rounds_max:
            raise Busy
        if self._lost > 1:
            longest = min(PAUSE_SECONDS * 2 ** (self._lost - 2), PAUSE_SECONDS_MAX)
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - nothing is kept secret by it

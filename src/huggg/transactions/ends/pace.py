"""The pace of a worker's walk through a million rows: fast while it is alone, gentle beside others.

PostgreSQL gives a number to each transaction that writes, of every process. So a walk learns from the
numbers given since its last statement whether others write meanwhile.
"""

from __future__ import annotations

from collections import deque

from msgspec import Struct

from huggg.transactions.ends.end import TOGETHER_MAX

BESIDE_OTHERS = 100
"""Rows beside others, whose commits wait for the same disk."""

REST = 3.0
"""The rest between two statements beside others, in times of the last one."""

REST_SECONDS_MAX = 0.5

SECONDS = 0.5
"""The time over which the writes of others are counted."""

IDLE = 8
"""Writes in that time by processes that do nothing: each tells once a second that it is alive."""


START_SECONDS = 0.1
"""The time of small steps in which a walk sees whether others are there."""


class Stride(Struct, frozen=True):
    """The next statement of a walk: the rest before it, and the most rows that it touches."""

    rest_seconds: float
    most: int


class WalkPace:
    """The pace of one walk. It begins in small steps, as it has not seen others yet."""

    def __init__(self) -> None:
        self._next_transaction: int | None = None
        self._began_at = 0.0
        self._statement_at = 0.0
        self._others: deque[tuple[float, int]] = deque()

    def step(self, next_transaction: int, now: float) -> Stride:
        """Decide from the number of the next transaction, and a clock of seconds."""
        if self._next_transaction is None:
            self._began_at = self._statement_at = now
        else:
            self._others.append((now, next_transaction - self._next_transaction - 1))
        self._next_transaction = next_transaction
        while self._others and self._others[0][0] < now - SECONDS:
            self._others.popleft()
        rest, seconds = 0.0, min(SECONDS, now - self._began_at)
        if sum(writes for _, writes in self._others) > IDLE * seconds / SECONDS:
            rest = min(REST * (now - self._statement_at), REST_SECONDS_MAX)
        self._statement_at = now + rest
        small = rest or seconds < START_SECONDS
        return Stride(rest, BESIDE_OTHERS if small else TOGETHER_MAX)

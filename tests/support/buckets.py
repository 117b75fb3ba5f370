"""A bucket in twelve lines, as the statement `draw` must behave: the test sets the time."""

from __future__ import annotations

from dataclasses import dataclass

from huggg.kit.bucket import Draw, Policy
from huggg.kit.lease import Wish

SHARE = 64


@dataclass(slots=True)
class ModelBucket:
    """One row of `buckets`; full when it is made."""

    policy: Policy
    owed: int = 0  # microseconds until it is full

    def passes(self, microseconds: int) -> None:
        self.owed = max(0, self.owed - microseconds)

    def draw(self, wish: Wish) -> Draw:
        self.owed = max(0, self.owed - wish.back * self.policy.gap)
        free = self.policy.free(self.owed)
        needed = min(wish.needed, free)
        granted = needed + min(wish.spare, (free - needed) // SHARE)
        self.owed += granted * self.policy.gap
        return Draw(self.policy, granted, self.owed)

"""A bucket: a number of tokens that return evenly. A limit is a bucket, and each request takes a token.

A bucket is stored as one instant, at which it will be full again. The missing tokens are *owed*, in
microseconds; a token weighs as many of them as it takes to return. So a bucket that is not drawn from
needs no row, no timer and no arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

SECOND = 1_000_000  # in microseconds


class Policy(Struct, frozen=True, gc=False, cache_hash=True):
    """The size of a kind of bucket, and the time it takes to fill."""

    name: str
    quota: int
    seconds: int = 60

    @property
    def gap(self) -> int:
        """Give the weight of a token in microseconds, rounded up, so that none returns too early."""
        return -(-self.seconds * SECOND // self.quota)

    def free(self, owed: int) -> int:
        """Count the whole tokens that are left."""
        return max(0, (self.quota * self.gap - owed) // self.gap)

    def wait(self, owed: int) -> float:
        """Give the seconds until there is a token, if no other caller takes it."""
        return max(0, owed - (self.quota - 1) * self.gap) / SECOND

    def full_in(self, free: int) -> int:
        """Tell in how many whole seconds a bucket with so many tokens will be full."""
        return -(-(self.quota - free) * self.seconds // self.quota)


@dataclass(frozen=True, slots=True)
class Draw:
    """The result of a draw: the tokens taken, and the debt of the bucket after it."""

    policy: Policy
    granted: int
    owed: int

    @property
    def free(self) -> int:
        """Count the whole tokens that are left for others."""
        return self.policy.free(self.owed)

    @property
    def wait(self) -> float:
        """Tell in how many seconds another try makes sense."""
        return self.policy.wait(self.owed)

"""A lease: tokens that a process took from a shared bucket in advance, for one caller.

A slow caller's process asks for one token at a time, so its limit is exact. A fast caller's process asks
for more each time, so that most requests are decided in memory. Tokens that are not used within a second
go back. A token is taken from the bucket before it is spent, so no number of processes can spend more
than there were. Because of unspent tokens a process may refuse a caller too early, by no more than the
share of the bucket that `kit/limits.sql` gives in advance.
"""

from __future__ import annotations

from dataclasses import dataclass

from huggg.kit.bucket import Draw, Policy

NEVER = float("-inf")
LIFE_SECONDS = 1.0
ASK_SECONDS = 0.25
"""A caller that comes back sooner gets more; so a key costs about four statements a second."""

GROWTH = 4
"""The factor. By two, the lease of a fast caller took eight statements to last so long."""

LOW_PART = 4
"""A quarter of a lease is left when more is asked for, so a process holds up to a third beyond it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request to a bucket: tokens for waiting calls, tokens in advance, and tokens that go back."""

    needed: int
    spare: int
    back: int


@dataclass(slots=True)
class Lease:
    """One caller's tokens in one process, and the last known state of their bucket."""

    policy: Policy
    left: int = 0
    spare: int = 0  # asked for in advance the last time
    size: int = 0  # of the last grant
    beyond: int = 0  # tokens in the bucket, when it was last drawn from
    began: float = NEVER
    ends: float = NEVER
    low: int = -1  # so few left, and it is time to ask for more
    empty_until: float = NEVER

    def take(self, now: float) -> bool:
        """Spend a token, if there is one that is still ours."""
        if self.left > 0 and now < self.ends:
            self.left -= 1
            return True
        return False

    @property
    def runs_low(self) -> bool:
        """Tell, once per lease, that it is time to ask for more, so that no request waits for tokens."""
        return self.left == self.low

    def wish(self, now: float, *, needed: int) -> Wish:
        """Decide the number of tokens to draw from the bucket, and drop lapsed tokens."""
        drawn_count, back = self.size - self.left, self.lapsed(now)
        since = now - self.began
        if since < ASK_SECONDS:
            self.spare = min(max(1, GROWTH * self.spare), self.policy.quota)
        elif since >= LIFE_SECONDS:
            self.spare = drawn_count // 2
        return Wish(needed, self.spare, back)

    def receive(self, draw: Draw, now: float) -> None:
        """Add the tokens that the bucket gave."""
        self.size = self.left + draw.granted
        self.left = self.size
        self.beyond = draw.free
        self.began, self.ends = now, now + LIFE_SECONDS
        self.low = self.size // LOW_PART if self.size >= LOW_PART else -1
        if draw.granted == 0:
            self.spare = 0
            self.empty_until = now + draw.wait

    def lapsed(self, now: float) -> int:
        """Count the tokens that have to go back, and give them up."""
        if now < self.ends:
            return 0
        back, self.left = self.left, 0
        return back

    @property
    def known(self) -> bool:
        """Tell whether the bucket was ever drawn from; if not, it is said to have nothing."""
        return self.began > NEVER

    def is_tighter_than(self, other: Lease) -> bool:
        """Tell whether a smaller part of this quota is left, as far as anything is known of either."""
        if not (self.known and other.known):
            return self.known
        return self.remaining * other.policy.quota < other.remaining * self.policy.quota

    @property
    def remaining(self) -> int:
        """Count the tokens that the caller has left, as far as this process knows."""
        return self.left + self.beyond

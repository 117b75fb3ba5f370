"""The limits of an installation, built from its settings, and their chores."""

from __future__ import annotations

from dataclasses import dataclass

from huggg.database.meter import Meter
from huggg.http.request_context import RequestContext
from huggg.hugggs.guessing import Guesses
from huggg.identity.attempts import Attempts
from huggg.kit.bucket import Policy
from huggg.kit.chores import every
from huggg.kit.limits import Buckets, Limiter
from huggg.settings.settings import Settings

PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of callers and addresses; None for one that is off."""

    buckets: Buckets
    addresses: Limiter | None
    callers: Limiter | None
    attempts: Attempts
    guesses: Guesses

    def lets_pass(self, key: str, context: RequestContext) -> bool:
        """Spend one request of the caller of this key. False says nothing yet: `spend` fetches one."""
        if self.callers is None:
            return True
        context.of_caller = lease = self.callers.lease(key)
        return self.callers.passes(key, lease)

    async def spend(self, key: str) -> None:
        """Spend one request of a caller that `lets_pass` did not let pass. Raises TooManyRequests."""
        if self.callers is not None:
            await self.callers.spend(key)

    async def let_go(self, *, every_lease: bool = False) -> None:
        """Give back the tokens that callers have not used."""
        for limiter in (self.addresses, self.callers):
            if limiter is not None:
                await limiter.let_go(every_lease=every_lease)


def build_limits(settings: Settings, buckets: Buckets, meter: Meter) -> Limits:
    """Build them."""

    def limiter(name: str, quota: int) -> Limiter | None:
        return Limiter(Policy(name, quota), buckets, meter) if quota else None

    return Limits(
        buckets=buckets,
        addresses=limiter("address", settings.address_requests_max),
        callers=limiter("caller", settings.caller_requests_max),
        attempts=Attempts(buckets, settings.login_failures_max, meter),
        guesses=Guesses(buckets, settings.misses_max, meter),
    )


async def keep_limits(limits: Limits) -> None:
    """Give the leases of this process back and forget them, until cancelled."""

    async def let_go() -> None:
        await limits.let_go()
        limits.guesses.forget()

    await every(PAUSE_SECONDS, let_go, name="limits")

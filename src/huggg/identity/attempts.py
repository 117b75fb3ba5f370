"""Attempts: log-ins that failed are counted, and slow down whoever fails.

Counted by address, by account, and by address and account together. An address beyond its allowance is
refused, whatever it tries. An account under attack from everywhere refuses those addresses that have
failed with it themselves, and no other: so its owner, who comes from elsewhere, gets in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from huggg.kit.bucket import Drawn, Policy
from huggg.kit.errors import TooManyRequests, Unauthenticated, Unavailable
from huggg.kit.limits import LOOK, Buckets
from huggg.kit.meter import Meter
from huggg.kit.turns import Turns

MEMORY_SECONDS = 600
"""How long a whole allowance of failures with one account is held against an address."""


class Attempts:
    """Stands around log-ins. One per process."""

    def __init__(self, buckets: Buckets, failures_max: int, meter: Meter) -> None:
        """Allow so many failures a minute to an address, and to an account; 0 for any number."""
        self._buckets = buckets
        self._meter = meter
        self._watches = failures_max > 0
        quota = max(1, failures_max)
        self._of_address = Policy("log-ins of an address", quota)
        self._of_account = Policy("log-ins of an account", quota)
        self._of_both = Policy("log-ins of both", quota, MEMORY_SECONDS)
        self._turns = Turns(quota)

    @asynccontextmanager
    async def attempt(self, *, address: str, account: str) -> AsyncIterator[None]:
        """Stand around one attempt; Unauthenticated is a failure. Entering raises TooManyRequests.

        No more than the allowance are under way at once from one address, and the others wait: else a
        thousand that come together would all be the last one allowed.
        """
        if not self._watches:
            yield
            return
        asked = [
            (self._of_address, address),
            (self._of_account, account),
            (self._of_both, f"{address} {account}"),
        ]
        async with self._turns.turn(address):
            await self._refuse_used_up(asked)
            try:
                yield
            except Unauthenticated:
                with suppress(Unavailable):
                    await self._buckets.draw_all(asked)
                raise

    async def _refuse_used_up(self, asked: list[tuple[Policy, str]]) -> None:
        try:
            looked = await self._buckets.draw_all(asked, LOOK)
        except Unavailable:
            return
        wait_seconds = wait_of(*looked)
        if wait_seconds is not None:
            self._meter.count("huggg_limited_total", "log-ins")
            raise TooManyRequests(wait_seconds, "log-ins")


def wait_of(address: Drawn, account: Drawn, both: Drawn) -> float | None:
    """Decide whether another attempt may be made: None, or the seconds to wait before one may."""
    if address.free == 0:
        return address.wait
    if account.free == 0 and both.owed > 0:
        return account.wait
    return None

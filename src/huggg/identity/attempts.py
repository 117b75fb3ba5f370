"""Attempts: failed log-ins are counted, and slow down the origin of the failures.

They are counted by origin, by account, and by both together. The origin of a log-in on a page and of a
client's log-in is its address. The origin of a user's log-in through a client is the client at its
address: the client proves itself before any password is checked, and speaks for many users, so it may
fail as often as many addresses. A client's secret cannot be guessed, so clients may fail as often, too:
a till with an old secret asks again and again, and the other tills of its shop get in. An origin beyond
its allowance is refused with every account. An account under attack refuses only origins that have
failed with it, so its owner gets in from another origin.

The origin of a PIN is its device together with the person. So one person's wrong PINs stop no other
person at the device, and a stolen device stops that person at no other device. A new PIN begins with a
whole allowance, and a password has allowances of its own: wrong PINs lock no shop out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass

from msgspec import structs

from huggg.database.meter import Meter
from huggg.kit.bucket import Draw, Policy
from huggg.kit.errors import TooManyRequests, Unauthenticated
from huggg.kit.keyed_semaphore import KeyedSemaphore
from huggg.kit.limits import PEEK, Buckets
from huggg.refusal import Unavailable

MEMORY_SECONDS = 600
"""The time for which a whole allowance of failures with one account counts against an origin."""

PINS_OF_A_PERSON_AT_A_DEVICE = Policy("wrong PINs of a person at a device", quota=5, seconds=900)
PINS_OF_A_PERSON = Policy("wrong PINs of a person", quota=20, seconds=24 * 3600)
"""Allowances of wrong PINs. At one device a PIN of four digits is guessed in 250 days, as a mean."""

PROGRAM_MULTIPLE = 30
"""A client at one address may fail with its users, and an address with its clients, so many times as
often as a person. A client's secret has 256 bits."""


@dataclass(frozen=True, slots=True)
class Allowances:
    """The allowances of an origin, of an account, and of both together."""

    origin: Policy
    account: Policy
    both: Policy


ALLOWANCES_OF_PINS = Allowances(
    PINS_OF_A_PERSON_AT_A_DEVICE, PINS_OF_A_PERSON, structs.replace(PINS_OF_A_PERSON, name="both")
)


class Attempts:
    """Guards log-ins. One per process."""

    def __init__(self, buckets: Buckets, failures_max: int, meter: Meter) -> None:
        """Allow so many failures a minute to an address and an account of people; 0 for any number."""
        self._buckets = buckets
        self._meter = meter
        self._watches = failures_max > 0
        quota = max(1, failures_max)
        of_account = Policy("log-ins of an account", quota)
        of_both = Policy("log-ins of both", quota, MEMORY_SECONDS)
        self._of_address = Allowances(Policy("log-ins of an address", quota), of_account, of_both)
        of_program = quota * PROGRAM_MULTIPLE
        self._of_clients = Allowances(
            Policy("log-ins of clients at an address", of_program),
            Policy("log-ins of a client", of_program),
            Policy("log-ins of a client at an address", of_program, MEMORY_SECONDS),
        )
        through_client = Policy("log-ins through a client", of_program)
        self._of_client = Allowances(through_client, of_account, of_both)
        self._at_once = KeyedSemaphore(quota)
        self._one_at_once = KeyedSemaphore(1)

    def of_client(self, client_id: str, *, address: str) -> AbstractAsyncContextManager[None]:
        """Guard a check of a client's secret, as `_attempt` does."""
        return self._attempt(self._of_clients, address, f"client {client_id}")

    def of_browser(self, username: str, *, address: str) -> AbstractAsyncContextManager[None]:
        """Guard a check of a user's password on a page, for a browser that nothing proves."""
        return self._attempt(self._of_address, address, f"user {username}")

    def of_user(
        self, username: str, *, client_id: str, address: str
    ) -> AbstractAsyncContextManager[None]:
        """Guard a check of a user's password, for a client that is proven, as `_attempt` does."""
        return self._attempt(self._of_client, f"{client_id} {address}", f"user {username}")

    def of_pin(self, pin: str, *, device: str) -> AbstractAsyncContextManager[None]:
        """Guard a check of a person's PIN, which `pin` names, at a device; no setting turns that off."""
        return self._paced(ALLOWANCES_OF_PINS, f"{device} {pin}", pin, self._one_at_once)

    def _attempt(
        self, allowances: Allowances, origin: str, account: str
    ) -> AbstractAsyncContextManager[None]:
        if not self._watches:
            return nullcontext()
        return self._paced(allowances, origin, account, self._at_once)

    @asynccontextmanager
    async def _paced(
        self, allowances: Allowances, origin: str, account: str, at_once: KeyedSemaphore
    ) -> AsyncIterator[None]:
        """Guard one attempt; Unauthenticated is a failure. Entering raises TooManyRequests.

        No more than the allowance are under way at once from one origin, and the others wait: else a
        thousand that come together would all be the last one allowances.
        """
        draws = [
            (allowances.origin, origin),
            (allowances.account, account),
            (allowances.both, f"{origin} {account}"),
        ]
        async with at_once.hold(origin):
            await self._refuse_used_up(draws)
            try:
                yield
            except Unauthenticated:
                with suppress(Unavailable):
                    await self._buckets.draw_all(draws)
                raise

    async def _refuse_used_up(self, draws: list[tuple[Policy, str]]) -> None:
        try:
            states = await self._buckets.draw_all(draws, PEEK)
        except Unavailable:
            return
        wait_seconds = wait_of(*states)
        if wait_seconds is not None:
            self._meter.count("huggg_limited_total", "log-ins")
            raise TooManyRequests(wait_seconds, "log-ins")


def wait_of(origin: Draw, account: Draw, both: Draw) -> float | None:
    """Decide whether another attempt may be made: None, or the seconds to wait before one may."""
    if origin.free == 0:
        return origin.wait
    if account.free == 0 and both.owed > 0:
        return account.wait
    return None

"""Guessing: a look-up by a code that finds nothing is a *miss*, and a caller with many of them waits.

All processes together count misses per caller at an address, per caller, per address and in all. A
caller without a recent miss at its address is never slowed down by the misses of others: the owner of a
huggg and the till that scans it find it at once. A caller takes turns if it has more misses at its
address than its allowance, or any there while the address, the caller or the whole budget is used up. A
turn is one look-up a second, with a few waiting at most. So a stolen token of a till slows down its
thief, and not the till's colleagues at other addresses, who call as the same user.

A process learns of a caller's miss by serving it. So a guesser has one free guess more for each process,
and each other caller pays one read of a dictionary.

Codes that are short enough to be typed have allowances of their own, a user's and a brand's, and each
look-up is charged before it runs. A till that scans never draws from them.
"""

from __future__ import annotations

import time
from asyncio import gather, sleep
from contextlib import suppress
from types import TracebackType

from huggg.database.meter import Meter
from huggg.hugggs.guess_charge import GuessCharge
from huggg.kit.bucket import SECOND, Policy
from huggg.kit.errors import TooManyRequests
from huggg.kit.limits import ONE, PEEK, RETURN, Buckets
from huggg.refusal import Refusal, Unavailable

TURNS = Policy("turns", quota=5, seconds=5)
OF_ONE_CALLER = 20
OF_ONE_ADDRESS = 5
OF_A_CALLER_EVERYWHERE = 5
"""Parts of the whole budget that a caller at one address, an address, and a caller in all have before
their look-ups take turns."""

TYPED_BY_A_USER = Policy("typing misses of a user", quota=10)
TYPED_AT_A_BRAND = Policy("typing misses of a brand", quota=100, seconds=3600)
"""Allowances of wrong typed codes.

A hundred guesses an hour hit one of a brand's 100,000 hugggs in nine days.
"""

PINS_OF_A_HUGGG = Policy("wrong PINs of a huggg", quota=5, seconds=900)
PINS_OF_A_STORE = Policy("wrong PINs of a store", quota=30, seconds=3600)
"""Allowances of wrong PINs. One huggg cannot use up a store's: its holder blocks no other customer."""

Suspect = tuple[str, str]
"""A caller, and the address from which they had a miss."""


class Guesses:
    """Guards look-ups by code. One per process."""

    def __init__(self, buckets: Buckets, misses_max: int, meter: Meter) -> None:
        """Allow so many misses a minute in all; 0 for any number."""
        self._buckets = buckets
        self._meter = meter
        self._all = Policy("misses", max(1, misses_max))
        self._here = Policy("misses of an address", max(1, misses_max // OF_ONE_ADDRESS))
        self._everywhere = Policy("misses of a caller", max(1, misses_max // OF_A_CALLER_EVERYWHERE))
        self._own = Policy("misses of a caller there", max(1, misses_max // OF_ONE_CALLER))
        self._many = Policy("misses of many", max(1, misses_max))
        self._watches = misses_max > 0
        self._suspects: dict[Suspect, float] = {}  # until when

    def guard(
        self, caller: str, address: str, *, miss: type[Refusal], for_many: bool = False
    ) -> GuardedLookup:
        """Guard one look-up by code; the error `miss` means that it found nothing.

        A caller that looks up `for_many` people has as much as the whole budget, and only that caller
        takes turns: one of those people must not make the others wait.

        Entering raises TooManyRequests.
        """
        return GuardedLookup(self, (caller, address), miss, self._many if for_many else self._own)

    def typing(self, user: str, brand: str, *, miss: type[Refusal]) -> GuessCharge:
        """Guard one look-up by a code that a brand's user typed, within `guard`.

        Entering raises TooManyRequests and Unavailable.
        """
        charges = [(TYPED_BY_A_USER, user), (TYPED_AT_A_BRAND, brand)]
        return GuessCharge(self._buckets, charges, miss, self._meter)

    def entering_pin(self, location_id: str, huggg_id: str, *, miss: type[Refusal]) -> GuessCharge:
        """Guard one entry of a store's PIN for a huggg.

        Entering raises TooManyRequests and Unavailable.
        """
        charges = [(PINS_OF_A_HUGGG, huggg_id), (PINS_OF_A_STORE, location_id)]
        return GuessCharge(self._buckets, charges, miss, self._meter)

    def is_suspect(self, caller_there: Suspect) -> bool:
        """Tell whether a caller had a miss at an address, as far as this process remembers."""
        return caller_there in self._suspects

    async def take_turn(self, suspect: Suspect, own: Policy) -> bool:
        """Let a caller that `is_suspect` pass when it is its turn, or at once if its misses are old.

        Tells whether a miss is counted already: it is, before a suspect looks, or else a thousand
        look-ups at once would all be the last one allowed. Raises TooManyRequests.
        """
        if self._suspects[suspect] < time.monotonic():
            del self._suspects[suspect]
            return False
        with suppress(Unavailable):
            return await self._charge(suspect, own)
        return False

    async def _charge(self, suspect: Suspect, policy: Policy) -> bool:
        caller, address = suspect
        own, here, everywhere, every = await gather(
            self._buckets.draw(policy, _at(suspect)),
            self._buckets.draw(self._here, address, PEEK),
            self._buckets.draw(self._everywhere, caller, PEEK),
            self._buckets.draw(self._all, "", PEEK),
        )
        charged = own.granted > 0
        if charged and (policy is self._many or (here.free and everywhere.free and every.free)):
            return True
        turn = await self._buckets.draw(TURNS, _at(suspect))
        if turn.granted and policy is not self._many and not everywhere.free:
            shared = await self._buckets.draw(TURNS, caller)
            turn = shared if shared.granted == 0 else max(turn, shared, key=lambda each: each.owed)
        if turn.granted == 0:
            self._meter.count("huggg_limited_total", "guessing")
            if charged:
                await self.refund(suspect, policy)
            raise TooManyRequests(turn.wait, "guessing")
        self._meter.count("huggg_lookups_paced_total")
        await sleep((turn.owed - TURNS.gap) / SECOND)
        return charged

    async def count_miss(self, suspect: Suspect, policy: Policy, *, charged: bool) -> None:
        """Count a miss for its caller and address."""
        if not self._watches:
            return
        caller, address = suspect
        self._meter.count("huggg_misses_total")
        with suppress(Unavailable):
            own, _, _, _ = await gather(
                self._buckets.draw(policy, _at(suspect), PEEK if charged else ONE),
                self._buckets.draw(self._here, address),
                self._buckets.draw(self._everywhere, caller),
                self._buckets.draw(self._all, ""),
            )
            self._suspects[suspect] = time.monotonic() + own.owed / SECOND

    async def refund(self, suspect: Suspect, policy: Policy) -> None:
        """Refund the charge of a look-up that was no miss."""
        with suppress(Unavailable):
            await self._buckets.draw(policy, _at(suspect), RETURN)

    def forget(self) -> None:
        """Forget callers whose misses have expired."""
        now = time.monotonic()
        self._suspects = {suspect: until for suspect, until in self._suspects.items() if until >= now}


class GuardedLookup:
    """One look-up by code, as a class: a generator would cost the redeem path more."""

    __slots__ = ("_charged", "_guesses", "_miss", "_own", "_suspect")

    def __init__(self, guesses: Guesses, suspect: Suspect, miss: type[Refusal], own: Policy) -> None:
        self._guesses = guesses
        self._suspect = suspect
        self._miss = miss
        self._own = own
        self._charged = False

    async def __aenter__(self) -> None:
        if self._guesses.is_suspect(self._suspect):
            self._charged = await self._guesses.take_turn(self._suspect, self._own)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, self._miss):
            await self._guesses.count_miss(self._suspect, self._own, charged=self._charged)
        elif self._charged:
            await self._guesses.refund(self._suspect, self._own)


def _at(suspect: Suspect) -> str:
    return " ".join(suspect)

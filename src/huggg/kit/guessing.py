"""Guessing: a look-up by a code that finds nothing is a *miss*, and whoever has many of them waits.

Misses are counted per caller, per address and in all, shared between processes. A caller without a
recent miss is never touched, whatever others do and wherever they sit: the owner of a huggg and the till
that scans it find it at the first look. A caller with misses beyond an allowance, or with any while the
address or the whole budget is used up, takes turns: a look-up a second, and no more than a few waiting.

What a process has to know for that is who had a miss lately, and it learns it by serving one: so a
guesser has one free guess more for each process, and everybody else pays one look into a dictionary.
"""

from __future__ import annotations

import time
from asyncio import gather, sleep
from contextlib import suppress
from types import TracebackType

from huggg.kit.bucket import SECOND, Drawn, Policy
from huggg.kit.errors import Refusal, TooManyRequests, Unavailable
from huggg.kit.limits import LOOK, ONE, RETURN, Buckets
from huggg.kit.meter import Meter

TURNS = Policy("turns", quota=5, seconds=5)
OF_ONE_CALLER = 20
OF_ONE_ADDRESS = 5
"""The parts of the whole budget that one of them has before its look-ups take turns."""


class Guesses:
    """Stands around look-ups by code. One per process."""

    def __init__(self, buckets: Buckets, misses_max: int, meter: Meter) -> None:
        """Allow so many misses a minute in all; 0 for any number."""
        self._buckets = buckets
        self._meter = meter
        self._all = Policy("misses", max(1, misses_max))
        self._here = Policy("misses of an address", max(1, misses_max // OF_ONE_ADDRESS))
        self._own = Policy("misses of a caller", max(1, misses_max // OF_ONE_CALLER))
        self._many = Policy("misses of many", max(1, misses_max))
        self._watches = misses_max > 0
        self._suspects: dict[str, float] = {}  # until when

    def looking_up(
        self, who: str, address: str, *, miss: type[Refusal], for_many: bool = False
    ) -> LookUp:
        """Stand around one look-up by code; `miss` is what is raised when it finds nothing.

        Who looks up `for_many` people has as much as all others together, and answers for itself alone:
        one of those people must not make the others wait.

        Entering raises TooManyRequests.
        """
        return LookUp(self, who, address, miss, self._many if for_many else self._own)

    async def take_turn(self, who: str, address: str, own: Policy) -> bool:
        """Let a caller without recent misses pass, others when it is their turn.

        Tells whether a miss is counted already: a suspect's is, before it looks, or else a thousand
        look-ups at once would all be the last one allowed. Raises TooManyRequests.
        """
        until = self._suspects.get(who)
        if until is None:
            return False
        if until < time.monotonic():
            del self._suspects[who]
            return False
        with suppress(Unavailable):
            return await self._charged(who, address, own)
        return False

    async def _charged(self, who: str, address: str, policy: Policy) -> bool:
        own, here, everywhere = await gather(
            self._buckets.draw(policy, who),
            self._buckets.draw(self._here, address, LOOK),
            self._buckets.draw(self._all, "", LOOK),
        )
        charged = own.granted > 0
        if charged and (policy is self._many or (here.free and everywhere.free)):
            return True
        turn = await self._buckets.draw(TURNS, who)
        if turn.granted == 0:
            self._meter.count("huggg_limited_total", "guessing")
            if charged:
                await self.found(who, policy)
            raise TooManyRequests(turn.wait, "guessing")
        self._meter.count("huggg_lookups_paced_total")
        await sleep((turn.owed - TURNS.gap) / SECOND)
        return charged

    async def missed(self, who: str, address: str, policy: Policy, *, charged: bool) -> None:
        """Count a miss, and remember whose it was."""
        if not self._watches:
            return
        self._meter.count("huggg_misses_total")
        with suppress(Unavailable):
            own, _, _ = await gather(
                self._buckets.draw(policy, who, LOOK if charged else ONE),
                self._buckets.draw(self._here, address),
                self._buckets.draw(self._all, ""),
            )
            self._remember(who, own)

    async def found(self, who: str, policy: Policy) -> None:
        """Take back what was charged for a look-up that was no miss."""
        with suppress(Unavailable):
            await self._buckets.draw(policy, who, RETURN)

    def _remember(self, who: str, own: Drawn) -> None:
        self._suspects[who] = time.monotonic() + own.owed / SECOND

    def forget(self) -> None:
        """Drop those whose misses are forgiven."""
        now = time.monotonic()
        self._suspects = {who: until for who, until in self._suspects.items() if until >= now}


class LookUp:
    """One look-up by code. A class of its own, as a generator would cost the redeem path more."""

    __slots__ = ("_address", "_charged", "_guesses", "_miss", "_own", "_who")

    def __init__(
        self, guesses: Guesses, who: str, address: str, miss: type[Refusal], own: Policy
    ) -> None:
        self._guesses = guesses
        self._who = who
        self._address = address
        self._miss = miss
        self._own = own
        self._charged = False

    async def __aenter__(self) -> None:
        self._charged = await self._guesses.take_turn(self._who, self._address, self._own)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, self._miss):
            await self._guesses.missed(self._who, self._address, self._own, charged=self._charged)
        elif self._charged:
            await self._guesses.found(self._who, self._own)

"""A charge: an act takes a token of each of several buckets first, and on success gives them back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from huggg.database.meter import Meter
from huggg.kit.bucket import Policy
from huggg.kit.errors import TooManyRequests
from huggg.kit.limits import RETURN, Buckets
from huggg.refusal import Refusal, Unavailable


class GuessCharge:
    """Guards one act; a `miss` raised by it keeps the charge, and all else gives it back.

    Charged first, as a thousand acts at once would otherwise all be the last one allowed.
    """

    def __init__(
        self,
        buckets: Buckets,
        charges: Sequence[tuple[Policy, str]],
        miss: type[Refusal],
        meter: Meter,
    ) -> None:
        self._buckets = buckets
        self._charges = charges
        self._miss = miss
        self._meter = meter

    async def __aenter__(self) -> None:
        draws = await self._buckets.draw_all(self._charges)
        empty = [each for each in draws if each.granted == 0]
        if empty:
            await self._give_back(
                [charge for charge, each in zip(self._charges, draws, strict=True) if each.granted]
            )
            self._meter.count("huggg_limited_total", "guessing")
            raise TooManyRequests(max(each.wait for each in empty), "guessing")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is None or not issubclass(kind, self._miss):
            await self._give_back(self._charges)

    async def _give_back(self, charges: Sequence[tuple[Policy, str]]) -> None:
        with suppress(Unavailable):  # then it comes back with time
            await self._buckets.draw_all(charges, RETURN)

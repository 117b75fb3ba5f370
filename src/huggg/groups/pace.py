"""The pace of asking: how many addresses one browser, and one network, may have confirmed.

A browser is told apart by its cookie, and costs little to replace. So all browsers of an address of the
network share a second allowance, which is wide enough for an office of people who open the same link.
"""

from __future__ import annotations

from huggg.database.meter import Meter
from huggg.kit.bucket import Policy
from huggg.kit.errors import TooManyRequests
from huggg.kit.limits import RETURN, Buckets

OF_A_BROWSER = Policy("addresses typed in a browser", quota=6, seconds=600)
OF_A_NETWORK = Policy("addresses typed at an address", quota=300, seconds=600)
TO_AN_ADDRESS = Policy("confirmations of an address", quota=6, seconds=24 * 3600)
"""Mails to one address, of all groups together: strangers may type it."""


class AskingPace:
    """Paces the confirmations that are asked for. One per process."""

    def __init__(self, buckets: Buckets, meter: Meter) -> None:
        self._buckets = buckets
        self._meter = meter

    async def take(self, *, browser: str, network: str) -> None:
        """Spend one question of a browser and of its network. Raises TooManyRequests, Unavailable."""
        charges = [(OF_A_BROWSER, browser), (OF_A_NETWORK, network)]
        drawn = await self._buckets.draw_all(charges)
        empty = [each for each in drawn if each.granted == 0]
        if empty:
            granted = [charge for charge, each in zip(charges, drawn, strict=True) if each.granted]
            await self._buckets.draw_all(granted, RETURN)
            self._meter.count("huggg_limited_total", "asking")
            raise TooManyRequests(max(each.wait for each in empty), "asking")

    async def may_write_to(self, mailbox: str) -> bool:
        """Spend one mail to a mailbox; False where it got so many lately that it gets none."""
        drawn = await self._buckets.draw(TO_AN_ADDRESS, mailbox)
        return drawn.granted > 0

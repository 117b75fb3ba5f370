"""The pace of confirmations: limits of the addresses that one browser, or one network, confirms.

A browser is told apart by its cookie, and costs little to replace. So all browsers of an address of the
network share a second allowance, which is wide enough for an office of people who open the same link.
"""

from __future__ import annotations

from contextlib import suppress

from msgspec import Struct

from huggg.database.meter import Meter
from huggg.kit.bucket import Policy
from huggg.kit.errors import TooManyRequests
from huggg.kit.limits import RETURN, Buckets
from huggg.refusal import Unavailable

OF_A_BROWSER = Policy("addresses typed in a browser", quota=6, seconds=600)
OF_A_NETWORK = Policy("addresses typed at an address", quota=250, seconds=600)
TO_AN_ADDRESS = Policy("confirmations of an address", quota=6, seconds=24 * 3600)
"""Mails to one address, of all groups together: strangers may type it."""


class AskingBrowser(Struct, frozen=True):
    """The browser that asks, by its secret, its address in the network, and its reader's language."""

    browser: str
    network: str
    language: str | None


class AskingPace:
    """Paces the confirmations that are asked for. One per process."""

    def __init__(self, buckets: Buckets, meter: Meter) -> None:
        self._buckets = buckets
        self._meter = meter

    async def take(self, asker: AskingBrowser) -> None:
        """Spend one question of a browser and of its network. Raises TooManyRequests, Unavailable."""
        charges = [(OF_A_BROWSER, asker.browser), (OF_A_NETWORK, asker.network)]
        draws = await self._buckets.draw_all(charges)
        empty = [each for each in draws if each.granted == 0]
        if empty:
            granted_charges = [
                charge for charge, each in zip(charges, draws, strict=True) if each.granted
            ]
            await self._buckets.draw_all(granted_charges, RETURN)
            self._meter.count("huggg_limited_total", "asking")
            raise TooManyRequests(max(each.wait for each in empty), "asking")

    async def give_back(self, asker: AskingBrowser, mailbox: str) -> None:
        """Return a question that sent no mail, because its address had one a short while ago."""
        charges_of_browser = [(OF_A_BROWSER, asker.browser), (OF_A_NETWORK, asker.network)]
        with suppress(Unavailable):  # then it comes back with time
            await self._buckets.draw_all([*charges_of_browser, (TO_AN_ADDRESS, mailbox)], RETURN)

    async def may_write_to(self, mailbox: str) -> bool:
        """Spend one mail to a mailbox; False where it got so many lately that it gets none."""
        draw = await self._buckets.draw(TO_AN_ADDRESS, mailbox)
        return draw.granted > 0

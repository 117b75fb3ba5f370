"""The pace of phones' logs: any sender may write them, so an address of the network writes few."""

from __future__ import annotations

from huggg.database.meter import Meter
from huggg.kit.bucket import Policy
from huggg.kit.errors import TooManyRequests
from huggg.kit.limits import Buckets

OF_AN_ADDRESS = Policy("phone logs of an address", quota=20)
"""A phone logs once for a fault; phones of one household or office share an address."""


class LogPace:
    """Paces the logs of phones. One per process."""

    def __init__(self, buckets: Buckets, meter: Meter) -> None:
        self._buckets = buckets
        self._meter = meter

    async def take(self, address: str) -> None:
        """Spend one log of an address. Raises TooManyRequests, Unavailable."""
        draw = await self._buckets.draw(OF_AN_ADDRESS, address)
        if not draw.granted:
            self._meter.count("huggg_limited_total", "phone logs")
            raise TooManyRequests(draw.wait, "phone logs")

"""Visits: the gift of a link with all that its page shows, read for a reader."""

from __future__ import annotations

from huggg.gift.look import Themes, look_of
from huggg.gift.offering import Offerings
from huggg.gift.store import find_gift
from huggg.gift.visit import Visit
from huggg.kit.platform import Platform
from huggg.languages.language import Language


class Visits:
    """Reads visits, and keeps the parts that gifts share for a while. One per process."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.offerings = Offerings(platform.database)
        self.themes = Themes(platform.database)

    async def of(self, shortcode: str, language: Language) -> Visit:
        """Read a gift for a reader who may see its code. Raises HugggNotFound, Unavailable."""
        snapshot = await find_gift(self._platform.database, self._platform.vault, shortcode)
        gift = snapshot.gift
        offering = await self.offerings.get(gift.huggg.product_id)
        look = look_of(offering, await self.themes.of(gift.team_id, gift.huggg.theme_id))
        return Visit(f"/{shortcode}", gift, offering, look, language, snapshot.now, may_show=True)

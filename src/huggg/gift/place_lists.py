"""Lists of places, rendered once for an offering and a language: a brand may have hundreds of them."""

from __future__ import annotations

from collections import OrderedDict

from markupsafe import Markup

from huggg.gift.offering import Offering
from huggg.gift.present import by_town
from huggg.html.renderer import Renderer
from huggg.languages.language import Language

KEPT_MAX = 200


class PlaceLists:
    """The lists that a process has rendered lately. One per process."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._kept: OrderedDict[tuple[int, str, int | None], tuple[Offering, Markup]] = OrderedDict()

    async def of(self, offering: Offering, language: Language, *, most: int | None = None) -> Markup:
        """Give the list of an offering's places, or of its first ones, by town; empty without places."""
        key = (id(offering), language.tag, most)
        kept = self._kept.get(key)
        if kept is None or kept[0] is not offering:  # an id is given again once its object is gone
            values = {"towns": by_town(offering.places[:most]), "say": language.say}
            kept = (offering, await self._renderer.part("gift/town_list.html.j2", values))
            self._kept[key] = kept
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return kept[1]

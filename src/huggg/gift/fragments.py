"""Fragments of gift pages: the parts that every gift of an offering shares, rendered once and kept.

A brand may have hundreds of places, and rendering them would take longer than all the rest of a page.
"""

from __future__ import annotations

from collections import OrderedDict

from markupsafe import Markup
from msgspec import Struct

from huggg.gift.offering import Offering
from huggg.gift.present import PLACES_MAX, by_town
from huggg.html.renderer import Renderer
from huggg.languages.language import Language

KEPT_MAX = 200


class Fragments(Struct, frozen=True):
    """The shared parts of a gift's page in a language."""

    first_places: Markup  # its first places, with their heading; empty without places
    terms: Markup
    all_places: Markup


class FragmentCache:
    """The fragments that a process has rendered lately. One per process."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._kept: OrderedDict[tuple[int, str], tuple[Offering, Fragments]] = OrderedDict()

    async def of(self, offering: Offering, language: Language) -> Fragments:
        """Give the fragments of an offering."""
        key = (id(offering), language.tag)
        fragment = self._kept.get(key)
        if (
            fragment is None or fragment[0] is not offering
        ):  # an id is given again once its object is gone
            fragment = self._kept[key] = (offering, await self._render(offering, language))
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return fragment[1]

    async def _render(self, offering: Offering, language: Language) -> Fragments:
        part, say = self._renderer.part, language.say
        lists = [
            await part("gift/town_list.html.j2", {"towns": by_town(places), "say": say})
            for places in (offering.places[:PLACES_MAX], offering.places)
        ]
        values = {"places": lists[0], "coverage": offering.coverage, "say": say}
        return Fragments(
            first_places=await part("gift/where.html.j2", values),
            terms=await part("gift/terms.html.j2", {"offering": offering, "say": say}),
            all_places=lists[1],
        )

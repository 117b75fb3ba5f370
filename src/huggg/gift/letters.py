"""Form letters: a gift's page is rendered once with blanks, which are filled in for each reader.

Rendering a template takes longer than all the rest of an answer, and the pages of one offering differ in
a few words only: the sender, the message, the days.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping

from markupsafe import escape
from msgspec import Struct

from huggg.gift.gift import PageState
from huggg.gift.offering import Offering
from huggg.gift.present import Facts
from huggg.gift.visit import Visit

KEPT_MAX = 300

Blanks = Mapping[str, str]
"""The words that stand in the blanks of a page, by their names; an empty one may change the page."""

Rendering = Callable[[Visit, PageState, Facts, Blanks], Awaitable[str]]
"""Renders a whole page. Of the gift that is visited it reads only the facts and the blanks."""


class FormLetter(Struct, frozen=True):
    """A page with blanks: its parts are text and names of blanks, in turns."""

    offering: Offering
    parts: list[bytes]
    names: list[str]

    def fill(self, blanks: Blanks) -> bytes:
        """Fill in the blanks."""
        escaped = {name: str(escape(blanks[name])).encode() for name in set(self.names)}
        page = self.parts.copy()
        for at, name in enumerate(self.names):
            page.insert(2 * at + 1, escaped[name])
        return b"".join(page)


class FormLetters:
    """The letters that a process has rendered lately. One per process."""

    def __init__(self, render: Rendering) -> None:
        self._render = render
        self._mark = secrets.token_hex(16)  # no text of a catalogue contains it
        self._blank = re.compile(rf"{self._mark}-(\w+);")
        self._kept: OrderedDict[Hashable, FormLetter] = OrderedDict()

    async def page(self, visit: Visit, state: PageState, facts: Facts, blanks: Blanks) -> bytes:
        """Write the page of a gift in a state."""
        filled_blanks = tuple(name for name, words in blanks.items() if words)
        key = (id(visit.offering), visit.language.tag, visit.look, state, facts, filled_blanks)
        letter = self._kept.get(key)
        if letter is None or letter.offering is not visit.offering:  # an id is given again in time
            letter = self._kept[key] = await self._render_letter(visit, state, facts, blanks)
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return letter.fill(blanks)

    async def _render_letter(
        self, visit: Visit, state: PageState, facts: Facts, blanks: Blanks
    ) -> FormLetter:
        marks = {name: f"{self._mark}-{name};" if words else "" for name, words in blanks.items()}
        parts = self._blank.split(await self._render(visit, state, facts, marks))
        return FormLetter(visit.offering, [part.encode() for part in parts[::2]], parts[1::2])

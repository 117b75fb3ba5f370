"""The door of gift pages: it finds the gift of a link, and turns each refusal into a page.

A link that is unknown, mistyped or erased is answered by one page. Wrong links are counted
per address, as those of every caller are (`hugggs/guessing.py`): a guesser takes turns, and a holder at
another address never waits.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from math import ceil
from typing import Any

from msgspec import structs

from huggg.gift.attempt import NO_ATTEMPT, Attempt
from huggg.gift.fragments import FragmentCache
from huggg.gift.gift import PageState, ShownGift, page_state
from huggg.gift.group_present import Step
from huggg.gift.letters import Blanks, FormLetters
from huggg.gift.notes import Note, busy_note, note_of
from huggg.gift.pass_offer import NO_PASSES, PassLinks, PassOffer
from huggg.gift.present import (
    PLACES_MAX,
    Facts,
    ShownCode,
    facts_of,
    gift_values,
    scheduled_day,
    words_of,
)
from huggg.gift.style import style_of
from huggg.gift.ticket import ticket_of
from huggg.gift.visit import GroupVisit, Visit
from huggg.gift.visits import Visits
from huggg.html.cookies import Cookie
from huggg.html.policy import HTML
from huggg.html.renderer import Renderer
from huggg.http.web import Request, Response
from huggg.hugggs.code_viewers import may_see_code
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.moved import is_moved
from huggg.hugggs.reference import reference
from huggg.identity.caller import Caller
from huggg.identity.team import CodeViewers
from huggg.kit.errors import TooManyRequests
from huggg.kit.platform import Platform
from huggg.languages.language import Language, accepted_language
from huggg.refusal import Unavailable
from huggg.themes.colours import Colours, colours_from

HOLDER = Caller("gift page", shows_hugggs=True)
"""The caller of the page's own acts: a client that speaks for the holder of a link."""

BROWSER = Cookie("browser", str, seconds=400 * 24 * 3600)
"""The secret of a browser that claimed a gift, for as long as browsers keep any cookie."""

SHORTCODE = {"shortcode": re.compile(r"[A-Za-z0-9]{8,64}")}
"""A text that can be a shortcode, an imported one too. A path with another text belongs to no gift."""

PLAIN = colours_from("#6b2fb3")
"""The colours of a page that belongs to no brand."""

RETRY_SECONDS = 5

_WITHOUT_GIFT = frozenset({PageState.SCHEDULED, PageState.MOVED})

Act = Callable[[Visit], Awaitable[Response]]


class GiftDoor:
    """Lets requests for gift pages in. One per process."""

    def __init__(
        self,
        platform: Platform,
        guesses: Guesses,
        renderer: Renderer,
        visits: Visits,
        passes: PassOffer,
    ) -> None:
        self.platform = platform
        self.guesses = guesses
        self.passes = passes
        self._renderer = renderer
        self.visits = visits
        self.fragments = FragmentCache(renderer)
        self._letters = FormLetters(self._render_blank)

    async def serve(self, request: Request, shortcode: str, act: Act) -> Response:
        """Find a gift and act on it; a refusal to show it is answered by a page."""
        language = accepted_language(request.lines(b"accept-language"))
        try:
            return await act(await self._visit(request, shortcode, language))
        except HugggNotFound:
            link = reference(self.platform.vault, shortcode)
            if await is_moved(self.platform.database, link):
                return await self.note(note_of(PageState.MOVED, language), language, status=410)
            return await self.unknown(language)
        except (TooManyRequests, Unavailable) as refusal:
            return await self.later(refusal, language, again=f"/{shortcode}")

    async def unknown(self, language: Language) -> Response:
        """Answer a link that is unknown, mistyped or erased."""
        return await self.note(note_of(PageState.UNKNOWN, language), language, status=404)

    async def later(
        self, refusal: TooManyRequests | Unavailable, language: Language, *, again: str
    ) -> Response:
        """Answer with a page that asks `again` by itself after a while."""
        note, status, wait_seconds = note_of(PageState.AWAY, language), 503, RETRY_SECONDS
        if isinstance(refusal, TooManyRequests):
            note, status, wait_seconds = busy_note(language), 429, ceil(refusal.wait_seconds) or 1
        return await self.note(note, language, status=status, again=again, wait_seconds=wait_seconds)

    async def _visit(self, request: Request, shortcode: str, language: Language) -> Visit:
        """Find a gift by its link. Raises HugggNotFound, TooManyRequests, Unavailable."""
        async with self.guesses.guard(HOLDER.name, request.context.address, miss=HugggNotFound):
            visit = await self.visits.of(shortcode, language)
        if await self._may_show(request, visit.gift, visit.now):
            return visit
        return structs.replace(visit, may_show=False)

    async def _may_show(self, request: Request, gift: ShownGift, now: datetime) -> bool:
        """Ask for the browsers of a claimer only where the team lets no other holder see the code."""
        if gift.viewers is CodeViewers.HOLDERS or gift.huggg.assigned_at is None:
            return True
        secret = BROWSER.read(request, self.platform.vault, now=now)
        return await may_see_code(self.platform.database, huggg_id=gift.huggg.id, secret=secret)

    async def page(
        self,
        visit: Visit,
        *,
        shown_code: ShownCode | None = None,
        passes: PassLinks = NO_PASSES,
        attempt: Attempt = NO_ATTEMPT,
        status: int = 200,
    ) -> Response:
        """Show a gift in its state, with its code where `shown_code` has it, or after an attempt."""
        status = max(status, attempt.status)
        state = page_state(visit.gift.huggg, now=visit.now, code_shown=shown_code is not None)
        if state in _WITHOUT_GIFT:
            note = note_of(state, visit.language, day=scheduled_day(visit))
            return await self.note(note, visit.language, status=status)
        facts = facts_of(visit, state)
        words = words_of(visit, ticket=ticket_of(visit.gift, self.platform.vault))
        headers = style_of(visit.look.colours).headers
        if shown_code is None and attempt is NO_ATTEMPT:
            body = await self._letters.page(visit, state, facts, words)
        else:
            values = gift_values(visit, state, facts, shown_code=shown_code, attempt=attempt)
            body = (await self._text(visit, values | words | {"passes": passes})).encode()
        return Response(body, status, media_type=HTML, headers=headers)

    async def _render_blank(self, visit: Visit, state: PageState, facts: Facts, blanks: Blanks) -> str:
        values = gift_values(visit, state, facts)
        return await self._text(visit, {**values, **blanks, "passes": NO_PASSES})

    async def _text(self, visit: Visit, values: dict[str, Any]) -> str:
        offering = visit.offering
        fragments = await self.fragments.of(offering, visit.language)
        values["places"], values["terms"] = fragments.first_places, fragments.terms
        has_more = len(offering.places) > PLACES_MAX
        values["more_places"] = len(offering.places) if has_more else 0
        frame = _frame(visit.language, visit.look.colours)
        return await self._renderer.part("gift/gift.html.j2", values | frame)

    async def step(self, visit: Visit | GroupVisit, step: Step) -> Response:
        """Show a person one step on the way to a gift or its code."""
        return await self.render(
            "gift/step.html.j2",
            {"path": visit.path, "step": step},
            language=visit.language,
            colours=visit.look.colours,
        )

    async def places(self, visit: Visit | GroupVisit) -> Response:
        """Show all places of a gift."""
        fragments = await self.fragments.of(visit.offering, visit.language)
        values, colours = {"path": visit.path, "places": fragments.all_places}, visit.look.colours
        return await self.render("gift/places.html.j2", values, language=visit.language, colours=colours)

    async def note(
        self, note: Note, language: Language, *, status: int, again: str = "", wait_seconds: int = 0
    ) -> Response:
        """Show a page without a gift."""
        values = {"note": note, "again": again, "wait_seconds": wait_seconds}
        headers = {"Retry-After": str(wait_seconds)} if wait_seconds else {}
        return await self.render(
            "gift/note.html.j2",
            values,
            language=language,
            colours=PLAIN,
            status=status,
            headers=headers,
        )

    async def render(
        self,
        template: str,
        values: dict[str, Any],
        *,
        language: Language,
        colours: Colours,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Render a page in these colours."""
        return await self._renderer.page(
            template,
            values | _frame(language, colours),
            status=status,
            headers=style_of(colours).headers | (headers or {}),
        )


def _frame(language: Language, colours: Colours) -> dict[str, Any]:
    """Collect the values that the frame of each gift page needs."""
    return {
        "language": language,
        "say": language.say,
        "say_many": language.say_many,
        "style": style_of(colours),
        "colours": colours,
    }

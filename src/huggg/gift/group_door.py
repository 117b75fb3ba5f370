"""The door of group links: it finds the group of a link, and turns each refusal into a page.

Unknown links of groups and of gifts are answered by one page, and counted together.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from huggg.gift.door import HOLDER, GiftDoor
from huggg.gift.group_present import NOTHING_TYPED, AddressAttempt, Step, group_note, group_values
from huggg.gift.look import look_of
from huggg.gift.visit import GroupVisit
from huggg.groups.ask import ask
from huggg.groups.group import GroupState
from huggg.groups.pace import AskingBrowser, AskingPace
from huggg.groups.store import find_group
from huggg.http.web import Request, Response
from huggg.hugggs.errors import HugggNotFound
from huggg.kit.errors import TooManyRequests
from huggg.languages.language import Language, accepted_language
from huggg.refusal import Unavailable

GROUP_CODE = {"code": re.compile(r"[A-Za-z0-9]{8,64}")}
"""A text that can be the code of a group's link. A path with another text belongs to no group."""

GroupAct = Callable[[GroupVisit], Awaitable[Response]]


class GroupDoor:
    """Lets requests for the pages of groups in. One per process."""

    def __init__(self, gift_door: GiftDoor, pace: AskingPace) -> None:
        self._pace = pace
        self.platform = gift_door.platform
        self._gift_door = gift_door

    async def serve(self, request: Request, code: str, act: GroupAct) -> Response:
        """Find a group and act on it; a refusal to show it is answered by a page."""
        language = accepted_language(request.lines(b"accept-language"))
        try:
            return await act(await self._visit(request, code, language))
        except HugggNotFound:
            return await self._gift_door.unknown(language)
        except (TooManyRequests, Unavailable) as refusal:
            return await self._gift_door.later(refusal, language, again=f"/super/{code}")

    async def _visit(self, request: Request, code: str, language: Language) -> GroupVisit:
        """Find a group by its link. Raises HugggNotFound, TooManyRequests, Unavailable."""
        guesses, address = self._gift_door.guesses, request.context.address
        async with guesses.guard(HOLDER.name, address, miss=HugggNotFound):
            snapshot = await find_group(self.platform.database, self.platform.vault, code)
        group, door = snapshot.group, self._gift_door
        offering = await door.visits.offerings.get(group.product_id)
        look = look_of(offering, await door.visits.themes.of(group.team_id, group.theme_id))
        return GroupVisit(f"/super/{code}", group, offering, look, language, snapshot.now)

    async def page(self, visit: GroupVisit, *, attempt: AddressAttempt = NOTHING_TYPED) -> Response:
        """Show a group: with the form for an address while a huggg is free, else with the reason."""
        if visit.group.state(visit.now) is not GroupState.OPEN:
            return await self._gift_door.note(group_note(visit), visit.language, status=200)
        fragments = await self._gift_door.fragments.of(visit.offering, visit.language)
        wait_seconds = attempt.wait_seconds
        return await self._gift_door.render(
            "gift/group.html.j2",
            group_values(visit, attempt=attempt, places=fragments.first_places),
            language=visit.language,
            colours=visit.look.colours,
            status=attempt.status,
            headers={"Retry-After": str(wait_seconds)} if wait_seconds else None,
        )

    async def ask(
        self, visit: GroupVisit, address: str, *, asker: AskingBrowser, launch_url: str
    ) -> None:
        """Mail a confirming link to an address. Raises TooManyRequests, Unavailable."""
        await ask(
            self.platform,
            self._pace,
            visit.group,
            address,
            asker=asker,
            launch_url=launch_url,
            now=visit.now,
        )

    async def step(self, visit: GroupVisit, step: Step) -> Response:
        """Show a person one step of the way to a huggg."""
        return await self._gift_door.step(visit, step)

    async def places(self, visit: GroupVisit) -> Response:
        """Show all places where a huggg of the group can be used."""
        return await self._gift_door.places(visit)

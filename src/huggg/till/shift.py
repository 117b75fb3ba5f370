"""A shift: the staff that is signed in at a till page, and the location of the till."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from huggg.html.cookies import Cookie
from huggg.http.web import Request
from huggg.identity.browser_session import BrowserSession, SignedIn, read_session
from huggg.kit.platform import Platform
from huggg.redemptions.trading_day import NamedLocation, locations_of

CLIENT_ID = "till-page"
"""The client that redemptions of the page are recorded with."""

SHIFT_SECONDS = 12 * 3600


class TillSession(Struct, frozen=True):
    """The staff that signed in, and the location that they chose."""

    staff: BrowserSession
    location_id: str | None = None


SESSION: Cookie[TillSession] = Cookie("till", TillSession, seconds=SHIFT_SECONDS)


class Shift(Struct, frozen=True):
    """The staff behind a request, the cookie that says so, and the locations where they may redeem."""

    signed_in: SignedIn
    session: TillSession
    locations: list[NamedLocation]

    @property
    def location_id(self) -> str | None:
        """The location that was chosen, or the only one there is."""
        known = [each.location.id for each in self.locations]
        if self.session.location_id in known:
            return self.session.location_id
        return known[0] if len(known) == 1 else None


async def shift_of(request: Request, platform: Platform) -> Shift | None:
    """Read the staff behind a request; None where no staff is signed in."""
    session = SESSION.read(request, platform.vault, now=datetime.now(UTC))
    if session is None:
        return None
    signed_in = await read_session(platform, session.staff, client_id=CLIENT_ID)
    if signed_in is None or signed_in.caller.brand_id is None:
        return None
    return Shift(signed_in, session, await locations_of(platform.database, signed_in.caller))

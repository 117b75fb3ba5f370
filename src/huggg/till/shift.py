"""A shift: the staff that is signed in at a till page, the device, and the location of the till."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

from huggg.devices.device import Device
from huggg.devices.store import paired_device
from huggg.html.cookies import Cookie
from huggg.html.redirect import see_other
from huggg.http.web import Request, Response, query_of
from huggg.identity.browser_session import BrowserSession, SignedIn, read_session
from huggg.identity.caller import Caller
from huggg.identity.role import STAFF_RIGHTS, StaffRight
from huggg.kit.platform import Platform
from huggg.redemptions.trading_day import NamedLocation, locations_of
from huggg.till.errors import BeyondRole

CLIENT_ID = "till-page"
"""The client that redemptions of the page are recorded with; at a device its id follows."""

SHIFT_SECONDS = 12 * 3600
PAIRED_SECONDS = 400 * 24 * 3600
"""The longest time for which browsers keep a cookie. Each sign-in begins it anew."""


SIGNED_OUT = "signed-out"
"""The part of an address that has the sign-in say that the form which led here changed nothing."""


class TillSession(Struct, frozen=True):
    """The staff that signed in, the device, and the location chosen in a browser that is no device."""

    staff: BrowserSession
    location_id: str | None = None
    device_id: UUID | None = None


SESSION: Cookie[TillSession] = Cookie("till", TillSession, seconds=SHIFT_SECONDS)
DEVICE: Cookie[UUID] = Cookie("till-device", UUID, seconds=PAIRED_SECONDS)


class Shift(Struct, frozen=True):
    """The staff behind a request, the cookie that says so, and the locations where they may redeem.

    At a device that is the device's location alone.
    """

    signed_in: SignedIn
    session: TillSession
    locations: list[NamedLocation]
    device: Device | None = None

    @property
    def location_id(self) -> str | None:
        """The location that was chosen, or the only one there is."""
        location_ids = [each.location.id for each in self.locations]
        if self.session.location_id in location_ids:
            return self.session.location_id
        return location_ids[0] if len(location_ids) == 1 else None

    @property
    def caller(self) -> Caller:
        """The staff as the caller of a use case."""
        return self.signed_in.caller

    @property
    def brand_id(self) -> UUID:
        """The merchant of the staff."""
        assert self.caller.brand_id is not None  # noqa: S101 - `shift_of` gives a shift to staff alone
        return self.caller.brand_id

    def may(self, right: StaffRight) -> bool:
        """Tell whether the role of the staff allows it."""
        return right in STAFF_RIGHTS[self.signed_in.staff_role]

    def require(self, right: StaffRight) -> None:
        """Insist on a right. Raises BeyondRole."""
        if not self.may(right):
            raise BeyondRole


def device_id_of(request: Request, platform: Platform) -> UUID | None:
    """Read the device that this browser was paired as, also one that was revoked since."""
    return DEVICE.read(request, platform.vault, now=datetime.now(UTC))


async def device_of(request: Request, platform: Platform) -> Device | None:
    """Read the device behind a request; None where the browser is none, or was revoked."""
    device_id = device_id_of(request, platform)
    return None if device_id is None else await paired_device(platform.database, device_id)


async def shift_of(request: Request, platform: Platform) -> Shift | None:
    """Read the staff behind a request; None where no staff is signed in.

    A sign-in that was made at a device, or by PIN, ends with the pairing of that device.
    """
    session = SESSION.read(request, platform.vault, now=datetime.now(UTC))
    if session is None:
        return None
    device = await device_of(request, platform)
    if session.device_id is not None and (device is None or device.id != session.device_id):
        return None
    client_id = CLIENT_ID if device is None else f"{CLIENT_ID} {device.id}"
    signed_in = await read_session(platform, session.staff, client_id=client_id)
    if signed_in is None or signed_in.caller.brand_id is None:
        return None
    locations = await locations_of(platform.database, signed_in.caller)
    if device is not None:
        locations = [each for each in locations if each.location.id == device.location_id]
    return Shift(signed_in, session, locations, device)


async def manager_of(request: Request, platform: Platform) -> Shift | None:
    """Read the manager behind a request; None where no staff is signed in. Raises BeyondRole."""
    shift = await shift_of(request, platform)
    if shift is not None:
        shift.require(StaffRight.MANAGE)
    return shift


def signed_out() -> Response:
    """Send the clerk whose shift is over to the sign-in, which says that this form changed nothing.

    The same form may have been sent before the shift ended, and its answer lost.
    """
    return see_other(f"/till?{SIGNED_OUT}=yes")


def was_signed_out(request: Request) -> bool:
    """Tell whether a form without a shift led here."""
    return SIGNED_OUT in dict(query_of(request))

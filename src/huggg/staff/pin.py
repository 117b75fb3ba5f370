"""PINs of staff: set by a manager or an operator, and checked on a paired device."""

from __future__ import annotations

from uuid import UUID

from huggg.identity.attempts import Attempts
from huggg.identity.browser_session import BrowserSession, proof_of
from huggg.identity.caller import Caller, author
from huggg.identity.passwords import Passwords
from huggg.kit.codes import random_text
from huggg.kit.errors import Invalid, Unauthenticated
from huggg.kit.platform import Platform
from huggg.staff.errors import StaffNotFound
from huggg.staff.member import clean_pin, managed_member
from huggg.staff.store import find_member, queries

DIGITS = "0123456789"
DRAWN_DIGITS = 6


async def set_pin(
    platform: Platform,
    passwords: Passwords,
    user_id: UUID,
    pin: str | None = None,
    *,
    manager: Caller | None = None,
) -> str:
    """Give a member of staff a PIN, or a drawn one, and return it. Sign-ins by the former PIN end.

    An operator has no `manager`. Raises Invalid, StaffNotFound, LoginBusy.
    """
    member = managed_member(await find_member(platform, user_id), manager)
    new_pin = _random_pin() if pin is None else clean_pin(pin)
    pin_hash = await passwords.hash_pin(new_pin)
    row = await platform.database.row(
        queries.set_pin, id=member.id, pin_hash=pin_hash, **author(manager)
    )
    if row is None:  # erased meanwhile
        raise StaffNotFound
    return new_pin


async def sign_in_by_pin(
    platform: Platform,
    passwords: Passwords,
    attempts: Attempts,
    *,
    user_id: UUID,
    pin: str,
    device_id: UUID,
    brand_id: UUID,
    location_id: str,
) -> BrowserSession:
    """Check the PIN of a member of staff at a device of this brand and location.

    Raises Unauthenticated, TooManyRequests, LoginBusy.
    """
    row = await platform.database.row(
        queries.pin_at, user_id=user_id, brand_id=brand_id, location_id=location_id
    )
    pin_hash = None if row is None else row["pin_hash"]
    # The proof changes with the PIN, and so a new PIN begins with a whole allowance.
    async with attempts.of_pin(f"{user_id} {proof_of(pin_hash)}", device=str(device_id)):
        if not await passwords.check(pin.strip(), pin_hash):
            raise Unauthenticated
    return BrowserSession(user_id, proof_of(pin_hash), by_pin=True)


def _random_pin() -> str:
    while True:
        try:
            return clean_pin(random_text(DRAWN_DIGITS, DIGITS))
        except Invalid:  # digits in a row
            continue

"""Invite a device: a manager gets a pairing code for a browser at one of the manager's locations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from huggg.devices.device import CODE_LIFE, device_name, new_pairing_code, spaced
from huggg.devices.store import managed_by, queries
from huggg.identity.caller import Caller, author
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.kit.platform import Platform

PAIRING_CODE = "pairing code"
"""The kind under which pairing codes are fingerprinted."""


class Invitation(Struct, frozen=True):
    """A device that waits for its browser; the code is shown once, and ends at `ends_at`."""

    device_id: UUID
    code: str
    ends_at: datetime


async def invite_device(
    platform: Platform, *, location_id: str, name: str, manager: Caller | None = None
) -> Invitation:
    """Make a device and its pairing code; an operator has no `manager`. Raises Invalid."""
    code = new_pairing_code()
    row = await platform.database.row(
        queries.invite,
        id=new_id(),
        location_id=location_id,
        name=device_name(name),
        code_fingerprint=platform.vault.fingerprint(PAIRING_CODE, code),
        code_life=CODE_LIFE,
        **managed_by(manager),
        **author(manager),
    )
    if row is None:
        raise Invalid(f"location: there is no location {location_id} where tills redeem.")
    return Invitation(row["id"], spaced(code), row["code_ends_at"])

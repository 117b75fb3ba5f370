"""A member of staff as a value, and the rules for roles and PINs, without a database."""

from __future__ import annotations

import re
from uuid import UUID

from msgspec import Struct

from huggg.identity.caller import Caller
from huggg.identity.role import StaffRole
from huggg.kit.errors import Invalid
from huggg.staff.errors import OwnRole, StaffNotFound

_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
_RUNS = ("0123456789" * 2, "9876543210" * 2)


class Member(Struct, frozen=True):
    """A member of staff; `location_ids` counts where the member does not work at `every_location`."""

    id: UUID
    brand_id: UUID
    name: str
    username: str | None
    role: StaffRole
    every_location: bool
    location_ids: frozenset[str]
    has_pin: bool
    has_password: bool
    active: bool

    def works_at(self, location_id: str) -> bool:
        """Tell whether the member may redeem at a location of the merchant."""
        return self.every_location or location_id in self.location_ids


def clean_pin(text: str) -> str:
    """Read a PIN. Raises Invalid for one that is too short, too long, or guessed first."""
    pin = text.strip()
    if not _PIN.fullmatch(pin):
        raise Invalid("pin: must be 4 to 8 digits.")
    if len(set(pin)) == 1 or any(pin in run for run in _RUNS):
        raise Invalid("pin: must not be one digit repeated, or digits in a row.")
    return pin


def managed_member(member: Member | None, manager: Caller | None) -> Member:
    """Give a member to a manager of all their locations, or to an operator. Raises StaffNotFound."""
    if member is None:
        raise StaffNotFound
    if manager is None:
        return member
    is_beyond = member.every_location or not member.location_ids <= manager.location_ids
    if member.brand_id != manager.brand_id or (is_beyond and not manager.every_location):
        raise StaffNotFound
    return member


def managed_by_another(member: Member | None, manager: Caller | None) -> Member:
    """Give a member as `managed_member` does. Raises OwnRole too, if the manager is that member."""
    member = managed_member(member, manager)
    if manager is not None and member.id == manager.user_id:
        raise OwnRole
    return member

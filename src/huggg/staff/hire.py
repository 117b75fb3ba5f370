"""Hire, give another role, and disable: a manager's changes of staff."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from huggg.identity.caller import Caller, UserKind, author
from huggg.identity.create import create_user
from huggg.identity.lock_out import set_user_active
from huggg.identity.passwords import Passwords
from huggg.identity.role import StaffRole
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.staff.member import managed_by_another
from huggg.staff.store import find_member, queries


async def hire(
    platform: Platform,
    passwords: Passwords,
    *,
    name: str,
    role: StaffRole,
    location_ids: Sequence[str] = (),
    username: str | None = None,
    password: str | None = None,
    manager: Caller,
) -> UUID:
    """Add a member to the manager's merchant; without `location_ids` at every location.

    Without username and password the member signs in by PIN alone. Raises Invalid, NameTaken.
    """
    if (username is None) != (password is None):
        raise Invalid("password: a member of staff has a username and a password, or neither.")
    locations = frozenset(location_ids)
    if not manager.every_location and not (locations and locations <= manager.location_ids):
        raise Invalid("location: choose among your own locations.")
    return await create_user(
        platform.database,
        platform.vault,
        passwords,
        kind=UserKind.MERCHANT,
        name=name,
        username=username,
        password=password,
        brand_id=manager.brand_id,
        location_ids=sorted(locations),
        staff_role=role,
        author_id=manager.user_id,
    )


async def set_staff_role(
    platform: Platform, user_id: UUID, role: StaffRole, *, manager: Caller | None = None
) -> None:
    """Give a member of staff another role, from the next request on. Raises StaffNotFound, OwnRole."""
    member = managed_by_another(await find_member(platform, user_id), manager)
    await platform.database.rows(queries.set_staff_role, id=member.id, role=role, **author(manager))


async def set_staff_active(
    platform: Platform, user_id: UUID, *, active: bool, manager: Caller | None = None
) -> None:
    """Lock a member of staff out at once, or let the member in again. Raises StaffNotFound, OwnRole."""
    member = managed_by_another(await find_member(platform, user_id), manager)
    await set_user_active(platform.database, platform.vault, str(member.id), active=active)

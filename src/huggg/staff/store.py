"""Staff from the database."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.queries import Queries
from huggg.identity.caller import Caller
from huggg.identity.role import StaffRole
from huggg.kit.codes import Vault
from huggg.kit.platform import Platform
from huggg.people.personal_data import personal_from
from huggg.staff.errors import StaffNotFound
from huggg.staff.member import Member, managed_member

queries = Queries(__file__)


async def staff_of(
    platform: Platform, *, brand_id: UUID | None, manager: Caller | None = None
) -> list[Member]:
    """List a brand's staff by name, or that of all brands; to a manager, the staff that they manage."""
    rows = await platform.database.rows(queries.staff, brand_id=brand_id, user_id=None)
    members = sorted((_member(platform.vault, row) for row in rows), key=lambda each: each.name.lower())
    return [each for each in members if _is_managed(each, manager)]


async def staff_at(platform: Platform, *, brand_id: UUID, location_id: str) -> list[Member]:
    """List the staff that can sign in by PIN at a location, by name."""
    members = await staff_of(platform, brand_id=brand_id)
    return [each for each in members if each.active and each.has_pin and each.works_at(location_id)]


async def find_member(platform: Platform, user_id: UUID) -> Member | None:
    """Read a member of staff, None for a user that is no merchant's."""
    row = await platform.database.row(queries.staff, brand_id=None, user_id=user_id)
    return None if row is None else _member(platform.vault, row)


def _is_managed(member: Member, manager: Caller | None) -> bool:
    try:
        managed_member(member, manager)
    except StaffNotFound:
        return False
    return True


def _member(vault: Vault, row: Record) -> Member:
    data = personal_from(vault, row)
    return Member(
        id=row["id"],
        brand_id=row["brand_id"],
        name=data.name,
        username=data.username,
        role=StaffRole(row["staff_role"]),
        every_location=row["every_location"],
        location_ids=frozenset(row["location_ids"]),
        has_pin=row["has_pin"],
        has_password=row["has_password"],
        active=row["active"],
    )

"""Search: a merchant's redemptions, by location, day, clerk, or the reference of their sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from huggg.http.pagination import SortKey
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid
from huggg.kit.ids import LAST
from huggg.kit.platform import Platform
from huggg.people.personal_data import PersonalData
from huggg.people.store import people_of
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.store import queries, redemption_from

LATEST_FIRST: SortKey = (datetime.max.replace(tzinfo=UTC), LAST)
"""The key before all of a list that begins with the latest redemption."""


SHEET_ROWS_MAX = 50_000
"""Lines of one file: a few seconds of work."""


class RedemptionSearch(Struct, frozen=True):
    """The conditions of a search; one that is None leaves all.

    `reference` is the till's own of a sale, or the number of its receipt, in either case. `since` and
    `until` bound the instant of the redemption, `until` excluded.
    """

    brand_id: UUID
    location_ids: list[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    reference: str | None = None
    staff: str | None = None
    standing: bool | None = None


class ListedRedemption(Struct, frozen=True):
    """A redemption with the names that a clerk knows; `value` in pence."""

    redemption: Redemption
    product_id: UUID
    product: str | None
    staff: str | None
    value: int
    currency: str


class Period(Struct, frozen=True):
    """Days of a merchant by its own calendar; a day that is None leaves that end open."""

    first: date | None
    last: date | None
    since: datetime | None
    until: datetime | None
    time_zone: str


def at_locations_of(caller: Caller, location_id: str | None = None) -> list[str] | None:
    """Name the locations whose redemptions staff may see: those of the caller, or one of them."""
    if location_id is not None:
        return [location_id] if caller.acts_at(location_id) else []
    return None if caller.every_location else sorted(caller.location_ids)


async def period_of(
    platform: Platform, brand_id: UUID, first: date | None = None, last: date | None = None
) -> Period:
    """Give the instants of a merchant's days, from the first to the end of the last."""
    row = await platform.database.one(queries.period, brand_id=brand_id, first=first, last=last)
    return Period(first, last, row["since"], row["until"], row["time_zone"])


async def find_redemptions(
    platform: Platform,
    search: RedemptionSearch,
    *,
    size: int,
    offset: int = 0,
    after: SortKey | None = None,
) -> list[ListedRedemption]:
    """Read a part of the redemptions of a search, the latest first. Raises DatabaseAwayError."""
    before_at, before_id = after or LATEST_FIRST
    rows = await platform.database.planned(
        queries.search_redemptions,
        **msgspec.structs.asdict(search),
        before_at=before_at,
        before_id=before_id,
        size=size,
        offset=offset,
    )
    people = await people_behind(platform, rows)
    return [_listed_redemption(row, people) for row in rows]


async def find_all(platform: Platform, search: RedemptionSearch) -> list[ListedRedemption]:
    """Read all redemptions of a search, for a file. Raises Invalid for more than `SHEET_ROWS_MAX`."""
    redemptions = await find_redemptions(platform, search, size=SHEET_ROWS_MAX + 1)
    if len(redemptions) > SHEET_ROWS_MAX:
        raise Invalid(
            f"to: the period has more than {SHEET_ROWS_MAX:,} redemptions; ask for a part of it."
        )
    return redemptions


async def count_redemptions(platform: Platform, search: RedemptionSearch) -> int:
    """Count the redemptions of a search. Raises DatabaseAwayError."""
    [row] = await platform.database.planned(queries.count_redemptions, **msgspec.structs.asdict(search))
    return int(row["count"])


async def people_behind(platform: Platform, rows: Sequence[Record]) -> dict[UUID, PersonalData]:
    """Read the users who made the redemptions of these rows."""
    user_ids = {row["user_id"] for row in rows if row["user_id"] is not None}
    return await people_of(platform.database, platform.vault, user_ids)


def staff_name(row: Record, people: Mapping[UUID, PersonalData]) -> str | None:
    """Name the clerk as the till did, or else the user."""
    if row["staff"] is not None:
        return str(row["staff"])
    person = people.get(row["user_id"])
    return None if person is None else person.name


def key_of(entry: ListedRedemption) -> SortKey:
    """Tell where a redemption stands in a list."""
    return entry.redemption.created_at, entry.redemption.id


def _listed_redemption(row: Record, people: Mapping[UUID, PersonalData]) -> ListedRedemption:
    facts: dict[str, Any] = {name: row[name] for name in ("product_id", "value", "currency")}
    return ListedRedemption(
        redemption_from(row), product=row["label"], staff=staff_name(row, people), **facts
    )

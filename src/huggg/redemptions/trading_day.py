"""A merchant's redemptions of a day by its own calendar, their totals, and those of a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from huggg.database.pool import Database
from huggg.identity.caller import Caller
from huggg.kit.platform import Platform
from huggg.people.personal_data import PersonalData
from huggg.people.store import people_of
from huggg.redemptions.redemption import Location, Redemption
from huggg.redemptions.store import queries, redemption_from

ROWS_MAX = 500


class ListedRedemption(Struct, frozen=True):
    """A redemption with the names that a clerk knows; `value` in pence."""

    redemption: Redemption
    product: str | None
    staff: str | None
    value: int


class TradingDay(Struct, frozen=True):
    """A day of a merchant, in its time zone: from `since` until just before `until`."""

    day: date
    since: datetime
    until: datetime
    time_zone: str


class Total(Struct, frozen=True):
    """The redemptions that stand of one product by one clerk; `value` in pence."""

    product: str | None
    staff: str | None
    redemptions: int
    value: int


class NamedLocation(Struct, frozen=True):
    """A location as its staff calls it."""

    location: Location
    name: str


async def trading_day(database: Database, brand_id: UUID, day: date | None = None) -> TradingDay:
    """Give the bounds of a merchant's day, today unless it is named."""
    row = await database.one(queries.trading_day, brand_id=brand_id, day=day)
    return TradingDay(row["day"], row["since"], row["until"], row["time_zone"])


async def redemptions_of_day(
    platform: Platform, day: TradingDay, *, caller: Caller, reference: str | None = None
) -> list[ListedRedemption]:
    """List the redemptions at the caller's locations, the latest first, and at most `ROWS_MAX`.

    With a `reference`: those of a sale under it, or of a receipt with that number.
    """
    rows = await platform.database.planned(
        queries.of_day, **_at(day, caller), reference=reference, most=ROWS_MAX
    )
    people = await _people(platform, rows)
    return [
        ListedRedemption(redemption_from(row), row["label"], _staff(row, people), row["value"])
        for row in rows
    ]


async def totals_of_day(platform: Platform, day: TradingDay, *, caller: Caller) -> Sequence[Total]:
    """Add up the redemptions that stand at the caller's locations, by product and clerk."""
    rows = await platform.database.planned(queries.totals_of_day, **_at(day, caller))
    people = await _people(platform, rows)
    return [
        Total(row["label"], _staff(row, people), row["redemptions"], int(row["value"])) for row in rows
    ]


async def locations_of(database: Database, caller: Caller) -> list[NamedLocation]:
    """List the locations at which the caller may redeem, by name."""
    rows = await database.rows(queries.locations_of_brand, brand_id=caller.brand_id)
    return [
        NamedLocation(Location(row["id"], row["brand_id"]), row["name"])
        for row in rows
        if caller.acts_at(row["id"])
    ]


async def _people(platform: Platform, rows: Sequence[Record]) -> dict[UUID, PersonalData]:
    user_ids = {row["user_id"] for row in rows if row["user_id"] is not None}
    return await people_of(platform.database, platform.vault, user_ids)


def _staff(row: Record, people: Mapping[UUID, PersonalData]) -> str | None:
    """Name the clerk as the till told, or else the user."""
    if row["staff"] is not None:
        return str(row["staff"])
    person = people.get(row["user_id"])
    return None if person is None else person.name


def _at(day: TradingDay, caller: Caller) -> dict[str, object]:
    return {
        "brand_id": caller.brand_id,
        "location_ids": None if caller.every_location else sorted(caller.location_ids),
        "since": day.since,
        "until": day.until,
    }

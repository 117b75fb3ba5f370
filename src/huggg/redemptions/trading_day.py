"""A merchant's redemptions of a day by its own calendar, and their totals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from huggg.database.pool import Database
from huggg.identity.caller import Caller
from huggg.kit.platform import Platform
from huggg.redemptions.redemption import Location
from huggg.redemptions.search import (
    ListedRedemption,
    RedemptionSearch,
    at_locations_of,
    find_all,
    find_redemptions,
    people_behind,
    staff_name,
)
from huggg.redemptions.store import queries


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
    platform: Platform, day: TradingDay, *, caller: Caller, size: int | None = None
) -> list[ListedRedemption]:
    """List the redemptions at the caller's locations, the latest first; all, unless a size is given."""
    search = RedemptionSearch(**_at(day, caller))
    if size is None:
        return await find_all(platform, search)
    return await find_redemptions(platform, search, size=size)


async def totals_of_day(platform: Platform, day: TradingDay, *, caller: Caller) -> Sequence[Total]:
    """Add up the redemptions that stand at the caller's locations, by product and clerk."""
    rows = await platform.database.planned(queries.totals_of_day, **_at(day, caller))
    people = await people_behind(platform, rows)
    return [
        Total(row["label"], staff_name(row, people), row["redemptions"], int(row["value"]))
        for row in rows
    ]


async def locations_of(database: Database, caller: Caller) -> list[NamedLocation]:
    """List the locations at which the caller may redeem, by name."""
    rows = await database.rows(queries.locations_of_brand, brand_id=caller.brand_id)
    return [
        NamedLocation(Location(row["id"], row["brand_id"]), row["name"])
        for row in rows
        if caller.acts_at(row["id"])
    ]


def _at(day: TradingDay, caller: Caller) -> dict[str, Any]:
    return {
        "brand_id": caller.brand_id,
        "location_ids": at_locations_of(caller),
        "since": day.since,
        "until": day.until,
    }

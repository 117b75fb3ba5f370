"""Time as the published API writes it; values inside are aware datetimes in UTC.

This module never reads a clock: the query that gathers reads `now` once, from the database.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""An instant before all that we keep."""

DAY = len("2018-11-05")
SECONDS = len("2018-11-05T17:16:14")
"""The unit to which a published instant is cut."""


_NEAR_DAY = re.compile(r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)

NEAR_DAY = "a day like 2026-11-28, from 1900 to 2999"


def in_utc(at: datetime) -> datetime:
    """Give an instant in UTC. Raises ValueError for one that is not, or that UTC's calendar lacks.

    `0001-01-01T00:00+14:00` is a day before that calendar begins: neither Python nor the driver of
    PostgreSQL can go on with it.
    """
    if at.tzinfo is None:
        raise ValueError("it has no zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("it is outside of the calendar") from None


def as_utc(at: datetime) -> datetime:
    """Give an instant that the database knows in UTC. Mostly it is: the driver gives no other."""
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def near_day(text: str) -> date | None:
    """Read a day that is neither in the distant past nor in the distant future; None for another text.

    The ends of days far from now are instants that Python cannot write.
    """
    try:
        return date.fromisoformat(text) if _NEAR_DAY.fullmatch(text) else None
    except ValueError:
        return None


def timestamp(at: datetime) -> str:
    """Write `2018-11-05 17:16:14`, the form of most entities."""
    text = _isoformat(at)
    return f"{text[:DAY]} {text[DAY + 1 : SECONDS]}"


def timestamp_or_none(at: datetime | None) -> str | None:
    """Write an instant that may not have come yet."""
    return None if at is None else timestamp(at)


def iso_timestamp(at: datetime) -> str:
    """Write `2018-11-20T17:34:08Z`, the form of redemptions."""
    return f"{_isoformat(at)[:SECONDS]}Z"


def _isoformat(at: datetime) -> str:
    """Write an instant in UTC as JSON has it. Python's own way takes five times as long."""
    text: str = msgspec.to_builtins(as_utc(at))
    return text

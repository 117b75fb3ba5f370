"""The time zones in which the owner of a phone number may be."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

HOME = ZoneInfo("Europe/London")


@lru_cache(maxsize=4096)
def zones_of_number(number: str) -> tuple[ZoneInfo, ...]:
    """List the zones of an E.164 number's area; London for a number of no place.

    The library's table is imported with the first number: only workers need it.
    """
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415

    names = time_zones_for_number(phonenumbers.parse(number))
    return tuple(filter(None, map(_zone, names))) or (HOME,)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return None if name.startswith("Etc/") else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None

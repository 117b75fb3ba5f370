"""Expiries: days and instants in the forms that files have them, each read in one way or not at all."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from huggg.vouchers.code_files.hints import DateOrder

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
FOR_EVER_YEAR = 9999  # databases write it for a code without an end
TIME = r"(?:[ T](?P<time>\d{1,2}:\d{2}(?::\d{2})?))?"
NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
FORMS = tuple(
    re.compile(form + TIME, re.ASCII)
    for form in (
        r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d\d?)(?P=sign)(?P<day>\d\d?)",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})",  # with dots the day is first everywhere
        rf"{DAY}[- ]{NAME},?[- ](?P<year>\d{{4}}|\d\d)",
        rf"{NAME} {DAY},? (?P<year>\d{{4}})",
    )
)
EITHER_FIRST = re.compile(
    r"(?P<one>\d\d?)(?P<sign>[-/])(?P<two>\d\d?)(?P=sign)(?P<year>\d{4})" + TIME, re.ASCII
)
NOT_UNDERSTOOD = "has an expiry that is not like 2027-10-31 or 2027-10-31 23:59:00"
AMBIGUOUS = "has an expiry that may be one of two days; say --dates day-first or --dates month-first"


class Expiries:
    """Reads days and instants; a file mostly says the same one a million times."""

    def __init__(self, zone: ZoneInfo, order: DateOrder | None) -> None:
        self._zone = zone
        self._order = order
        self._known: dict[str, datetime | None] = {}

    def instant(self, text: str) -> datetime | None:
        """Read an expiry; a day is good to its end where the brand is, and one of 9999 for ever.

        Raises ValueError.
        """
        if text not in self._known:
            self._known[text] = self._read(text)
        return self._known[text]

    def _read(self, text: str) -> datetime | None:
        try:
            day, at = day_and_time(text, self._order)
            if day.year == FOR_EVER_YEAR:
                return None
            if at is None:
                return datetime.combine(day + timedelta(days=1), time(), self._zone).astimezone(UTC)
            local = datetime.combine(day, at)
            return (local if at.tzinfo else local.replace(tzinfo=self._zone)).astimezone(UTC)
        except OverflowError:
            raise ValueError(NOT_UNDERSTOOD) from None


def reads_as_expiry(text: str) -> bool:
    """Tell whether a cell is a day or an instant, be it one of two."""
    try:
        day_and_time(text, DateOrder.DAY_FIRST)
    except ValueError:
        try:
            day_and_time(text, DateOrder.MONTH_FIRST)
        except ValueError:
            return False
    return True


def day_and_time(text: str, order: DateOrder | None) -> tuple[date, time | None]:
    """Read a day, and a time of day where the text has one. Raises ValueError."""
    match = next((parsed for form in FORMS if (parsed := form.fullmatch(text))), None)
    if match is not None:
        parts = match.groupdict()
        return _day(parts["year"], _month(parts), parts["day"]), _time(parts["time"])
    either = EITHER_FIRST.fullmatch(text)
    if either is not None:
        return _either(either, order), _time(either["time"])
    return _iso(text)


def _either(match: re.Match[str], order: DateOrder | None) -> date:
    one, two, year = match["one"], match["two"], match["year"]
    if order is None:
        if int(one) <= len(MONTHS) and int(two) <= len(MONTHS) and int(one) != int(two):
            raise ValueError(AMBIGUOUS)
        order = DateOrder.MONTH_FIRST if int(two) > len(MONTHS) else DateOrder.DAY_FIRST
    return _day(year, one, two) if order is DateOrder.MONTH_FIRST else _day(year, two, one)


def _iso(text: str) -> tuple[date, time | None]:
    """Read an instant as machines write it, with fractions and offsets from UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(NOT_UNDERSTOOD) from None
    if "T" not in text and " " not in text:  # a week's day, or another form that hides which day it is
        raise ValueError(NOT_UNDERSTOOD)
    return at.date(), at.timetz()


def _month(parts: dict[str, str]) -> str:
    name = parts.get("name")
    if name is None:
        return parts["month"]
    for number, month in enumerate(MONTHS, start=1):
        if month.startswith(name.lower()):
            return str(number)
    raise ValueError(NOT_UNDERSTOOD)


def _day(year: str, month: str, day: str) -> date:
    try:
        return date(int(year) if len(year) > len("27") else 2000 + int(year), int(month), int(day))
    except ValueError:
        raise ValueError(NOT_UNDERSTOOD) from None


def _time(text: str | None) -> time | None:
    try:
        return None if text is None else time.fromisoformat(f"0{text}" if text[1] == ":" else text)
    except ValueError:
        raise ValueError(NOT_UNDERSTOOD) from None

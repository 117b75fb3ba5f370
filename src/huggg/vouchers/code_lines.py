"""Reading a file of codes: one a line, perhaps with an expiry; or CSV that names its columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from huggg.vouchers.card_numbers import is_card_number

CODE_LENGTH_MAX = 64
CODE_COLUMNS = {"code", "codes", "voucher", "voucher_code"}
EXPIRY_COLUMNS = {"expiry", "expires", "expires_at", "expiry_date"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Which fields of a line are what."""

    code: int = 0
    expiry: int | None = 1
    fields_max: int | None = 2
    heading: bool = False


class CodeLine(NamedTuple):
    """A code, where it stands, and until when it is good."""

    line: int
    code: str
    valid_until: datetime | None


@dataclass(slots=True)
class Lines:
    """What a stretch of a file holds."""

    codes: list[CodeLine] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


def layout_of(first_line: str) -> Layout:
    """Read the heading, if the first line is one."""
    names = [name.strip().lower() for name in next(csv.reader([first_line]), [])]
    code = next((i for i, name in enumerate(names) if name in CODE_COLUMNS), None)
    if code is None:
        return Layout()
    expiry = next((i for i, name in enumerate(names) if name in EXPIRY_COLUMNS), None)
    return Layout(code, expiry, None, heading=True)


def read_lines(text: str, *, first: int, layout: Layout, time_zone: str, now: datetime) -> Lines:
    """Read a stretch that begins at line `first`; problems name the line, never the code."""
    found = Lines()
    expiries = _Expiries(ZoneInfo(time_zone))
    for line, fields in enumerate(_rows(text), start=first):
        if line == 1 and layout.heading:
            continue
        if len(fields) == 1 and layout.code == 0 and _is_plain(fields[0]):  # nearly all of them
            found.codes.append(CodeLine(line, fields[0], None))
            continue
        if not any(fields):
            found.blank.append(line)
            continue
        try:
            read = _read(line, fields, layout, expiries)
        except ValueError as wrong:
            found.problems.append((line, str(wrong)))
            continue
        if read.valid_until is not None and read.valid_until <= now:
            found.expired.append(line)
        else:
            found.codes.append(read)
    return found


def _rows(text: str) -> Iterator[list[str]]:
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if '"' in text:
        for line in lines:
            yield [part.strip() for part in next(csv.reader([line.rstrip("\r")]), [])]
    else:
        for line in lines:
            yield [part.strip() for part in line.split(",")] if "," in line else [line.strip()]


def _is_plain(code: str) -> bool:
    """Tell at a glance that nothing can be wrong with a code; the others are looked at closely."""
    return len(code) <= CODE_LENGTH_MAX and code.isascii() and code.isalnum() and not code.isdigit()


def _read(line: int, fields: Sequence[str], layout: Layout, expiries: _Expiries) -> CodeLine:
    if layout.fields_max is not None and len(fields) > layout.fields_max:
        raise ValueError("has more than a code and an expiry; name the columns in a heading")
    code = fields[layout.code] if layout.code < len(fields) else ""
    if not code:
        raise ValueError("has no code")
    if len(code) > CODE_LENGTH_MAX:
        raise ValueError(f"is too long: a code has at most {CODE_LENGTH_MAX} characters")
    if not code.isprintable():
        raise ValueError("has characters that cannot be printed")
    if code[0].isdigit() and is_card_number(code):
        raise ValueError("looks like a payment card number, which must not be kept here")
    has_expiry = layout.expiry is not None and layout.expiry < len(fields)
    expiry = fields[layout.expiry] if has_expiry and layout.expiry is not None else ""
    return CodeLine(line, code, expiries.instant(expiry) if expiry else None)


class _Expiries:
    """Reads days and instants; a file mostly says the same one a million times."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[str, datetime] = {}

    def instant(self, text: str) -> datetime:
        """Read an expiry; a day is good to its end where the brand is. Raises ValueError."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._read(text)
        return known

    def _read(self, text: str) -> datetime:
        try:
            if len(text) == len("2027-10-31"):
                after = date.fromisoformat(text) + timedelta(days=1)
                return datetime.combine(after, time(), self._zone).astimezone(UTC)
            at = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            raise ValueError(
                "has an expiry that is not like 2027-10-31 or 2027-10-31 23:59:00"
            ) from None
        return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(UTC)

"""Hints: an operator's options about a code file, for facts that the file does not show."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from huggg.kit.errors import Invalid

DELIMITER_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


class ColumnRole(StrEnum):
    """The content of a column of a code file."""

    CODE = "code"
    PIN = "pin"
    EXPIRES = "expires"


class DateOrder(StrEnum):
    """The reading of a date such as `03/04/2027`."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@dataclass(frozen=True, slots=True)
class Hints:
    """The options; None, or empty, where the file itself decides."""

    delimiter: str | None = None
    encoding: str | None = None
    columns: Mapping[ColumnRole, str] = field(default_factory=dict)  # by heading, or by number from 1
    ignored: Sequence[str] = ()  # likewise
    heading: bool | None = None
    dates: DateOrder | None = None
    sheet: str | None = None


def delimiter_hint(text: str) -> str:
    """Read a delimiter: the character, or its name. Raises Invalid."""
    delimiter = DELIMITER_NAMES.get(text.lower(), text)
    if len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\"'\r\n":
        raise Invalid("--delimiter: must be one character, or comma, semicolon, tab or pipe.")
    return delimiter


def encoding_hint(text: str) -> str:
    """Read the name of an encoding of text. Raises Invalid."""
    try:
        name = codecs.lookup(text).name
        "".encode(name)
    except (LookupError, ValueError):
        raise Invalid(f"--encoding: {text!r} is not the name of an encoding.") from None
    return name


def columns_hint(texts: Sequence[str]) -> dict[ColumnRole, str]:
    """Read `code=Card,pin=Secret`, in one text or several. Raises Invalid."""
    columns: dict[ColumnRole, str] = {}
    for part in ",".join(texts).split(",") if texts else ():
        name, _, column = part.partition("=")
        role = name.strip().lower()
        if role not in set(ColumnRole) or not column.strip() or role in columns:
            raise Invalid("--columns: must be like code=Card,pin=Secret,expires=Until, or code=1,pin=2.")
        columns[ColumnRole(role)] = column.strip()
    return columns

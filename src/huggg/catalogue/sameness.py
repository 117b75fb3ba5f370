"""Comparing two JSON documents by content.

The order of an object's keys, escapes, blanks and the spelling of numbers (`3.50`, `35e-1`) make no
difference; a number never equals a boolean. A catalogue that an editor or another server rewrote is the
same one.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple


class Number(NamedTuple):
    """A number by its value; of another type than booleans, which Python takes for 0 and 1."""

    value: Decimal


def say_the_same(one: str | bytes, other: str | bytes, *, but: Collection[str] = ()) -> bool:
    """Compare two documents by content, without the keys in `but`."""
    return one == other or _meaning(one, but) == _meaning(other, but)


def _meaning(text: str | bytes, but: Collection[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text, parse_int=_number, parse_float=_number)
    return {key: value for key, value in document.items() if key not in but}


def _number(text: str) -> Number:
    return Number(Decimal(text))

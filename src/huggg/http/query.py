"""The query string: its pairs as they were sent, and the ways in which a route reads them.

A refusal of an unacceptable value names the parameter. A list is read in every form in which clients
write it: `embed[]=a`, `embed[0]=a` or `embed=a`, repeated, with `a,b` for two items.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from huggg.http.slips import PUBLISHED, excerpt, refuse_slip, tell_ignored
from huggg.kit.clock import NEAR_DAY, near_day
from huggg.kit.errors import Invalid
from huggg.kit.ids import parse_id

Query = Sequence[tuple[str, str]]
"""A query string as pairs, in the order they were sent; keys may repeat."""


def expand_lists(pairs: Query, names: Collection[str]) -> list[tuple[str, str]]:
    """Write each item of a list as a pair of its own, `embed[]` and `a`; check all names.

    `names` are the parameters of the route, a list's with its brackets. Raises Invalid for a name that
    is one slip away from one of them; another unknown name is reported and left as it is.
    """
    checked: list[tuple[str, str]] = []
    for name, value in pairs:
        list_name = f"{listed_key(name) or name}[]"
        if list_name in names:
            checked += ((list_name, item) for item in items_of(value))
        else:
            _check_name(name, names)
            checked.append((name, value))
    return checked


def _check_name(name: str, names: Collection[str]) -> None:
    if name in names:
        return
    if (plain := listed_key(name)) in names:
        raise Invalid(f"{excerpt(name)}: is not known; did you mean {plain}?")
    if (plain or name) not in PUBLISHED:
        refuse_slip(excerpt(name), name, (each.removesuffix("[]") for each in names))
    tell_ignored(f"query.{plain or name}")


def items_of(text: str) -> list[str]:
    """Take a list that is written with commas apart; a text without any is a list of one."""
    return [item.strip() for item in text.split(",")] if "," in text else [text.strip()]


def all_items(texts: Iterable[str]) -> list[str]:
    """Collect the items of a body's list, whose texts may contain commas."""
    return [item for text in texts for item in items_of(text)]


def listed_key(name: str) -> str | None:
    """Tell which list a name adds to: `embed` for `embed[]` and `embed[7]`; None if it is no list's."""
    key, bracket, index = name.partition("[")
    if not bracket or not key or "]" in key:
        return None
    return key if index == "]" or (index[-1:] == "]" and index[:-1].isdecimal()) else None


def requested_list(query: Query, key: str) -> list[str]:
    """Collect a repeatable parameter: `embed[]=a&embed[]=b` and `embed[0]=a&embed[1]=b` alike."""
    return [value for name, value in query if listed_key(name) == key]


def requested_ids(query: Query, key: str) -> list[UUID] | None:
    """Collect a repeatable parameter of ids; None when there is none.

    A text that is no id matches nothing.
    """
    texts = requested_list(query, key)
    return [id_ for text in texts if (id_ := parse_id(text))] if texts else None


def requested_choice(query: Query, key: str, choices: Sequence[str]) -> str | None:
    """Read a parameter that must be one of these, if it is there. Raises Invalid."""
    text = dict(query).get(key)
    if text is not None and text not in choices:
        raise Invalid(f"{key}: must be one of {', '.join(choices)}.")
    return text


def requested_whole(query: Query, key: str, *, least: int, most: int) -> int | None:
    """Read a parameter that must be a whole number from `least` to `most`, if there. Raises Invalid."""
    text = dict(query).get(key)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
        raise Invalid(f"{key}: must be a whole number from {least} to {most}.")
    return int(text)


def requested_day(query: Query, key: str) -> date | None:
    """Read a day like 2026-11-28, unless it is missing or blank. Raises Invalid for another text."""
    text = dict(query).get(key)
    if not text:
        return None
    day = near_day(text)
    if day is None:
        raise Invalid(f"{key}: must be {NEAR_DAY}.")
    return day

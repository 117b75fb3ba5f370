"""The query string: pairs as they were sent, and how a route reads what it was asked.

Whatever cannot be meant is refused by the parameter's name; what nobody reads is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from huggg.kit.errors import Invalid
from huggg.kit.ids import parse_id

Query = Sequence[tuple[str, str]]
"""A query string as pairs, in the order they were sent; keys may repeat."""

_ITEM = re.compile(r"(?P<key>[^\[\]]+)\[\d*\]")


def listed_key(name: str) -> str | None:
    """Tell which list a name adds to: `embed` for `embed[]` and `embed[7]`; None if it is no list's."""
    match = _ITEM.fullmatch(name)
    return match["key"] if match else None


def asked_list(query: Query, key: str) -> list[str]:
    """Collect a repeatable parameter: `embed[]=a&embed[]=b` and `embed[0]=a&embed[1]=b` alike."""
    return [value for name, value in query if listed_key(name) == key]


def asked_ids(query: Query, key: str) -> list[UUID] | None:
    """Collect a repeatable parameter of ids; None when there is none. Raises Invalid."""
    texts = asked_list(query, key)
    found = [id_ for text in texts if (id_ := parse_id(text))]
    if len(found) < len(texts):
        raise Invalid(f"{key}[]: must be a GUID.")
    return found or None


def asked_choice(query: Query, key: str, choices: Sequence[str]) -> str | None:
    """Read a parameter that must be one of these, if it is there. Raises Invalid."""
    text = dict(query).get(key)
    if text is not None and text not in choices:
        raise Invalid(f"{key}: must be one of {', '.join(choices)}.")
    return text


def asked_whole(query: Query, key: str, *, least: int, most: int) -> int | None:
    """Read a parameter that must be a whole number from `least` to `most`, if there. Raises Invalid."""
    text = dict(query).get(key)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
        raise Invalid(f"{key}: must be a whole number from {least} to {most}.")
    return int(text)

"""Pages, as the published lists have them: 20 to a page, a total, and links to the neighbours.

The shape is Laravel's length-aware paginator with one quirk of the published API: `path` is the whole
address including its query, without `page`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from huggg.kit.errors import Invalid

PER_PAGE = 20
PER_PAGE_MAX = 100
PAGE_MAX = 1_000_000_000

Query = Sequence[tuple[str, str]]
"""A query string as pairs, in the order they were sent; keys may repeat."""

_INDEXED = re.compile(r"(?P<key>[^\[\]]+)\[\d*\]")


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page of a list the caller wants."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size


def asked_page(query: Query) -> PageAsked:
    """Read `page` and `per_page`. Raises Invalid when either is not a number in range."""
    values = dict(query)
    return PageAsked(
        number=_whole(values, "page", 1, PAGE_MAX),
        size=_whole(values, "per_page", PER_PAGE, PER_PAGE_MAX),
    )


def asked_list(query: Query, key: str) -> list[str]:
    """Collect a repeatable parameter: `embed[]=a&embed[]=b` and `embed[0]=a&embed[1]=b` alike."""
    return [value for name, value in query if (m := _INDEXED.fullmatch(name)) and m["key"] == key]


def paginate(
    data: Sequence[Any], *, asked: PageAsked, total: int, address: str, query: Query
) -> dict[str, Any]:
    """Build the published envelope; `embedded` is the caller's to add, at its end."""
    last_page = max(1, -(-total // asked.size))
    path = _url(address, _flat(query))
    first = asked.offset + 1
    return {
        "current_page": asked.number,
        "data": data,
        "from": first if data else None,
        "last_page": last_page,
        "next_page_url": _neighbour(address, query, asked.number + 1, last_page),
        "path": path,
        "per_page": asked.size,
        "prev_page_url": _neighbour(address, query, asked.number - 1, last_page),
        "to": first + len(data) - 1 if data else None,
        "total": total,
    }


def _whole(values: dict[str, str], key: str, default: int, limit: int) -> int:
    text = values.get(key)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 1 <= int(text) <= limit:
        raise Invalid(f"{key}: must be a whole number from 1 to {limit}.")
    return int(text)


def _neighbour(address: str, query: Query, number: int, last_page: int) -> str | None:
    if not 1 <= number <= last_page:
        return None
    return _url(address, [*_flat(query), ("page", str(number))])


def _flat(query: Query) -> list[tuple[str, str]]:
    """Name list items by their place, `embed[0]`, as the published links do; `page` is left out."""
    flat: list[tuple[str, str]] = []
    seen: dict[str, int] = {}
    for name, value in query:
        match = _INDEXED.fullmatch(name)
        if match:
            place = seen.setdefault(match["key"], 0)
            seen[match["key"]] += 1
            flat.append((f"{match['key']}[{place}]", value))
        elif name != "page":
            flat.append((name, value))
    return flat


def _url(address: str, query: Iterable[tuple[str, str]]) -> str:
    pairs = sorted(query, key=lambda pair: pair[0].partition("[")[0])
    text = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in pairs)
    return f"{address}?{text}" if text else address

"""Pages, as the published lists have them: 20 to a page, a total, and links to the neighbours.

The shape is Laravel's length-aware paginator with one quirk of the published API: `path` is the whole
address including its query, without `page`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from huggg.kit.query import Query, asked_whole, listed_key

PER_PAGE = 20
PER_PAGE_MAX = 100
PAGE_MAX = 1_000_000_000

PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")

Written = Sequence[tuple[str, str]]
"""The parameters of a query as they stand in a URL, each beside the name it is sorted by."""


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page of a list the caller wants."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size


ONE = PageAsked(number=1, size=1)
"""The page on which to look for one entity among those of a list."""


def asked_page(query: Query) -> PageAsked:
    """Read `page` and `per_page`. Raises Invalid when either is not a number in range."""
    return PageAsked(
        number=asked_whole(query, "page", least=1, most=PAGE_MAX) or 1,
        size=asked_whole(query, "per_page", least=1, most=PER_PAGE_MAX) or PER_PAGE,
    )


def paginate(
    data: Sequence[Any], *, asked: PageAsked, total: int, address: str, query: Query
) -> dict[str, Any]:
    """Build the published envelope; `embedded` is the caller's to add, at its end."""
    last_page = max(1, -(-total // asked.size))
    others = _written(query)
    path = _url(address, others)
    first = asked.offset + 1
    return {
        "current_page": asked.number,
        "data": data,
        "from": first if data else None,
        "last_page": last_page,
        "next_page_url": _neighbour(address, others, asked.number + 1, last_page),
        "path": path,
        "per_page": asked.size,
        "prev_page_url": _neighbour(address, others, asked.number - 1, last_page),
        "to": first + len(data) - 1 if data else None,
        "total": total,
    }


def _neighbour(address: str, others: Written, number: int, last_page: int) -> str | None:
    if not 1 <= number <= last_page:
        return None
    return _url(address, [*others, ("page", f"page={number}")])


def _written(query: Query) -> Written:
    """Name list items by their place, `embed[0]`, as the published links do; `page` is left out."""
    written: list[tuple[str, str]] = []
    seen: dict[str, int] = {}
    for name, value in query:
        key = listed_key(name)
        if key is not None:
            place = seen[key] = seen.get(key, -1) + 1
            written.append((key, f"{_quoted(key)}%5B{place}%5D={_quoted(value)}"))
        elif name != "page":
            written.append((name.partition("[")[0], f"{_quoted(name)}={_quoted(value)}"))
    return written


def _url(address: str, written: Written) -> str:
    text = "&".join(pair for _, pair in sorted(written, key=itemgetter(0)))
    return f"{address}?{text}" if text else address


def _quoted(text: str) -> str:
    """Write a part of a query string; mostly there is nothing to escape."""
    return text if PLAIN.fullmatch(text) else quote(text, safe="")

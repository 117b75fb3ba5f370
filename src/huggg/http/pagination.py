"""Pages, as the published lists have them: 20 to a page, a total, and links to the neighbours.

The shape is Laravel's length-aware paginator with one quirk of the published API: `path` is the whole
address including its query, without `page`. A page that was asked for by a cursor (`http/cursor.py`) has
the same keys, and null for its number and all that follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from huggg.http.query import Query, listed_key, requested_whole
from huggg.kit.ids import LAST

PER_PAGE = 20
PER_PAGE_MAX = 100
PAGE_MAX = 1_000_000_000
CURSOR = "cursor"

SortKey = tuple[Any, ...]
"""The key of a row in the order of its list: the values that order it, the last one unique."""

NEWEST_FIRST: SortKey = (LAST,)
"""The key before all of a list that begins with the latest id."""

PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")

QueryPairs = Sequence[tuple[str, str]]
"""The parameters of a query as they stand in a URL, each beside the name it is sorted by."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The requested page: by number, or after a row's key."""

    number: int
    size: int
    after: SortKey | None = None

    @property
    def offset(self) -> int:
        """The number of rows before the page."""
        return (self.number - 1) * self.size


FROM_TOP_ROWS = 1_000
"""A page that begins this near the top is counted from the top, also where the bottom is nearer."""


def window_of(page: PageRequest, total: int) -> dict[str, Any]:
    """Tell which rows a page has, counted from the nearer end of a list of so many rows.

    Gives the values of the statements that read pages: `offset`, `size`, `from_end`.
    """
    behind = total - page.offset - page.size
    if page.after is not None or page.offset <= max(behind, FROM_TOP_ROWS):
        return {"offset": page.offset, "size": page.size, "from_end": False}
    size = min(page.size, max(total - page.offset, 0))
    return {"offset": max(behind, 0), "size": size, "from_end": True}


ONE = PageRequest(number=1, size=1)
"""The page on which to look for one entity among those of a list."""


def requested_page(query: Query) -> PageRequest:
    """Read `page` and `per_page`. Raises Invalid when either is not a number in range."""
    return PageRequest(
        number=requested_whole(query, "page", least=1, most=PAGE_MAX) or 1,
        size=requested_whole(query, "per_page", least=1, most=PER_PAGE_MAX) or PER_PAGE,
    )


def paginate(
    data: Sequence[Any],
    *,
    page: PageRequest,
    total: int,
    address: str,
    query: Query,
    cursor: Callable[[], str] | None = None,
) -> tuple[dict[str, Any], str]:
    """Build the published envelope, and its `Link` header.

    `cursor` writes the cursor after the last row. The next link is made of it, so that a client that
    follows links sees no row twice. The caller adds `embedded` at the envelope's end.
    """
    others = _pairs(query)
    path = _url(address, others)
    fill = _numbered_envelope if page.after is None else _cursor_envelope
    envelope, more = fill(data, page, total, address, others)
    links = {"first": path, "prev": envelope["prev_page_url"]}
    if more and cursor is not None:
        links["next"] = _url_after(address, others, cursor())
        if page.after is not None:
            envelope["next_page_url"] = links["next"]
    envelope["path"] = path
    return envelope, link_header(links)


def url_after(address: str, query: Query, cursor: str) -> str:
    """Write where a list goes on after a cursor's row."""
    return _url_after(address, _pairs(query), cursor)


def _url_after(address: str, others: QueryPairs, cursor: str) -> str:
    return _url(address, [*others, (CURSOR, f"{CURSOR}={cursor}")])


def link_header(links: Mapping[str, str | None]) -> str:
    """Write links by their relations, as the `Link` header has them; None is no link."""
    return ", ".join(f'<{url}>; rel="{name}"' for name, url in links.items() if url)


Paged = tuple[dict[str, Any], bool]
"""An envelope, and whether the list goes on after it."""


def _cursor_envelope(
    data: Sequence[Any], page: PageRequest, total: int, _: str, __: QueryPairs
) -> Paged:
    """Fill the envelope of a cursor's page, whose number is not known.

    A full page may be the last: the one after it is then empty, and has no next.
    """
    envelope = {
        "current_page": None,
        "data": data,
        "from": None,
        "last_page": None,
        "next_page_url": None,
        "path": "",
        "per_page": page.size,
        "prev_page_url": None,
        "to": None,
        "total": total,
    }
    return envelope, len(data) == page.size


def _numbered_envelope(
    data: Sequence[Any], page: PageRequest, total: int, address: str, others: QueryPairs
) -> Paged:
    """Fill the envelope of a numbered page, as published.

    From a page beyond the last one a client still finds its way back.
    """
    last_page = max(1, -(-total // page.size))
    first, goes_on = page.offset + 1, page.number < last_page
    envelope = {
        "current_page": page.number,
        "data": data,
        "from": first if data else None,
        "last_page": last_page,
        "next_page_url": _numbered(address, others, page.number + 1) if goes_on else None,
        "path": "",
        "per_page": page.size,
        "prev_page_url": _numbered(address, others, page.number - 1) if page.number > 1 else None,
        "to": first + len(data) - 1 if data else None,
        "total": total,
    }
    return envelope, bool(data) and goes_on


def _numbered(address: str, others: QueryPairs, number: int) -> str:
    return _url(address, [*others, ("page", f"page={number}")])


def _pairs(query: Query) -> QueryPairs:
    """Name list items by their place, `embed[0]`, as published links do; leave out which page it is."""
    pairs: list[tuple[str, str]] = []
    occurrences: dict[str, int] = {}
    for name, value in query:
        key = listed_key(name)
        if key is not None:
            index = occurrences[key] = occurrences.get(key, -1) + 1
            pairs.append((key, f"{_quoted(key)}%5B{index}%5D={_quoted(value)}"))
        elif name not in ("page", CURSOR):
            pairs.append((name.partition("[")[0], f"{_quoted(name)}={_quoted(value)}"))
    return pairs


def _url(address: str, pairs: QueryPairs) -> str:
    text = "&".join(pair for _, pair in sorted(pairs, key=itemgetter(0)))
    return f"{address}?{text}" if text else address


def _quoted(text: str) -> str:
    """Write a part of a query string; mostly there is nothing to escape."""
    return text if PLAIN.fullmatch(text) else quote(text, safe="")

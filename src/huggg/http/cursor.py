"""Cursors: positions in a list, so that new rows do not shift a client's pages.

A numbered page counts rows from the top of a list, and a purchase at the top shifts all of them: the
next page shows one row twice. A cursor instead is the last row's key in the list's own order, and the
next page begins after it. It is sealed, so that it reveals nothing and cannot be changed, and bound to
its list and filters, so that no other list accepts it.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from huggg.http.operation import EMBED
from huggg.http.pagination import CURSOR, PageRequest, SortKey, requested_page
from huggg.http.web import Request, query_of
from huggg.kit.codes import SealBrokenError
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.kit.sealed_text import read_sealed_text, sealed_text

DEEP_ROWS = 10_000
LENGTH_MAX = 500
NOT_OURS = "cursor: is not one of this list; begin again without it."
NO_FILTERS = frozenset({"page", "per_page", CURSOR, EMBED})
"""Parameters that change the size or the embeds of a page, but not the rows of the list."""


def requested_walk(
    request: Request, platform: Platform, start: SortKey, *, filters: str = ""
) -> PageRequest:
    """Read which page of a list is wanted, by number or by cursor.

    `start` is a key before all of the list's, of the same types; `filters` are those beside the query.
    A page by number deep in a list counts as slow, as the database walks over all rows before it; one by
    cursor does not. Raises Invalid for a number out of range, and for a cursor that is not one of this
    very list, and TooManyAtOnce.
    """
    query = query_of(request)
    page, parameters = requested_page(query), dict(query)
    text = parameters.get(CURSOR)
    if text is None:
        if page.offset > DEEP_ROWS:
            request.context.count_as_slow()
        return page
    if "page" in parameters:
        raise Invalid("page: cannot be asked for together with cursor.")
    return replace(page, after=_read(text, platform, start, _bound_to(request, filters)))


def cursor_after(key: SortKey, request: Request, platform: Platform, *, filters: str = "") -> str:
    """Write the cursor of the page that comes after the row of this key."""
    sealed = platform.vault.seal(msgspec.json.encode(key), bound_to=_bound_to(request, filters))
    return sealed_text(sealed)


def _read(text: str, platform: Platform, start: SortKey, bound_to: bytes) -> SortKey:
    kinds = tuple(type(part) for part in start)
    try:
        plaintext = platform.vault.open(read_sealed_text(text[:LENGTH_MAX]), bound_to=bound_to)
    except (ValueError, SealBrokenError):
        raise Invalid(NOT_OURS) from None
    key: SortKey = msgspec.json.decode(plaintext, type=tuple.__class_getitem__(kinds))
    return key


def _bound_to(request: Request, filters: str) -> bytes:
    """Name the list and its filters."""
    operation = request.operation
    filter_names = operation.parameters - NO_FILTERS if operation else ()
    pairs = sorted((name, value) for name, value in query_of(request) if name in filter_names)
    return msgspec.json.encode(["cursor", request.scope["path"].rstrip("/"), pairs, filters])

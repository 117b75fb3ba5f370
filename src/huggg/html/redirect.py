"""Redirects: after a form, and to no other site."""

from __future__ import annotations

import re
from http import HTTPStatus

from huggg.http.web import Response

_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""Printable ASCII without a backslash. Browsers read `//host`, and that with a backslash, as the address
of another site, and drop tabs and line ends before they read."""


def is_own_path(target: str) -> bool:
    """Tell whether an address, with its query, is a path of this site in every browser's reading."""
    return _OWN_PATH.fullmatch(target) is not None


def see_other(target: str, *, cookies: tuple[str, ...] = ()) -> Response:
    """Lead a browser on by GET (303), so that a reload sends no form again.

    Raises ValueError for an address that is no path of this site: a page that takes one from its caller
    asks `is_own_path` first.
    """
    if not is_own_path(target):
        raise ValueError(f"a redirect leads to a path of this site, not to {target!r}")
    return Response(b"", HTTPStatus.SEE_OTHER, headers={"Location": target}, cookies=cookies)

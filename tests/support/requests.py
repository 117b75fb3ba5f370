"""Requests as a browser sends them, without a server."""

from __future__ import annotations

from huggg.http.edge.headers import read_headers
from huggg.http.request_context import RequestContext
from huggg.http.site import Site
from huggg.http.web import Request
from tests.support.openapi import embedding


def request_with(*headers: tuple[str, str], scheme: str = "http", vouched: str | None = None) -> Request:
    """Make a request with these headers, `vouched` being the host that a trusted proxy reported."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "scheme": scheme,
        "headers": raw,
        "query_string": b"",
        "client": ("127.0.0.1", 50000),
    }
    context = RequestContext("r1", "127.0.0.1", vouched)
    return Request(scope, read_headers(raw), context, Site(embedding()))

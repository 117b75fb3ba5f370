"""Headers for browsers: any page may call the API, with these methods and headers.

Published: the origin, the methods, and the first six headers. No cookie opens the API, so another site's
page cannot use a visitor's log-in; only a token opens it, and a page must have one.
"""

from __future__ import annotations

from huggg.http.edge.headers import EdgeHeaders, HeaderLines
from huggg.http.web import AsgiScope

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")
HEADERS = (
    "Content-Type",
    "Accept",
    "Authorization",
    "X-Requested-With",
    "Application",
    "X-Auth-Token",
    "Idempotency-Key",
    "X-Huggg-API-Key",
    "X-Request-Id",
    "If-None-Match",
    "Prefer",
)
EXPOSED = (
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
    "Idempotent-Replayed",
    "Huggg-Ignored",
    "Huggg-Hint",
    "Link",
    "ETag",
    "Preference-Applied",
    "Content-Disposition",
    "Date",
)
REMEMBERED_SECONDS = 600

ANY_ORIGIN = (b"access-control-allow-origin", b"*")

ANSWERED: HeaderLines = [
    ANY_ORIGIN,
    (b"access-control-expose-headers", ", ".join(EXPOSED).encode()),
]
"""Headers of every answer to a page of another origin: without them the page cannot read it."""

PERMITTED = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": ", ".join(HEADERS),
    "Access-Control-Max-Age": str(REMEMBERED_SECONDS),
}
"""Further headers of the answer to a preflight; a browser refuses a page that asks for more."""

PATHS = ("/api/", "/oauth/")


def is_preflight(scope: AsgiScope, edge_headers: EdgeHeaders) -> bool:
    """Tell whether a browser is asking whether a page may."""
    asks = edge_headers.from_page and edge_headers.asks_method and scope["method"] == "OPTIONS"
    return asks and scope["path"].startswith(PATHS)

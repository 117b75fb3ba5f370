"""The origin of a form: a form is taken from a page of this site only (cross-site request forgery).

A browser tells where a request comes from, and no page can change that. `Sec-Fetch-Site` decides where
browsers send it: over https, and on this machine. Elsewhere `Origin` decides, which they send with every
POST. A request with neither is refused: no browser sends such a form, and programs have the API.
"""

from __future__ import annotations

import re

from huggg.http.web import Request
from huggg.kit.errors import Forbidden

SAME_SITE = frozenset({"same-origin", "none"})
"""`none`: a person sent it, say by loading a page again."""

_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[^/,\s]+)")
_PORTS = {"http": ":80", "https": ":443"}


class CrossSiteForm(Forbidden):
    """The form was sent by a page of another site, or by a program."""

    sentence = "This form was not sent from a page of this site."


def refuse_cross_site_form(request: Request) -> None:
    """Let a form of this site through. Raises CrossSiteForm."""
    fetch_site = request.lines(b"sec-fetch-site")
    if fetch_site:
        is_ours = fetch_site in SAME_SITE
    else:
        host = request.context.host or request.header(b"host") or ""
        is_ours = is_same_origin(request.lines(b"origin"), scheme=request.scope["scheme"], host=host)
    if not is_ours:
        raise CrossSiteForm


def is_same_origin(origin: str, *, scheme: str, host: str) -> bool:
    """Tell whether an `Origin` is the one by which a browser reached this server.

    A proxy that ends TLS may not report it, hence https is accepted where this server speaks http. An
    http page is never accepted for an https one: an attacker on the line can have written it.
    """
    match = _ORIGIN.fullmatch(origin)
    if match is None or (scheme, match["scheme"]) == ("https", "http"):
        return False
    port = _PORTS[match["scheme"]]
    return bool(host) and match["host"].lower() == host.lower().removesuffix(port)

"""The log-ins that a front page shows: those of a demo world, to the machine that the demo runs on.

Only `huggg demo` hands log-ins to its own server, which listens on a loopback address; no setting does
it. The page shows them to a browser on the same machine that asks for a loopback name, through no proxy.
So a page of another site does not read them, even if the name of that site is pointed at this machine.
"""

from __future__ import annotations

from msgspec import Struct

from huggg.http.base import HOST, LOOPBACK
from huggg.http.edge.addresses import parse_address
from huggg.http.web import Request

FORWARDED = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)


class LogIn(Struct, frozen=True):
    """One way into a demo world: an API key has no name, and a gift is a link."""

    holder: str
    secret: str
    name: str = ""
    link: str = ""


def is_on_this_machine(request: Request) -> bool:
    """Tell whether a request comes from this machine, directly, and to a loopback name."""
    scope = request.scope
    peer = parse_address(scope["client"][0]) if scope["client"] else None
    if peer is None or not peer.is_loopback:
        return False
    if any(name in FORWARDED for name, _ in scope["headers"]):
        return False
    host = HOST.fullmatch(request.header(b"host") or "")
    return host is not None and LOOPBACK.fullmatch(host[1].lower()) is not None

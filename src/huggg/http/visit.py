"""A visit: one request, as seen from around it: its id, where it comes from, whose it is."""

from __future__ import annotations

from contextvars import ContextVar
from uuid import UUID

from msgspec import Struct

from huggg.http.places import ANYWHERE, Place
from huggg.kit.lease import Lease


class Visit(Struct):
    """What is known of a request before its route is, and what is learned on the way."""

    id: str
    address: str  # of whoever sent it, as limits count: an IPv6 one is a network of 64 bits
    host: str | None = None  # at which a trusted proxy was reached
    client_id: str | None = None
    user_id: UUID | None = None
    at_address: Lease | None = None
    of_caller: Lease | None = None
    ignored: tuple[str, ...] = ()  # names that were sent and are not known, as `query.max_price`
    place: Place = ANYWHERE


CURRENT: ContextVar[Visit | None] = ContextVar("visit", default=None)
"""The visit that is being served: log lines and ignored names may come up anywhere."""

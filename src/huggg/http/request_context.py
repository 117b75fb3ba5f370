"""The context of a request: its id, the address it comes from, its caller, its limits."""

from __future__ import annotations

from contextvars import ContextVar
from uuid import UUID

from msgspec import Struct
from structlog.typing import EventDict, WrappedLogger

from huggg.database.connections import IS_SLOW
from huggg.http.slots import UNLIMITED, Slot
from huggg.kit.lease import Lease


class RequestContext(Struct):
    """The facts about a request around its content; the edge begins with few, and each layer adds."""

    id: str
    address: str  # of the sender, as limits count: an IPv6 one is a network of 64 bits
    host: str | None = None  # at which a trusted proxy was reached
    client_id: str | None = None
    user_id: UUID | None = None
    at_address: Lease | None = None
    of_caller: Lease | None = None
    ignored: tuple[str, ...] = ()  # names that were sent and are not known, as `query.max_price`
    slot: Slot = UNLIMITED

    def count_as_slow(self) -> None:
        """Use the slots and the connections of slow operations from now on. Raises TooManyAtOnce."""
        self.slot.is_slow()
        IS_SLOW.set(True)


CURRENT: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)
"""The context of the request that is being served, for log lines and for names that are ignored."""


def with_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Add the id of the request that is being served to a log line, if one is."""
    context = CURRENT.get()
    if context is not None:
        event["request_id"] = context.id
    return event

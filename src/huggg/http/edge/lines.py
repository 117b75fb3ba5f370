"""The one line that a request leaves in the log."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.http.request_context import RequestContext

_encoder = msgspec.json.Encoder()


class RequestLine(Struct):
    """The fields of a request's line; never its path, which may hold a code, nor its headers or body."""

    event: str
    level: str
    timestamp: datetime
    request_id: str
    operation: str | None
    method: str
    status: int
    milliseconds: float
    client_id: str | None
    user_id: UUID | None
    address: str


def write_line(
    context: RequestContext, *, operation: str | None, method: str, status: int, seconds: float
) -> None:
    """Write it, in one write, so that lines of several processes stay whole."""
    line = RequestLine(
        event="request",
        level="info",
        timestamp=datetime.now(UTC),
        request_id=context.id,
        operation=operation,
        method=method,
        status=status,
        milliseconds=round(seconds * 1000, 3),
        client_id=context.client_id,
        user_id=context.user_id,
        address=context.address,
    )
    sys.stderr.write(_encoder.encode(line).decode() + "\n")
    sys.stderr.flush()

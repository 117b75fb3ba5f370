"""The headers that concern every request, read in one pass over all that it has."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

HeaderLines = list[tuple[bytes, bytes]]
"""Headers of an answer, as ASGI takes them."""


class EdgeHeaders(Struct, frozen=True, gc=False):
    """The headers that concern every request; empty where it has none.

    Lines of one name are one list (RFC 9110, section 5.3). So two `Host` lines are no host name, and two
    credentials are none: a proxy may have checked the other one.
    """

    host: bytes | None = None
    authorization: bytes = b""
    api_key: bytes = b""
    request_id: bytes = b""
    from_page: bool = False  # a browser's, of another origin
    asks_method: bool = False  # a preflight's
    forwarded_for: bytes = b""
    forwarded_proto: bytes = b""
    forwarded_host: bytes = b""


EDGE_NAMES = frozenset(
    {
        b"host",
        b"x-request-id",
        b"origin",
        b"access-control-request-method",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"authorization",
        b"x-huggg-api-key",
    }
)


def read_headers(headers: Iterable[tuple[bytes, bytes]]) -> EdgeHeaders:
    """Read the headers of a request. Names are in lower case; mostly there are a host and a token."""
    pairs = [pair for pair in headers if pair[0] in EDGE_NAMES]
    values = dict(pairs)
    if len(values) < len(pairs):
        values = _as_lists(pairs)
    host, authorization = values.pop(b"host", None), values.pop(b"authorization", b"")
    if not values:
        return EdgeHeaders(host, authorization)
    return EdgeHeaders(
        host=host,
        authorization=authorization,
        api_key=values.get(b"x-huggg-api-key", b""),
        request_id=values.get(b"x-request-id", b""),
        from_page=b"origin" in values,
        asks_method=b"access-control-request-method" in values,
        forwarded_for=values.get(b"x-forwarded-for", b""),
        forwarded_proto=values.get(b"x-forwarded-proto", b""),
        forwarded_host=values.get(b"x-forwarded-host", b""),
    )


def _as_lists(fields: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    values: dict[bytes, bytes] = {}
    for name, value in fields:
        values[name] = values[name] + b"," + value if name in values else value
    return values

"""What the edge reads of a request's headers, in one pass over them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from secrets import token_hex

from msgspec import Struct

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class Heard(Struct, frozen=True, gc=False):
    """The headers that stand for something around a request; empty where there is none.

    Lines of one name are one list (RFC 9110, section 5.3). So two `Host` lines are no host name.
    """

    host: bytes | None = None
    token: bytes = b""  # or an API key
    request_id: bytes = b""
    from_page: bool = False  # a browser's, of another origin
    asks_method: bool = False  # a preflight's
    forwarded_for: bytes = b""
    forwarded_proto: bytes = b""
    forwarded_host: bytes = b""


TELLING = frozenset(
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


def heard(headers: Iterable[tuple[bytes, bytes]]) -> Heard:
    """Read them. Names arrive in lower case, as ASGI has it. Mostly there are a host and a token."""
    telling = [pair for pair in headers if pair[0] in TELLING]
    said = dict(telling)
    if len(said) < len(telling):
        said = _as_lists(telling)
    host, token = said.pop(b"host", None), said.pop(b"authorization", b"")
    if not said:
        return Heard(host, token)
    return Heard(
        host=host,
        token=token or said.get(b"x-huggg-api-key", b""),
        request_id=said.get(b"x-request-id", b""),
        from_page=b"origin" in said,
        asks_method=b"access-control-request-method" in said,
        forwarded_for=said.get(b"x-forwarded-for", b""),
        forwarded_proto=said.get(b"x-forwarded-proto", b""),
        forwarded_host=said.get(b"x-forwarded-host", b""),
    )


def _as_lists(fields: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    said: dict[bytes, bytes] = {}
    for name, value in fields:
        said[name] = said[name] + b"," + value if name in said else value
    return said


class RequestIds:
    """Names requests: by the name they come with, if it is harmless, or by one of ours."""

    def __init__(self) -> None:
        self._process = token_hex(6)
        self._numbers = count(1)

    def name(self, asked: bytes) -> str:
        """Give a request its id. Ours are a process's name and a number: unique, and no secret."""
        if asked and REQUEST_ID.fullmatch(asked):
            return asked.decode("ascii")
        return f"{self._process}-{next(self._numbers):x}"

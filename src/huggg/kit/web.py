"""What every route needs from a request, and gives back: raw query, own address, JSON bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response

from huggg.kit.errors import Invalid
from huggg.kit.idempotency import Act
from huggg.kit.platform import Platform
from huggg.kit.query import Query
from huggg.kit.visit import Visit

JSON = "application/json"

AnyRequest = Request[Any, Any, Any]

FIELDS_MAX = 1000
"""Of one query: what a URL can hold at most would take tens of milliseconds to take apart."""

HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


def visit_of(request: AnyRequest) -> Visit:
    """Give what is known around a request: its id, and where it comes from."""
    visit: Visit = request.scope["state"]["visit"]
    return visit


def query_of(request: AnyRequest) -> Query:
    """Read the query string as pairs. Raises Invalid when it is not UTF-8 or carries NUL."""
    raw = request.scope["query_string"].decode("latin-1")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except (UnicodeDecodeError, ValueError):
        raise Invalid("query: is not valid.") from None
    for key, value in pairs:
        if "\0" in key or "\0" in value:
            raise Invalid("query: must not contain NUL.")
    return pairs


def address_of(request: AnyRequest, platform: Platform) -> str:
    """Name the resource that was asked for, without its query, where callers reach us."""
    return (platform.base_url or _base_of(request)) + request.scope["path"].rstrip("/")


def _base_of(request: AnyRequest) -> str:
    host = request.headers.get("Host", "")
    if not HOST.fullmatch(host):
        raise Invalid("Host: is not a host name.")
    return f"{request.scope['scheme']}://{host}"


async def once(
    request: AnyRequest, platform: Platform, body: bytes, *, caller: str, act: Act
) -> Response[bytes]:
    """Act under the request's Idempotency-Key, if it has one; a replayed answer says that it is one."""
    answer = await platform.idempotency.once(
        caller=caller,
        key=request.headers.get("Idempotency-Key"),
        request=_route_and_body(request, body),
        act=act,
    )
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
    return Response(answer.body, status_code=answer.status, media_type=JSON, headers=headers)


def _route_and_body(request: AnyRequest, body: bytes) -> str:
    """Name a request by what it asks for, to tell whether a key is used for another one."""
    scope = request.scope
    query = scope["query_string"].decode("latin-1")
    path = scope["path"].rstrip("/")
    return f"{scope['method']} {path}?{query}\n" + body.decode("latin-1")


def encode(data: Any) -> bytes:  # noqa: ANN401 - anything JSON
    """Write JSON."""
    return msgspec.json.encode(data)


def json_response(
    data: Any,  # noqa: ANN401 - anything JSON
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Answer with JSON."""
    return Response(encode(data), status_code=status, media_type=JSON, headers=headers)

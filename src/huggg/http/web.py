"""A request as routes see it, and the response that they return."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from huggg.http.base import base_of
from huggg.http.edge.headers import EdgeHeaders
from huggg.http.operation import Operation
from huggg.http.query import Query, expand_lists
from huggg.http.request_context import RequestContext
from huggg.http.site import Site
from huggg.kit.errors import Invalid
from huggg.kit.idempotency import Effect, EncodedAnswer, Reservation
from huggg.kit.platform import Platform

JSON = "application/json"

AsgiScope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]
"""ASGI's own names."""

OF_LOGS = ("method", "path", "query_string", "http_version", "client")
"""The parts of a request that servers log once it is answered."""

FIELDS_MAX = 1000
"""Pairs of one query: taking apart the longest possible URL would take tens of milliseconds."""


class Request(Struct):
    """A request, as its head describes it; a route that takes a body gets it as an argument."""

    scope: AsgiScope
    edge_headers: EdgeHeaders
    context: RequestContext
    site: Site
    operation: Operation | None = None  # once its route is found
    allowed: str = ""  # the methods of its path, as `Allow` lists them; likewise
    query: Query | None = None  # once a route reads it
    scopes: Collection[str] | None = None  # of the API key that calls, if one does

    def header(self, name: bytes) -> str | None:
        """Read the first header of a name, which is in lower case."""
        for key, value in self.scope["headers"]:
            if key == name:
                text: str = value.decode("latin-1")
                return text
        return None

    def lines(self, name: bytes) -> str:
        """Read all headers of a name as one list (RFC 9110, 5.3); empty where there is none."""
        lines = [value.decode("latin-1") for key, value in self.scope["headers"] if key == name]
        return ",".join(lines)

    @property
    def authorization(self) -> str | None:
        """The credentials of the request, or None; of two headers, a list that proves nothing."""
        return self.edge_headers.authorization.decode("latin-1") or None

    @property
    def api_key(self) -> str | None:
        """The API key that it came with, or None; likewise."""
        return self.edge_headers.api_key.decode("latin-1") or None

    def forget_headers(self) -> None:
        """Drop the headers, and the table that they came in, while the request waits long."""
        facts = {name: self.scope[name] for name in OF_LOGS}
        self.scope["headers"].clear()
        self.scope.clear()
        self.scope.update(facts)


class Response(Struct):
    """An answer: `headers` beside those that every answer has, and `cookies` as `Set-Cookie` lines."""

    body: bytes
    status: int = 200
    media_type: str = JSON
    headers: Mapping[str, str] = {}
    cookies: tuple[str, ...] = ()


def query_of(request: Request) -> Query:
    """Read the query string as pairs, once, by the names that the request's operation knows.

    Raises Invalid when it is not UTF-8 or carries NUL, and for a name that is nearly a known one.
    """
    if request.query is None:
        pairs = _pairs(request.scope["query_string"].decode("latin-1"))
        names = request.operation.parameters if request.operation else ()
        request.query = expand_lists(pairs, names) if pairs else pairs
    return request.query


def _pairs(raw: str) -> Query:
    if not raw:
        return []
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except (UnicodeDecodeError, ValueError):
        raise Invalid("query: is not valid.") from None
    for key, value in pairs:
        if "\0" in key or "\0" in value:
            raise Invalid("query: must not contain NUL.")
    return pairs


def address_of(request: Request) -> str:
    """Name the resource that was asked for, without its query, where callers reach us."""
    path: str = request.scope["path"]
    site = request.site
    base = site.base_url or base_of(request.scope, vouched=request.context.host, hosts=site.hosts)
    return base + path.rstrip("/")


async def run_idempotently(
    request: Request,
    platform: Platform,
    body: bytes,
    *,
    caller: str,
    act: Callable[[Reservation[Effect]], Awaitable[Effect]],
    encode: Callable[[Effect], EncodedAnswer],
) -> Response:
    """Act under the request's Idempotency-Key, if it has one; a replayed answer says that it is one.

    Only an operation that takes a key may run under one: its use case completes the key.
    """
    assert request.operation is not None  # noqa: S101 - the route has one
    assert request.operation.takes_idempotency_key  # noqa: S101 - its document names the header
    key = _idempotency_key(request)
    text = "" if key is None else _route_and_body(request, body)
    answer = await platform.idempotency.run(caller=caller, key=key, request=text, act=act, encode=encode)
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return Response(answer.body, answer.status, headers=headers)


def _idempotency_key(request: Request) -> str | None:
    """Read the key. Raises Invalid for two that differ: the caller may count on either."""
    keys = {value for name, value in request.scope["headers"] if name == b"idempotency-key"}
    if len(keys) > 1:
        raise Invalid("Idempotency-Key: must be one key.")
    return keys.pop().decode("latin-1") if keys else None


def _route_and_body(request: Request, body: bytes) -> str:
    """Name a request by route and body, to detect a key that is reused for another one."""
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
) -> Response:
    """Answer with JSON."""
    return Response(encode(data), status, headers=headers or {})

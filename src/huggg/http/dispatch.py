"""Dispatch: finds the route of a request, and calls it with the arguments that it takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from huggg.http.body import check_charset, is_compressed
from huggg.http.errors import CallerGoneError, CompressedBodyError, TooLargeError, error_response
from huggg.http.origin import refuse_cross_site_form
from huggg.http.route import PrepareLookup, ReadCaller, Route, RouteTree, placeholders
from huggg.http.web import Receive, Request, Response, query_of
from huggg.refusal import Refusal

BODY_BYTES_MAX = 1_000_000
DIGITS_MAX = len(str(BODY_BYTES_MAX))

SHORT_BYTES_MAX = 4096
"""Bodies up to this long are read before the caller is known, where a lookup depends on them."""

Authenticating = Callable[[Request, ReadCaller | None], Awaitable[object]]
"""Tells who calls. Raises Unauthenticated, Forbidden."""

OF_THE_REQUEST = frozenset({"request", "caller", "body", "lookup", "receive"})


class Dispatcher:
    """Answers requests from routes, with the tools that those name."""

    def __init__(
        self, routes: Collection[Route], tools: Mapping[str, Any], authenticate: Authenticating
    ) -> None:
        """Take the routes up.

        Raises TypeError for a route with a parameter that neither tools nor path give, or without one
        that its path gives, for two routes of one id, and for a tool named like a part of the request.
        """
        if reserved := OF_THE_REQUEST.intersection(tools):
            raise TypeError(f"tools cannot be called {sorted(reserved)}")
        names = [route.operation.id for route in routes]
        if twice := {name for name in names if names.count(name) > 1}:
            raise TypeError(f"more than one route is {sorted(twice)}")
        self._tree = RouteTree(_equip(route, tools) for route in routes)
        self._authenticate = authenticate

    async def answer(self, request: Request, receive: Receive) -> Response:
        """Find the route and let it answer; the caller is looked up first, and the body read last.

        Raises the errors of the route, Unauthenticated and Forbidden, TooLargeError,
        CompressedBodyError and CallerGoneError.
        """
        match = self._tree.find(request.scope["path"], request.scope["raw_path"])
        if match is None:
            return error_response(404)
        node, values = match
        request.allowed = node.allowed
        entry = node.methods.get(request.scope["method"])
        if entry is None:
            if request.scope["method"] == "OPTIONS":
                return Response(b"", 204, headers={"Allow": node.allowed})
            return error_response(405)
        route, names = entry
        request.operation = route.operation
        arguments = {**route.tools, "request": request, "receive": receive}
        arguments.update(zip(names, values, strict=True))
        if route.lookup is None:
            if "caller" in route.takes:
                arguments["caller"] = await self._authenticate(request, None)
                query_of(request)
            if "body" in route.takes:
                arguments["body"] = await _body(request, receive)
        else:
            await self._read_with_caller(route, route.lookup, arguments, request, receive)
        if route.operation.slow:
            request.context.count_as_slow()
        if _takes_forms_of_this_site_only(route):
            refuse_cross_site_form(request)
        return await route.answer(*map(arguments.__getitem__, route.takes))

    async def _read_with_caller(
        self,
        route: Route,
        prepare: PrepareLookup,
        arguments: dict[str, Any],
        request: Request,
        receive: Receive,
    ) -> None:
        """Read the caller in the lookup's statement, or before it where the lookup needs a long body.

        A request without a valid token is answered 401 before all its other mistakes.
        """
        body = "body" in route.takes or "body" in route.lookup_takes
        together = not body or _is_short(request)
        if not together:
            arguments["caller"] = await self._authenticate(request, None)
        if body:
            arguments["body"] = await _body(request, receive)
        try:
            lookup = prepare(*map(arguments.__getitem__, route.lookup_takes))
        except Refusal:
            if together:
                await self._authenticate(request, None)
            raise
        if together:
            arguments["caller"] = await self._authenticate(request, lookup.with_caller)
        arguments["lookup"] = lookup
        query_of(request)


def _equip(route: Route, tools: Mapping[str, Any]) -> Route:
    """Give a route the tools that it takes, once and not with each request.

    Raises TypeError for a parameter that nothing gives, and for a part of a path that none takes.
    """
    takes = {*route.takes, *route.lookup_takes}
    of_the_request = OF_THE_REQUEST if route.lookup else OF_THE_REQUEST - {"lookup"}
    of_the_path = takes - of_the_request - tools.keys()
    for path in route.paths:
        if of_the_path != set(placeholders(path)):
            raise TypeError(f"{route.operation.id} takes {sorted(of_the_path)} of {path}")
    return replace(route, tools={name: tools[name] for name in takes & tools.keys()})


def _takes_forms_of_this_site_only(route: Route) -> bool:
    """Tell whether a route takes forms, and none that a page of another site sent."""
    operation = route.operation
    return operation.is_page and route.method != "GET" and not operation.from_anywhere


def _is_short(request: Request) -> bool:
    announced = request.header(b"content-length") or ""
    return len(announced) <= DIGITS_MAX and int(announced or BODY_BYTES_MAX) <= SHORT_BYTES_MAX


async def _body(request: Request, receive: Receive) -> bytes:
    """Read a body to its end, up to the most that we keep.

    Raises Malformed for a charset that is not ours, TooLargeError, CompressedBodyError, CallerGoneError.
    """
    announced = (request.header(b"content-length") or "").lstrip("0")
    if len(announced) > DIGITS_MAX or int(announced or 0) > BODY_BYTES_MAX:
        raise TooLargeError
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerGoneError
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise TooLargeError
        if not message.get("more_body"):
            if not body.isascii():  # in which all charsets are one, and no body is compressed
                if is_compressed(request.lines(b"content-encoding")):
                    raise CompressedBodyError
                check_charset(request.header(b"content-type") or "")
            return bytes(body)

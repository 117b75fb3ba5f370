"""The edge: every request comes in and every answer goes out through it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from urllib.parse import quote

import structlog

from huggg.database.meter import Meter
from huggg.http.base import HOST
from huggg.http.edge.addresses import UNKNOWN, Proxies
from huggg.http.edge.always import AS_TYPED, KEPT_NOWHERE
from huggg.http.edge.cors import ANSWERED, PERMITTED, is_preflight
from huggg.http.edge.delivery import Delivery
from huggg.http.edge.headers import EdgeHeaders, HeaderLines, read_headers
from huggg.http.edge.lines import write_line
from huggg.http.edge.quota import quota_headers
from huggg.http.edge.request_ids import RequestIds
from huggg.http.errors import GONE, CallerGoneError, Refusals, UnreadBodyError, error_response
from huggg.http.request_context import CURRENT, RequestContext
from huggg.http.site import Site
from huggg.http.slots import Slot, Slots, TooManyAtOnce
from huggg.http.web import AsgiMessage, AsgiScope, Receive, Request, Response, Send
from huggg.kit.limits import Limiter
from huggg.refusal import Refusal

URL_BYTES_MAX = 16 * 1024
HOPS_BYTES_MAX = 1024
"""The nearest of the reported hops: any client can have written those before it."""

ERRORS_FROM = 400
METHOD_NOT_ALLOWED = 405

NO_OPERATION = "none"
"""The operation in logs and metrics of a request that matched no route."""


Dispatching = Callable[[Request, Receive], Awaitable[Response]]
RenderingErrors = Callable[[Request, Response], Awaitable[Response]]
"""Gives a browser an error as a page, and every other caller the error as it is."""

log = structlog.get_logger()


class Edge:
    """The layer around the application: names, limits and counts requests, and answers errors."""

    def __init__(
        self,
        answer: Dispatching,
        *,
        proxies: Proxies,
        addresses: Limiter | None,
        unlimited: frozenset[str],
        logging_in: frozenset[str],
        slots: Slots,
        site: Site,
        refusals: Refusals,
        is_draining: Callable[[], bool],
        meter: Meter,
        render_error: RenderingErrors,
        writes_lines: bool,
    ) -> None:
        """Guard `answer`.

        `addresses` is None where none is limited, as `unlimited` paths never are; `logging_in` are the
        paths at which people and programs log in.
        """
        self._answer = answer
        self._proxies = proxies
        self._addresses = addresses
        self._unlimited = unlimited
        self._logging_in = logging_in
        self._slots = slots
        self._site = site
        self._refusals = refusals
        self._is_draining = is_draining
        self._meter = meter
        self._render_error = render_error
        self._writes_lines = writes_lines
        self._ids = RequestIds()
        self._delivery = Delivery()
        self.in_flight = 0
        # Made once, and returned instead of raised: it is given most often when there is least time.
        self._full = refusals.response(TooManyAtOnce())

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        began, status, edge_headers = time.perf_counter(), 0, read_headers(scope["headers"])
        context = self._context(scope, edge_headers)
        request, slot = Request(scope, edge_headers, context, self._site), context.slot
        token = CURRENT.set(request.context)
        self.in_flight += 1
        try:
            if not _has_host(scope, edge_headers):
                response = error_response(400)
            elif is_preflight(scope, edge_headers):
                response = Response(b"", 204, headers=PERMITTED)
            elif not slot.take():
                self._meter.count("huggg_limited_total", "at once")
                response = self._full
            else:
                response = await self._response(request, receive)
            if response.status >= ERRORS_FROM and not _is_of_the_api(request):
                response = await self._render_error(request, response)
            slot.release()  # the time that a caller takes to read is no other caller's matter
            status = response.status
            headers = _headers(request)
            if status == METHOD_NOT_ALLOWED:  # of a route too: for a spent or expired huggg (RFC 9110)
                headers.append((b"allow", request.allowed.encode()))
            if self._is_draining():
                headers.append((b"connection", b"close"))
            await _send(send, response, headers)
        finally:
            slot.release()
            self.in_flight -= 1
            CURRENT.reset(token)
            self._note(request, status, time.perf_counter() - began)

    def _context(self, scope: AsgiScope, edge_headers: EdgeHeaders) -> RequestContext:
        peer, hops = scope["client"][0] if scope["client"] else UNKNOWN, ""
        context = RequestContext(self._ids.name(edge_headers.request_id), peer)
        if self._proxies.trusts(peer):
            _believe(scope, context, edge_headers)
            hops = edge_headers.forwarded_for[-HOPS_BYTES_MAX:].decode("latin-1")
        context.address = self._proxies.origin(peer, hops)
        path = scope["path"]
        if path not in self._unlimited:
            logs_in = path in self._logging_in
            credential = edge_headers.authorization or edge_headers.api_key
            context.slot = self._slots.of_request(context.address, credential, logs_in=logs_in)
        return context

    async def _response(self, request: Request, receive: Receive) -> Response:
        """Answer the request, or the error of its route; the log has the traceback of a defect."""
        try:
            await self._limit(request)
            if len(request.scope["raw_path"]) + len(request.scope["query_string"]) > URL_BYTES_MAX:
                return error_response(414)
            response = await self._answer(request, _listening(receive, request.context.slot))
            keepable = request.operation is not None and request.operation.keepable
            return await self._delivery.of(request, response) if keepable else response
        except Refusal as refusal:
            return self._refusals.response(refusal)
        except UnreadBodyError as error:
            return error_response(error.status, error.headers)
        except CallerGoneError:
            return Response(b"", GONE)
        except Exception as error:
            log.exception("unexpected error", exc_info=error)
            return error_response(500)

    async def _limit(self, request: Request) -> None:
        """Let a request pass. Raises TooManyRequests of its address."""
        if self._addresses is None or request.scope["path"] in self._unlimited:
            return
        context = request.context
        context.at_address = lease = self._addresses.lease(context.address)
        if not self._addresses.passes(context.address, lease):
            await self._addresses.spend(context.address)

    def _note(self, request: Request, status: int, seconds: float) -> None:
        operation = None if request.operation is None else request.operation.id
        self._meter.count("huggg_requests_total", operation or NO_OPERATION, str(status))
        self._meter.observe("huggg_request_seconds", seconds, operation or NO_OPERATION)
        if self._writes_lines:
            method = request.scope["method"]
            write_line(
                request.context, operation=operation, method=method, status=status, seconds=seconds
            )


def _listening(receive: Receive, slot: Slot) -> Receive:
    """Give a slot to others while its caller has yet to send something."""

    async def listen() -> AsgiMessage:
        slot.release()
        message = await receive()
        if not slot.take():
            raise TooManyAtOnce
        return message

    return listen


def _has_host(scope: AsgiScope, edge_headers: EdgeHeaders) -> bool:
    """Tell whether a request names one host (RFC 9112, section 3.2); HTTP/1.0 may name none."""
    if edge_headers.host is None:
        return scope.get("http_version") == "1.0"
    return not edge_headers.host or _is_host(edge_headers.host)


@lru_cache(maxsize=64)
def _is_host(host: bytes) -> bool:
    return HOST.fullmatch(host.decode("latin-1")) is not None


def _believe(scope: AsgiScope, context: RequestContext, edge_headers: EdgeHeaders) -> None:
    """Take from a proxy of ours how it was reached itself; links in lists lead back there.

    Of a chain of proxies the first in each list is the one that the caller reached.
    """
    scheme = _first(edge_headers.forwarded_proto).lower()
    if scheme in ("http", "https"):
        scope["scheme"] = scheme
    host = _first(edge_headers.forwarded_host)
    if HOST.fullmatch(host):
        context.host = host


def _first(hops: bytes) -> str:
    return hops.partition(b",")[0].strip().decode("latin-1")


def _is_of_the_api(request: Request) -> bool:
    """Tell whether a request met a route of the API; one that met no route may be a browser's."""
    return request.operation is not None and not request.operation.is_page


def _headers(request: Request) -> HeaderLines:
    context = request.context
    headers = quota_headers(context)
    headers.append((b"x-request-id", context.id.encode()))
    if context.ignored:
        headers.append(
            (b"huggg-ignored", ", ".join(quote(name, safe=".[]") for name in context.ignored).encode())
        )
    if request.edge_headers.from_page and (request.operation is None or not request.operation.is_page):
        headers += ANSWERED  # a page of another origin reads the API, and no page of ours
    return headers


async def _send(send: Send, response: Response, headers: HeaderLines) -> None:
    head = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    head.append(AS_TYPED)
    if "Cache-Control" not in response.headers:
        head.append(KEPT_NOWHERE)
    if response.body:
        head.append((b"content-type", response.media_type.encode()))
        head.append((b"content-length", b"%d" % len(response.body)))
    if response.cookies:
        head += [(b"set-cookie", line.encode()) for line in response.cookies]
    await send({"type": "http.response.start", "status": response.status, "headers": [*head, *headers]})
    await send({"type": "http.response.body", "body": response.body})

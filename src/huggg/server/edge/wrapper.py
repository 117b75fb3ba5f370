"""The wrapper around the application: every request comes in and goes out through it."""

from __future__ import annotations

import time

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from huggg.kit.errors import TooManyRequests
from huggg.kit.idempotency import Answer
from huggg.kit.limits import Limiter
from huggg.kit.meter import Meter
from huggg.kit.visit import CURRENT, Visit
from huggg.kit.web import HOST, JSON
from huggg.server.edge.addresses import UNKNOWN, Proxies
from huggg.server.edge.cors import ANSWERED, PERMITTED, is_preflight
from huggg.server.edge.heard import Heard, RequestIds, heard
from huggg.server.edge.lines import write_line
from huggg.server.edge.quota import Headers, quota_headers
from huggg.server.errors import CallerGoneError, headers_of, refused, said

URL_BYTES_MAX = 16 * 1024
HOPS_BYTES_MAX = 1024
"""Of the hops that a proxy reports, the nearest: what stands before them anybody can have written."""

NO_OPERATION = "none"
"""What a request is counted under that met no route."""

log = structlog.get_logger()


class Edge:
    """An ASGI application around another."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        proxies: Proxies,
        addresses: Limiter | None,
        unlimited: frozenset[str],
        meter: Meter,
        writes_lines: bool,
    ) -> None:
        """Wrap `app`; `addresses` is None where they are not limited, as no `unlimited` path ever is."""
        self._app = app
        self._proxies = proxies
        self._addresses = addresses
        self._unlimited = unlimited
        self._meter = meter
        self._writes_lines = writes_lines
        self._ids = RequestIds()
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == ScopeType.WEBSOCKET:
            await self._app(scope, receive, send)
            return
        began, status, found = time.perf_counter(), 0, heard(scope["headers"])
        visit = self._visit(scope, found)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_headers(visit, found)]
            await send(message)

        token = CURRENT.set(visit)
        self.in_flight += 1
        try:
            await self._serve(scope, receive, answer, visit, found)
        except Exception as error:
            log.exception("unexpected error", exc_info=error)
            if status == 0:
                await _send(answer, Answer(500, said(500)))
        finally:
            self.in_flight -= 1
            CURRENT.reset(token)
            self._note(scope, visit, status, time.perf_counter() - began)

    def _visit(self, scope: HTTPScope, found: Heard) -> Visit:
        peer, hops = scope["client"][0] if scope["client"] else UNKNOWN, ""
        if self._proxies.trusts(peer):
            _believe(scope, found)
            hops = found.forwarded_for[-HOPS_BYTES_MAX:].decode("latin-1")
        origin = self._proxies.origin(peer, hops)
        visit = Visit(self._ids.name(found.request_id), origin)
        scope["state"]["visit"] = visit
        return visit

    async def _serve(
        self, scope: HTTPScope, receive: Receive, send: Send, visit: Visit, found: Heard
    ) -> None:
        if is_preflight(scope, found):
            await _send(send, Answer(204, b""), PERMITTED)
            return
        try:
            await self._limit(scope["path"], visit)
        except TooManyRequests as refusal:
            headers = [(k.lower().encode(), v.encode()) for k, v in headers_of(refusal).items()]
            await _send(send, refused(refusal), headers)
            return
        if len(scope["raw_path"]) + len(scope["query_string"]) > URL_BYTES_MAX:
            await _send(send, Answer(414, said(414)))
            return
        await self._app(scope, _listening(receive), send)

    async def _limit(self, path: str, visit: Visit) -> None:
        if self._addresses is None or path in self._unlimited:
            return
        visit.at_address = lease = self._addresses.lease(visit.address)
        if not self._addresses.passes(visit.address, lease):
            await self._addresses.spend(visit.address)

    def _note(self, scope: HTTPScope, visit: Visit, status: int, seconds: float) -> None:
        operation = _operation(scope)
        self._meter.count("huggg_requests_total", operation or NO_OPERATION, str(status))
        self._meter.observe("huggg_request_seconds", seconds, operation or NO_OPERATION)
        if self._writes_lines:
            write_line(
                visit, operation=operation, method=scope["method"], status=status, seconds=seconds
            )


def _listening(receive: Receive) -> Receive:
    """Tell somebody who hung up from a defect of ours, which is what the framework takes it for."""

    async def listen() -> object:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerGoneError
        return message

    return listen  # type: ignore[return-value]


def _believe(scope: HTTPScope, found: Heard) -> None:
    """Take from a proxy of ours how it was reached itself; links in lists lead back there."""
    if found.forwarded_proto in (b"http", b"https"):
        scope["scheme"] = found.forwarded_proto.decode()
    if HOST.fullmatch(found.forwarded_host.decode("latin-1")):
        others = [pair for pair in scope["headers"] if pair[0] != b"host"]
        scope["headers"] = [*others, (b"host", found.forwarded_host)]


def _headers(visit: Visit, found: Heard) -> Headers:
    headers = quota_headers(visit)
    headers.append((b"x-request-id", visit.id.encode()))
    return headers + ANSWERED if found.from_page else headers


def _operation(scope: HTTPScope) -> str | None:
    handler = scope.get("route_handler")
    operation = None if handler is None else handler.opt.get("operation")
    return None if operation is None else str(operation.id)


async def _send(send: Send, answer: Answer, headers: Headers | None = None) -> None:
    """Answer without the application."""
    length = str(len(answer.body)).encode()
    own = [(b"content-type", JSON.encode()), (b"content-length", length)] if answer.body else []
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": [*own, *(headers or ())]}
    )
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})

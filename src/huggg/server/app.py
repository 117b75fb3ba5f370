"""The HTTP application: routes, what is injected into them, and how errors look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, Response, route
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from huggg.catalogue import api as catalogue
from huggg.database.migrate import newest_revision
from huggg.database.pool import connect
from huggg.hugggs import api as hugggs
from huggg.hugggs import legacy as huggg_get
from huggg.identity import api as identity
from huggg.identity.attempts import Attempts
from huggg.identity.authenticate import authenticate
from huggg.identity.caller import Caller
from huggg.identity.passwords import Passwords
from huggg.identity.permissions import permit
from huggg.kit.errors import Refusal
from huggg.kit.limits import Buckets
from huggg.kit.operation import Operation
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, visit_of
from huggg.payments import api as payments
from huggg.payments.processor import Processor
from huggg.redemptions import api as redemptions
from huggg.server import health, metrics
from huggg.server.edge.addresses import Proxies
from huggg.server.edge.wrapper import Edge
from huggg.server.errors import (
    CallerGoneError,
    on_caller_gone,
    on_exception,
    on_http_exception,
    on_refusal,
)
from huggg.server.figures import Place
from huggg.server.keys import load_vault
from huggg.server.limits import Limits, build_limits, look_after_limits
from huggg.server.logs import configure_logs, writes
from huggg.server.metrics import Metrics
from huggg.server.openapi import api as openapi
from huggg.server.openapi.api import Described
from huggg.server.orphans import stop_when_orphaned
from huggg.server.settings import SettingError, Settings, read_settings
from huggg.server.wiring import build_platform, build_processor, build_queues
from huggg.transactions import api as transactions
from huggg.transactions import legacy as hugs
from huggg.transactions.jobs import look_after_payments
from huggg.transactions.settle import Desk
from huggg.vouchers import api as vouchers
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.jobs import look_after_vouchers
from huggg.wallets import api as wallets

BODY_BYTES_MAX = 1_000_000

ROUTES = [
    *identity.HANDLERS,
    *catalogue.HANDLERS,
    *wallets.HANDLERS,
    *transactions.HANDLERS,
    *hugs.HANDLERS,
    *payments.HANDLERS,
    *hugggs.HANDLERS,
    *huggg_get.HANDLERS,
    *redemptions.HANDLERS,
    *vouchers.HANDLERS,
    *health.HANDLERS,
    *openapi.HANDLERS,
    *metrics.HANDLERS,
]


def _options() -> Iterator[HTTPRouteHandler]:
    """Answer OPTIONS where several handlers share a path: the framework names the first one's methods.

    They have to be registered before those handlers.
    """
    shared: dict[str, list[str]] = {}
    for handler in ROUTES:
        for path in handler.paths:
            shared.setdefault(path, []).extend(handler.http_methods)
    for path, methods in shared.items():
        if len(methods) > 1:
            yield _option(path, ", ".join(sorted({"OPTIONS", *methods})))


def _option(path: str, allow: str) -> HTTPRouteHandler:
    def answer() -> Response[None]:
        return Response(None, status_code=204, headers={"Allow": allow})

    return route(path, http_method=[HttpMethod.OPTIONS], sync_to_thread=False)(answer)


def _unlimited() -> Iterator[str]:
    for handler in ROUTES:
        operation: Operation = handler.opt["operation"]
        if not operation.limited:
            yield from handler.paths


def create_app(settings: Settings | None = None) -> Litestar:
    """Build the application. Its database is connected when it starts, not before.

    Raises SettingError.
    """
    chosen = settings or read_settings()
    configure_logs(chosen.log_level)
    return Litestar(
        [*_options(), *ROUTES],
        lifespan=[_tools(chosen)],
        dependencies={
            "platform": Provide(_platform, sync_to_thread=False),
            "passwords": Provide(_passwords, sync_to_thread=False),
            "issuers": Provide(_issuers, sync_to_thread=False),
            "processor": Provide(_processor, sync_to_thread=False),
            "attempts": Provide(_attempts, sync_to_thread=False),
            "metrics": Provide(_metrics, sync_to_thread=False),
            "queues": Provide(build_queues, sync_to_thread=False),
            "revision": Provide(_revision, sync_to_thread=False),
            "described": Provide(_described, sync_to_thread=False),
            "caller": Provide(_caller),
        },
        exception_handlers={
            Refusal: on_refusal,
            HTTPException: on_http_exception,
            CallerGoneError: on_caller_gone,
            Exception: on_exception,
        },
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _tools(settings: Settings) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    if settings.database_url is None:
        raise SettingError("HUGGG_DATABASE_URL is unset: start with `huggg serve`, which embeds one.")
    url = settings.database_url

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        stop_when_orphaned()
        meter = Metrics(Place(settings.metrics_dir) if settings.metrics_dir else None)
        database = await connect(url, connections_max=settings.connections_max, meter=meter)
        vault = load_vault(settings)
        limits = build_limits(settings, Buckets(database, vault), meter)
        app.state.metrics, app.state.limits = meter, limits
        app.state.platform = build_platform(settings, database, vault, meter)
        app.state.issuers = Issuers(database, vault)
        app.state.passwords = Passwords()
        app.state.revision = newest_revision()
        app.state.described = Described(ROUTES, app.state.platform.embedding)
        app.state.processor = processor = build_processor(settings, database)
        edge = app.asgi_handler = Edge(
            app.asgi_handler,
            proxies=Proxies(settings.trusted_proxies),
            addresses=limits.addresses,
            unlimited=frozenset(_unlimited()),
            meter=meter,
            writes_lines=writes("info", settings.log_level),
        )
        meter.look = lambda: (database.load(), edge.in_flight)
        chores = {
            asyncio.create_task(look_after_vouchers(database, vault, app.state.issuers)),
            asyncio.create_task(look_after_payments(Desk(app.state.platform, processor))),
            asyncio.create_task(look_after_limits(limits, app.state.platform)),
            asyncio.create_task(meter.keep_sampling()),
        }
        try:
            yield
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.wait(chores)
            await processor.close()
            await limits.let_go(everything=True)
            await app.state.issuers.close()
            await database.close()

    return lifespan


def _platform(state: State) -> Platform:
    platform: Platform = state.platform
    return platform


def _passwords(state: State) -> Passwords:
    passwords: Passwords = state.passwords
    return passwords


def _issuers(state: State) -> Issuers:
    issuers: Issuers = state.issuers
    return issuers


def _processor(state: State) -> Processor:
    processor: Processor = state.processor
    return processor


def _attempts(state: State) -> Attempts:
    limits: Limits = state.limits
    return limits.attempts


def _metrics(state: State) -> Metrics:
    meter: Metrics = state.metrics
    return meter


def _revision(state: State) -> str:
    revision: str = state.revision
    return revision


def _described(state: State) -> Described:
    described: Described = state.described
    return described


async def _caller(request: AnyRequest, platform: NamedDependency[Platform]) -> Caller:
    headers, visit = request.headers, visit_of(request)
    # Not injected: two dependencies side by side are resolved in tasks, which costs more than this.
    limits: Limits = request.app.state.limits
    caller = await authenticate(
        platform.database,
        platform.vault,
        headers.get("Authorization"),
        headers.get("X-Huggg-API-Key"),
    )
    visit.client_id, visit.user_id = caller.client_id, caller.user_id
    await limits.spend_for(caller, visit)
    operation: Operation = request.scope["route_handler"].opt["operation"]
    permit(operation.id, standing=caller.standing, scopes=caller.scopes)
    return caller

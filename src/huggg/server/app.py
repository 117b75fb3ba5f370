"""The HTTP application: routes, what is injected into them, and how errors look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, Response, route
from litestar.config.cors import CORSConfig
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
from huggg.identity.authenticate import authenticate
from huggg.identity.caller import Caller
from huggg.identity.passwords import Passwords
from huggg.identity.permissions import permit
from huggg.kit.errors import Refusal
from huggg.kit.operation import Operation
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest
from huggg.payments import api as payments
from huggg.payments.processor import Processor
from huggg.redemptions import api as redemptions
from huggg.server import health
from huggg.server.errors import on_exception, on_http_exception, on_refusal
from huggg.server.keys import load_vault
from huggg.server.logs import configure_logs
from huggg.server.openapi import api as openapi
from huggg.server.openapi.api import Described
from huggg.server.orphans import stop_when_orphaned
from huggg.server.settings import SettingError, Settings, read_settings
from huggg.server.wiring import build_platform, build_processor
from huggg.transactions import api as transactions
from huggg.transactions import legacy as hugs
from huggg.transactions.jobs import look_after_payments
from huggg.transactions.settle import Desk
from huggg.vouchers import api as vouchers
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.jobs import look_after_vouchers
from huggg.wallets import api as wallets

BODY_BYTES_MAX = 1_000_000

CORS_HEADERS = (
    "Content-Type",
    "Accept",
    "Authorization",
    "X-Requested-With",
    "Application",
    "X-Auth-Token",
    "Idempotency-Key",
    "X-Huggg-API-Key",
)
"""What browsers may send: the published list, and our own."""

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
            "revision": Provide(_revision, sync_to_thread=False),
            "described": Provide(_described, sync_to_thread=False),
            "caller": Provide(_caller),
        },
        exception_handlers={
            Refusal: on_refusal,
            HTTPException: on_http_exception,
            Exception: on_exception,
        },
        request_max_body_size=BODY_BYTES_MAX,
        cors_config=CORSConfig(
            allow_origins=["*"],
            allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"],
            allow_headers=list(CORS_HEADERS),
        ),
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
        database = await connect(url, connections_max=settings.connections_max)
        vault = load_vault(settings)
        app.state.platform = build_platform(settings, database, vault)
        app.state.issuers = Issuers(database, vault)
        app.state.passwords = Passwords()
        app.state.revision = newest_revision()
        app.state.described = Described(ROUTES, app.state.platform.embedding)
        app.state.processor = processor = build_processor(settings, database)
        chores = {
            asyncio.create_task(look_after_vouchers(database, vault, app.state.issuers)),
            asyncio.create_task(look_after_payments(Desk(app.state.platform, processor))),
        }
        try:
            yield
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.wait(chores)
            await processor.close()
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


def _revision(state: State) -> str:
    revision: str = state.revision
    return revision


def _described(state: State) -> Described:
    described: Described = state.described
    return described


async def _caller(request: AnyRequest, platform: NamedDependency[Platform]) -> Caller:
    headers = request.headers
    caller = await authenticate(
        platform.database,
        platform.vault,
        headers.get("Authorization"),
        headers.get("X-Huggg-API-Key"),
    )
    operation: Operation = request.scope["route_handler"].opt["operation"]
    permit(operation.id, standing=caller.standing, scopes=caller.scopes)
    return caller

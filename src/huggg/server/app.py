"""The HTTP application, and the tools that its routes are given."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import chain

from huggg.database.connections import CALLER_KEY
from huggg.database.readiness import hindrance_of
from huggg.front.log_ins import LogIn
from huggg.gift.door import GiftDoor
from huggg.gift.group_door import GroupDoor
from huggg.gift.watch import GiftWatch
from huggg.groups.pace import AskingPace
from huggg.html.assets import Assets
from huggg.html.errors import ErrorPages
from huggg.html.renderer import Renderer
from huggg.http.dispatch import Dispatcher
from huggg.http.edge.addresses import Proxies
from huggg.http.edge.wrapper import Edge
from huggg.http.request_context import with_request_id
from huggg.http.route import ReadCaller, Route, first_words
from huggg.http.site import Site
from huggg.http.slots import Slots
from huggg.http.web import AsgiScope, Receive, Request, Send
from huggg.identity.authenticate import authenticate
from huggg.identity.caller import Caller
from huggg.identity.passwords import Passwords
from huggg.identity.permissions import permit
from huggg.kit.cached import CachedValue
from huggg.kit.chores import beside
from huggg.kit.logs import configure_logs, writes
from huggg.kit.platform import Platform
from huggg.metrics.figures import FiguresFolder
from huggg.metrics.metrics import Metrics, shared_levels
from huggg.offline.device_kit import OfflineKits
from huggg.openapi.api import ApiDocument
from huggg.openapi.pages import ReferencePage
from huggg.passes.log_pace import LogPace
from huggg.processes.orphans import stop_when_orphaned
from huggg.processes.second_signal import on_second_signal
from huggg.processes.shutdown import Shutdown
from huggg.server.errors import REFUSALS
from huggg.server.limits import Limits, keep_limits
from huggg.server.routes import ROUTES, WORKER_ROUTES
from huggg.server.services import Services, open_services
from huggg.server.wiring import build_pass_services, build_site
from huggg.server.worker import WORKS, build_worker
from huggg.settings.settings import Settings, read_settings
from huggg.settings.values import SettingError
from huggg.transactions.settle_payment import Checkout

GARBAGE = (5_000, 20, 50)
"""New objects, and collections of the younger generation, after which a generation is collected."""

GRACE_SECONDS = 10.0
"""The time that jobs under way have when a process stops."""

SWITCH_SECONDS = 0.0005
"""A tenth of asyncio's default: a request needs about ten turns of the loop."""


def create_app(settings: Settings | None = None, *, demo_log_ins: Sequence[LogIn] = ()) -> Application:
    """Build the application. Its database is connected when it starts, not before.

    A worker runs inside it, unless HUGGG_WORKER is `apart`. Only `huggg demo` gives `demo_log_ins`, for
    the front page. Raises SettingError.
    """
    settings = settings or read_settings()
    works = settings.worker == "inside"
    return Application(_prepare(settings), ROUTES, works=works, demo_log_ins=demo_log_ins)


def create_worker(settings: Settings | None = None) -> Application:
    """Build a worker, which serves its health and metrics only. Raises SettingError."""
    settings = settings or read_settings()
    # No load balancer sends it requests: it need not serve on before it stops.
    return Application(_prepare(replace(settings, drain_seconds=0)), WORKER_ROUTES, works=True)


def _prepare(settings: Settings) -> Settings:
    """Check that there is a database, and prepare the process. Raises SettingError."""
    if settings.database_url is None:
        raise SettingError("HUGGG_DATABASE_URL is unset: start with `huggg serve`, which embeds one.")
    configure_logs(settings.log_level, with_request_id)
    tune()
    return settings


def tune() -> None:
    """Tune Python for a server.

    The garbage collector runs seldom, and never on imported objects, because requests make few cycles.
    Threads, such as that of large purchases, yield to the loop ten times as often as by default.
    """
    gc.set_threshold(*GARBAGE)
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)


class Application:
    """The application, as ASGI servers run it."""

    def __init__(
        self,
        settings: Settings,
        routes: Sequence[Route],
        *,
        works: bool,
        demo_log_ins: Sequence[LogIn] = (),
    ) -> None:
        """Take the routes to serve, and whether a worker runs inside. Raises SettingError."""
        self._settings = settings
        self._pass_services = build_pass_services(settings)  # its files are read before any connection
        self._routes = routes
        self._works = works
        self._demo_log_ins = demo_log_ins
        self._edge: Edge | None = None

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer a request, or live from the server's start to its end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self._edge is not None  # noqa: S101 - servers start us first
        await self._edge(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        stage = "startup"
        try:
            await receive()
            async with self.lifespan():
                await send({"type": "lifespan.startup.complete"})
                stage = "shutdown"
                await receive()
        except Exception:
            await send({"type": f"lifespan.{stage}.failed", "message": traceback.format_exc()})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Open everything, serve, and put everything away again, the last opened first."""
        settings, shutdown = self._settings, Shutdown(self._settings.drain_seconds)
        stop_when_orphaned()
        meter = Metrics(FiguresFolder(settings.metrics_dir) if settings.metrics_dir else None)
        async with AsyncExitStack() as stack:
            services = await open_services(stack, settings, meter, self._pass_services)
            platform, limits = services.platform, services.limits
            gift_watch = GiftWatch(platform.database, lambda: shutdown.draining)
            site, renderer = build_site(settings, platform.vault), Renderer(Assets())
            dispatcher = _dispatcher(
                self._routes,
                services,
                site,
                renderer,
                launch_url=settings.launch_url,
                metrics=meter,
                shutdown=shutdown,
                gift_watch=gift_watch,
                demo_log_ins=self._demo_log_ins,
            )
            self._edge = edge = _edge(
                settings, dispatcher, limits, renderer, site=site, shutdown=shutdown, meter=meter
            )
            meter.read_levels = lambda: (platform.database.load(), edge.in_flight)
            await stack.enter_async_context(
                beside(keep_limits(limits), meter.keep_sampling(), gift_watch.keep_polling())
            )
            if self._works:
                await _work(stack, services, settings.launch_url)
            stack.enter_context(shutdown.on_sigterm())
            yield


async def _work(stack: AsyncExitStack, services: Services, launch_url: str) -> None:
    """Run a worker in this process until `stack` is closed."""
    checkout = Checkout(services.platform, services.processor, launch_url)
    worker = build_worker(checkout, services.issuers, services.office, services.pass_desk)
    stack.enter_context(on_second_signal(worker.hurry))
    await stack.enter_async_context(worker.at_work(grace_seconds=GRACE_SECONDS))


def _dispatcher(
    routes: Sequence[Route], services: Services, site: Site, renderer: Renderer, **of_process: object
) -> Dispatcher:
    """Give routes the tools that they name: the services, and the parts of this process."""
    platform, limits = services.platform, services.limits
    described = ApiDocument(routes, site.embedding, REFUSALS)
    job_kinds = [work.kind.name for work in WORKS]
    gift_door = GiftDoor(platform, limits.guesses, renderer, services.visits, services.pass_desk)
    tools = {
        "platform": platform,
        "processor": services.processor,
        "channels": services.channels,
        "office": services.office,
        "issuers": services.issuers,
        "pass_desk": services.pass_desk,
        "passwords": Passwords(),
        "attempts": limits.attempts,
        "guesses": limits.guesses,
        "levels": CachedValue(partial(shared_levels, platform.database, job_kinds)),
        "readiness": CachedValue(partial(hindrance_of, platform.database)),
        "described": described,
        "offline_kits": OfflineKits(platform),
        "reference": ReferencePage(described, renderer),
        "renderer": renderer,
        "assets": renderer.assets,
        "gift_door": gift_door,
        "log_pace": LogPace(limits.buckets, platform.meter),
        "group_door": GroupDoor(gift_door, AskingPace(limits.buckets, platform.meter)),
        **of_process,
    }
    return Dispatcher(routes, tools, partial(_caller, platform, limits))


def _edge(
    settings: Settings,
    dispatcher: Dispatcher,
    limits: Limits,
    renderer: Renderer,
    *,
    site: Site,
    shutdown: Shutdown,
    meter: Metrics,
) -> Edge:
    of_the_api = first_words(route for route in ROUTES if not route.operation.is_page)
    unlimited = (route.paths for route in ROUTES if not route.operation.limited)
    logging_in = (route.paths for route in ROUTES if route.operation.takes_token)
    return Edge(
        dispatcher.answer,
        proxies=Proxies(settings.trusted_proxies),
        addresses=limits.addresses,
        unlimited=frozenset(chain.from_iterable(unlimited)),
        logging_in=frozenset(chain.from_iterable(logging_in)),
        slots=Slots(settings.requests_at_once_max, settings.caller_at_once_max),
        site=site,
        refusals=REFUSALS,
        is_draining=lambda: shutdown.draining,
        meter=meter,
        render_error=ErrorPages(renderer, of_the_api).render,
        writes_lines=writes("info", settings.log_level),
    )


async def _caller(
    platform: Platform, limits: Limits, request: Request, read_caller: ReadCaller | None
) -> Caller:
    """Authenticate and permit the caller. Raises Unauthenticated, TooManyRequests, Forbidden."""
    context, operation = request.context, request.operation
    assert operation is not None  # noqa: S101 - only routes ask
    caller = await authenticate(
        platform.database,
        platform.vault,
        request.authorization,
        request.api_key,
        read_caller=read_caller,
    )
    context.client_id, context.user_id = caller.client_id, caller.user_id
    key = caller.key
    context.slot.belongs_to(key)
    CALLER_KEY.set(key)
    request.scopes = caller.scopes
    if not limits.lets_pass(key, context):
        await limits.spend(key)
    permit(operation.id, standing=caller.standing, scopes=caller.scopes)
    return caller

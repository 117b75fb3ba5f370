"""`serve` and `demo`: the server itself."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
import uvicorn

from huggg.cli.tables import print_json
from huggg.demo.log_ins import log_ins_of
from huggg.demo.tour import epos_merchant, tour, wait_until_ready, walk
from huggg.demo.world import build_world, read_world, reading_line
from huggg.devices.invite import invite_device
from huggg.http.protocol import BoundedHttp
from huggg.kit.ip import in_url
from huggg.metrics.figures import shared_folder
from huggg.notifications.outbox import OUTBOX
from huggg.processes.descriptors import raise_limit, tell_few
from huggg.processes.exit_reason import ExitReason
from huggg.processes.supervisor import STARTUP_FAILURE, supervise
from huggg.processes.worker_count import cores_here, is_on_this_machine, worker_count, workers_for
from huggg.server.process import (
    connections_left,
    migrated_database,
    outdated_database,
    platform_of,
)
from huggg.server.wiring import read_pass_identities
from huggg.settings.settings import Settings, read_settings
from huggg.settings.table import DEFAULT_HOST, DEFAULT_PORT

GRACE_SECONDS = 25
APP = "huggg.server.app:create_app"
"""The application by name, because each worker imports it for itself."""

WORKER = "huggg.server.app:create_worker"

DATABASE_LOST = 4
"""The exit code where the embedded database does not start, or not again."""


WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - to tell them from addresses, not to listen on

LINKS_NOTICE = (
    "HUGGG_BASE_URL is unset: links in answers lead to the address that a caller connected to,"
    " or to its Host if that is a loopback name or in HUGGG_HOSTS."
)

HOST = Annotated[str, typer.Option(help="The address to listen on.")]
PORT = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")]

FOREIGN_ADDRESS_ERRORS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""Errors of an address that is no address of this machine."""


def serve(
    host: HOST = DEFAULT_HOST,
    port: PORT = DEFAULT_PORT,
    workers: Annotated[
        str,
        typer.Option(
            metavar="N|auto",
            help="Processes that serve; auto: one for each core that the database leaves, up to 8.",
        ),
    ] = "1",
) -> None:
    """Serve the API."""
    requested_count = _read_workers(workers)
    exit_reason = _stop_tidily()
    _refuse_taken(host, port)
    read_pass_identities(read_settings())  # a wrong file is told before anything is served
    with migrated_database(on_lost=partial(_stop_lost, exit_reason)) as settings:
        database = "of your own" if read_settings().database_url else f"embedded in {settings.data_dir}"
        typer.echo(f"huggg is serving at http://{in_url(host)}:{port}, PostgreSQL {database}.", err=True)
        if settings.base_url is None and host != DEFAULT_HOST:
            typer.echo(LINKS_NOTICE, err=True)
        tell_outdated(settings)
        count = _workers_here(settings) if requested_count is None else requested_count
        tell_few_connections(settings, processes=count)
        _run(settings, exit_reason, APP, host=host, port=port, workers=count)


def worker(
    host: HOST = DEFAULT_HOST,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="For health and metrics; unset, HUGGG_WORKER_PORT."),
    ] = None,
) -> None:
    """Do jobs, read events and delete old rows, beside servers whose HUGGG_WORKER is apart."""
    exit_reason = _stop_tidily()
    wanted_port = read_settings().worker_port if port is None else port
    _refuse_taken(host, wanted_port)
    read_pass_identities(read_settings())
    with migrated_database(on_lost=partial(_stop_lost, exit_reason)) as settings:
        config = _config(settings, WORKER, host=host, port=wanted_port, workers=1)
        with config.bind_socket() as listener:
            bound_port = listener.getsockname()[1]
            typer.echo(
                f"huggg works, and serves its health at http://{in_url(host)}:{bound_port}.", err=True
            )
            tell_outdated(settings)
            with shared_folder(1), exit_reason.logged(host=host, port=bound_port, workers=1):
                exit_code = _serve_alone(config, [listener])
    if exit_code or exit_reason.code:
        raise typer.Exit(exit_code or exit_reason.code)


def demo(
    port: PORT = DEFAULT_PORT,
    *,
    credentials: Annotated[
        bool,
        typer.Option("--credentials", help="Only print the demo's log-ins, as JSON, and build nothing."),
    ] = False,
    walk_first: Annotated[
        bool,
        typer.Option("--walk", help="Walk the tour once when the server is up, and show each step."),
    ] = False,
) -> None:
    """Build the demo world, serve it, and print a tour of it."""
    base_url = f"http://{DEFAULT_HOST}:{port}"
    if credentials:
        print_json(read_world(base_url=base_url))
        return
    os.environ.setdefault("HUGGG_LOG_LEVEL", "warning")  # a line a request would bury the tour
    exit_reason = _stop_tidily()
    _refuse_taken(DEFAULT_HOST, port)
    with migrated_database(on_lost=partial(_stop_lost, exit_reason)) as embedded_settings:
        settings = replace(embedded_settings, card_processor="fake", smtp_url=OUTBOX, sms_url=OUTBOX)
        command = reading_line(settings, port=port)
        world, pairing_code = asyncio.run(_build_demo(settings, base_url))
        write_tour = partial(tour, world, credentials=command, pairing_code=pairing_code)
        guide = threading.Thread(target=_guide, args=(world, write_tour, walk_first), daemon=True)
        guide.start()
        from huggg.server.app import create_app  # noqa: PLC0415 - other commands do without it

        app = partial(create_app, demo_log_ins=log_ins_of(world))
        _run(settings, exit_reason, app, host=DEFAULT_HOST, port=port, workers=1)


async def _build_demo(settings: Settings, base_url: str) -> tuple[dict[str, Any], str]:
    """Build the demo world, and draw a pairing code for a device of its till page."""
    async with platform_of(settings) as platform:
        world = await build_world(settings, platform, base_url=base_url)
        location_id = epos_merchant(world)["location_ids"][0]
        invitation = await invite_device(platform, location_id=location_id, name="Demo till")
        return world, invitation.code


def _guide(world: dict[str, Any], write_tour: Callable[[], str], walk_first: bool) -> None:  # noqa: FBT001 - a thread's
    """Print the tour once the server answers; if it never does, uvicorn has printed the reason."""
    if not wait_until_ready(world["base_url"]):
        return
    if walk_first:
        walk(world, say=typer.echo)
    typer.echo(write_tour())


def _read_workers(text: str) -> int | None:
    try:
        return worker_count(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--workers") from None


def _workers_here(settings: Settings) -> int:
    """Choose the number of processes for this machine, and print it."""
    shares_machine = is_on_this_machine(settings.database_url or "")
    count = workers_for(cores_here(), beside_database=shares_machine)
    typer.echo(f"{count} {'process serves' if count == 1 else 'processes serve'}.", err=True)
    return count


def tell_outdated(settings: Settings) -> None:
    """Name the minor version of PostgreSQL that the database's server lacks."""
    if (outdated := outdated_database(settings)) is not None:
        typer.echo(outdated, err=True)


def tell_few_connections(settings: Settings, *, processes: int) -> None:
    """Say so where the processes may open more connections than the database has for them."""
    most, left = processes * settings.connections_max, connections_left(settings)
    if most > left:
        typer.echo(
            f"The servers may open {most} database connections (HUGGG_CONNECTIONS_MAX for each of"
            f" {processes} processes), and PostgreSQL's max_connections leaves {left}.",
            err=True,
        )


def _run(
    settings: Settings,
    exit_reason: ExitReason,
    app: str | Callable[[], object],
    *,
    host: str,
    port: int,
    workers: int,
) -> None:
    """Serve until stopped."""
    config = _config(settings, app, host=host, port=port, workers=workers)
    with shared_folder(workers), exit_reason.logged(host=host, port=port, workers=workers):
        exit_code = supervise(config, exit_reason) if workers > 1 else _serve_alone(config)
    if exit_code or exit_reason.code:
        raise typer.Exit(exit_code or exit_reason.code)


def _serve_alone(config: uvicorn.Config, sockets: list[socket.socket] | None = None) -> int:
    """Serve in this process until stopped, and return the exit code."""
    server = uvicorn.Server(config)
    server.run(sockets)
    return 0 if server.started else STARTUP_FAILURE


def _config(
    settings: Settings, app: str | Callable[[], object], *, host: str, port: int, workers: int
) -> uvicorn.Config:
    """Configure uvicorn. Workers are separate processes and read the environment again."""
    tell_few(raise_limit(), requests=settings.requests_at_once_max, connections=settings.connections_max)
    os.environ["HUGGG_DATABASE_URL"] = settings.database_url or ""
    os.environ["HUGGG_DATA_DIR"] = str(settings.data_dir)
    os.environ["HUGGG_CARD_PROCESSOR"] = settings.card_processor or ""
    os.environ["HUGGG_SMTP_URL"] = settings.smtp_url or ""
    os.environ["HUGGG_SMS_URL"] = settings.sms_url or ""
    os.environ.setdefault("HUGGG_LAUNCH_URL", settings.base_url or _share_address(host, port))
    return uvicorn.Config(
        app,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=BoundedHttp,
        ws="none",
        access_log=False,
        log_config=None,  # its lines are ours, see logs.py
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # HUGGG_TRUSTED_PROXIES decides, see edge/addresses.py
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _stop_lost(exit_reason: ExitReason, reason: str) -> None:
    """Stop a server whose database is gone for good; the exit code tells an init system."""
    typer.echo(f"huggg stops, as its database is lost. {reason}", err=True)
    exit_reason.note("the database is lost", code=DATABASE_LOST)
    os.kill(os.getpid(), signal.SIGTERM)


def _refuse_taken(host: str, port: int) -> None:
    """Check the address before the demo is built: another server may listen there. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server itself will
        try:
            probe.bind((host, port))
        except OSError as error:
            is_foreign = isinstance(error, socket.gaierror) or error.errno in FOREIGN_ADDRESS_ERRORS
            wrong = "--host" if is_foreign else "--port"
            raise OSError(
                f"cannot listen on {in_url(host)}:{port}: {error.strerror}. Try another {wrong}."
            ) from None


def _share_address(host: str, port: int) -> str:
    """Derive the address of share links without a setting; a wildcard address cannot be linked to."""
    name = socket.gethostname() if host in WILDCARDS else host
    return f"http://{in_url(name)}:{port}"


def _stop_tidily() -> ExitReason:
    """Turn SIGTERM into an orderly exit, so that the embedded database is stopped on the way out.

    Each signal is noted where it arrives: an event loop may swallow the exception that it raises.
    """
    exit_reason = ExitReason()

    def leave(_: int, __: FrameType | None) -> NoReturn:
        exit_reason.note("SIGTERM")
        raise SystemExit(exit_reason.code)

    def hang_up(_: int, __: FrameType | None) -> None:
        exit_reason.note("SIGHUP")
        os.kill(os.getpid(), signal.SIGTERM)

    def interrupt(number: int, frame: FrameType | None) -> None:
        exit_reason.note("SIGINT")
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGHUP, hang_up)  # a supervisor of workers has other plans for it
    return exit_reason

"""The ground of tests: a real PostgreSQL, a migrated database for each, and the app in process."""

from __future__ import annotations

import asyncio
import base64
import gc
import os
import secrets
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import cache, partial
from ipaddress import ip_network
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import asyncpg
import httpx2
import hypothesis
import pytest
from argon2 import PasswordHasher

from huggg.database.embedded import OWNER
from huggg.database.meter import Meter
from huggg.database.migrate import migrate
from huggg.database.pool import Database
from huggg.database.sessions import connect
from huggg.front.log_ins import LogIn
from huggg.identity import passwords
from huggg.kit import limits
from huggg.kit.codes import Vault
from huggg.kit.platform import Platform
from huggg.server.app import create_app
from huggg.server.wiring import build_platform
from huggg.settings.settings import Settings
from huggg.wallets.top_up import top_up
from tests.support.chromium import MISSING
from tests.support.compiled_templates import templates_compiled_once
from tests.support.kept_database import KeptDatabase, KeptSessions
from tests.support.keys import TEST_KEYS
from tests.support.known_types import types_known
from tests.support.postgres import EMBEDDED, as_owner, data_of, running, server_names
from tests.support.world import LAUNCH_URL, World, build_world

hypothesis.settings.register_profile("huggg", deadline=None)  # a shared machine is no defect of ours
hypothesis.settings.load_profile("huggg")

LOOPBACK = ("127.0.0.1", 50000)

CONNECTIONS_MAX = 20
"""Of the pool of a test, and of the application in its process."""

EMBEDDED_IS_ENOUGH = ("journeys", "faults", "promises", "contract", "browser")
"""Folders whose tests start processes of their own, with the PostgreSQL that comes along."""

ON_EVERY_SERVER = ("test_migrations", "test_plans", "test_map_plans", "test_least_grants")
"""Modules whose subject is PostgreSQL itself. The others run on one server each, in turns."""

KEEPING = ("api", "storage", "contract")
"""Folders whose tests leave a database to each other; those of processes have copies of their own."""

OF_SESSIONS = ("test_pool",)
"""Modules whose subject is how a session begins: theirs are new."""

KeptDatabases = dict[tuple[str, str], KeptDatabase]
"""By server and original."""

EVERY_SERVER = "HUGGG_TESTS_ON_EVERY_SERVER"
"""Set, it lets each module run on each server, which `make nightly` does."""

PROCESSES_MAX = 4
"""Each has a PostgreSQL of its own, or two."""

SLOWEST_FIRST = ("contract", "browser", "journeys", "storage")

MOSTLY_WAITS = "faults"
"""The folder of tests that wait for servers to stop, to come back and to give up."""


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: a fault's test mostly waits for its servers."""
    return min((os.cpu_count() or 1) + 1, PROCESSES_MAX)


def pytest_collection() -> None:
    """Collect no garbage while tests are collected: there is none, and looking for it takes seconds."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage from here on, and never look through the tests themselves."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow folders, so that no process is alone with a long file at the end.

    Raises UsageError for a test named after an address in memory: its name differs between processes.
    """
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid}: a parameter needs an id.")
    modules = sorted(dict.fromkeys(item.path for item in items), key=_turn)
    places = {module: place for place, module in enumerate(_mixed(modules))}
    items.sort(key=lambda item: places[item.path])


def _turn(module: Path) -> tuple[int, str]:
    """Let modules on one server follow each other: they share the world and the kept database."""
    folder = module.parent.name
    turn = SLOWEST_FIRST.index(folder) if folder in SLOWEST_FIRST else len(SLOWEST_FIRST)
    return turn, _servers_for(module)[0]


def _mixed(modules: Sequence[Path]) -> list[Path]:
    """Put one module that mostly waits before each of the others, which need the cores meanwhile."""
    faults = [module for module in modules if module.parent.name == MOSTLY_WAITS]
    others = [module for module in modules if module.parent.name != MOSTLY_WAITS]
    return [module for pair in zip_longest(faults, others) for module in pair if module]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "postgres" in metafunc.fixturenames:
        module = Path(metafunc.module.__file__)
        metafunc.parametrize("postgres", _servers_for(module), indirect=True, scope="session")


def _servers_for(module: Path) -> list[str]:
    """Name the servers that a module of tests runs on."""
    if module.parent.name in EMBEDDED_IS_ENOUGH:
        return [EMBEDDED]
    servers = server_names()
    if module.stem in ON_EVERY_SERVER or os.environ.get(EVERY_SERVER):
        return servers
    return [servers[zlib.crc32(module.stem.encode()) % len(servers)]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line that the browser tests were skipped, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(MISSING)


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    """Wait for limits however slow the machine: letting all callers pass meanwhile is for servers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "PATIENCE_SECONDS", 60.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hash passwords in this process at the least cost: servers take tens of milliseconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def _known_types() -> Iterator[None]:
    """Ask a database for its types once: see `tests/support/known_types.py`."""
    with types_known():
        yield


@pytest.fixture(scope="session", autouse=True)
def _compiled_templates() -> Iterator[None]:
    """Compile a template once: see `tests/support/compiled_templates.py`."""
    with templates_compiled_once():
        yield


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this run share.

    A run that a test of another run starts inherits that one's environment, and is no worker of it.
    """
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(pytestconfig, "workerinput") else own


@pytest.fixture(scope="session")
def started(run_folder: Path) -> Iterator[Callable[[str], str]]:
    """The servers of this process: each starts when a test first needs it, and stays."""
    with ExitStack() as running_on:
        yield cache(lambda server: running_on.enter_context(running(server, run_folder)))


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest, started: Callable[[str], str]) -> str:
    """The URL of one of the servers."""
    return started(request.param)


@pytest.fixture(scope="session")
def migrated() -> set[str]:
    """The servers that have the template already."""
    return set()


@pytest.fixture(scope="session")
async def template(postgres: str, migrated: set[str]) -> str:
    """A migrated, empty database to copy."""
    if postgres not in migrated:
        await _steady(postgres)
        await migrate(as_owner(postgres))
        migrated.add(postgres)
    return "huggg"


@pytest.fixture(scope="session")
def pristine(run_folder: Path) -> Path:
    """The data directory that installations are copies of."""
    return data_of(EMBEDDED, run_folder)


async def _steady(postgres: str) -> None:
    """Stop autovacuum and the compiling of plans, in sessions of every kind.

    Autovacuum's transactions would hold back consumers, and its statistics change plans, at any moment.
    Servers do without compiled plans, which take longer than most of our statements.
    """
    admin = await asyncpg.connect(postgres)
    for setting in ("autovacuum", "jit"):
        await admin.execute(f"ALTER SYSTEM SET {setting} = off")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.close()


def copy_of(template: str, name: str) -> str:
    """Write the statement that copies a database: file by file, as its files are few and in memory."""
    return f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} STRATEGY FILE_COPY"


def database_name(url: str) -> str:
    """Name the database of a URL, to be copied."""
    return urlsplit(url).path.removeprefix("/")


@asynccontextmanager
async def fresh_database(postgres: str, template: str) -> AsyncIterator[str]:
    """Copy the template, give the copy's URL for its owner, and drop it afterwards."""
    url = await copied_database(postgres, template)
    yield url
    await drop_database(postgres, url)


async def copied_database(postgres: str, template: str) -> str:
    """Copy the template, and give the copy's URL for its owner."""
    name = f"test_{secrets.token_hex(6)}"
    await _administer(postgres, copy_of(template, name))
    return as_owner(postgres).replace("/huggg?", f"/{name}?")


async def drop_database(postgres: str, url: str) -> None:
    """Drop a database in spite of its sessions."""
    await _administer(postgres, f"DROP DATABASE {database_name(url)} WITH (FORCE)")


async def _administer(postgres: str, statement: str) -> None:
    admin = await asyncpg.connect(postgres.replace("/huggg?", "/postgres?"))
    try:
        await admin.execute(statement)
    finally:
        await admin.close()


@pytest.fixture(scope="session")
async def peopled(
    postgres: str, template: str, kept_databases: KeptDatabases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, World]]:
    """A database that holds the world of tests, to be copied; nothing else is in it."""
    async with fresh_database(postgres, template) as url:
        async with town_hall(url, tmp_path_factory.mktemp("peopled")) as (platform, http):
            world = await build_world(platform, http)
        name = database_name(url)
        yield name, world
        if kept := kept_databases.pop((postgres, name), None):
            await kept.close()
            await drop_database(postgres, kept.url)


@pytest.fixture
def origin(request: pytest.FixtureRequest, template: str) -> str:
    """Name the database that the test's own is a copy of: the world is in it where the test has one."""
    if "world" not in request.fixturenames:
        return template
    name, _ = request.getfixturevalue("peopled")
    return str(name)


@pytest.fixture(scope="session")
async def kept_sessions(started: Callable[[str], str]) -> AsyncIterator[KeptSessions]:  # noqa: ARG001 - they end before the servers do
    """The sessions that tests leave to each other."""
    kept = KeptSessions()
    with kept.lent():
        yield kept


@pytest.fixture(scope="session")
async def kept_databases(
    kept_sessions: KeptSessions,  # noqa: ARG001 - they end before the servers do
) -> AsyncIterator[KeptDatabases]:
    """The databases that are as their originals."""
    databases: KeptDatabases = {}
    yield databases
    for kept in databases.values():
        await kept.close()


@pytest.fixture
async def database_url(
    request: pytest.FixtureRequest,
    postgres: str,
    origin: str,
    kept_sessions: KeptSessions,
    kept_databases: KeptDatabases,
) -> AsyncIterator[str]:
    """A database of the test's own, as its original is; see `tests/support/kept_database.py`."""
    module = request.path
    if module.parent.name not in KEEPING or module.stem in (*ON_EVERY_SERVER, *OF_SESSIONS):
        async with fresh_database(postgres, origin) as url:
            yield url
        return
    kept = kept_databases.pop((postgres, origin), None)
    if kept is None:
        kept = await KeptDatabase.of(await copied_database(postgres, origin), kept_sessions)
    yield kept.url
    if await kept.restored():
        kept_databases[postgres, origin] = kept
    else:
        await kept.close()
        await drop_database(postgres, kept.url)


@pytest.fixture
def vault() -> Vault:
    return Vault(TEST_KEYS)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await connect(database_url, connections_max=CONNECTIONS_MAX)
    yield opened
    await opened.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path)


def settings_for(database_url: str, data_dir: Path) -> Settings:
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        keys=",".join(f"{number}:{_base64(key)}" for number, key in TEST_KEYS.items()),
        base_url=None,
        hosts=frozenset(),
        launch_url=LAUNCH_URL,
        card_processor="fake",
        stripe_key=None,
        stripe_webhook_secret=None,
        stripe_url=None,
        smtp_url=None,
        mail_from="Gifts <gifts@mail.test>",
        sms_url=None,
        operator_email=None,
        apple_pass_file=None,
        apple_push_url=None,
        google_pass_file=None,
        google_pass_issuer=None,
        google_pass_url=None,
        worker="apart",  # tests work by themselves, and nothing moves in between
        worker_port=0,
        connections_max=CONNECTIONS_MAX,
        log_level="error",
        caller_requests_max=120_000,
        address_requests_max=240_000,
        login_failures_max=1000,
        misses_max=100_000,
        metrics_dir=None,
        requests_at_once_max=0,
        caller_at_once_max=256,
        drain_seconds=0,
        trusted_proxies=(),
        private_addresses=(ip_network("127.0.0.0/8"),),  # where the tests' own services are
    )


@pytest.fixture
async def platform(settings: Settings, database: Database, vault: Vault) -> AsyncIterator[Platform]:
    platform = build_platform(settings, database, vault)
    yield platform
    await platform.outgoing.close()


@asynccontextmanager
async def served(
    settings: Settings,
    *,
    database: Database | None = None,
    demo_log_ins: Sequence[LogIn] = (),
    client: tuple[str, int] = LOOPBACK,
) -> AsyncIterator[httpx2.AsyncClient]:
    """The application in this process, and a client that talks to it without a socket.

    It works on the connections of a pool that is open already, or on a pool of its own.
    """
    app = create_app(settings, demo_log_ins=demo_log_ins)
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:  # start and end belong to one task, which a fixture's two halves are not
        async with app.lifespan():
            started.set()
            await stop.wait()

    with pytest.MonkeyPatch.context() as patch:
        if database is not None:
            patch.setattr("huggg.server.services.connect", partial(_lend, database))
        life = asyncio.create_task(live())
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.result()
    transport = httpx2.ASGITransport(app=cast("Any", app), raise_app_exceptions=False, client=client)
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://huggg.test") as http:
            yield http
    finally:
        stop.set()
        await life


class Lent(Database):
    """The connections of a test's pool, as the application has them: it closes none of them."""

    def __init__(self, pool: Database, meter: Meter) -> None:
        """Take the pool, and the application's own meter."""
        self.__dict__.update(pool.__dict__)
        self.meter = meter

    async def close(self) -> None:
        """Wait for recording statements under way."""
        await self.idle()


async def _lend(database: Database, _: str, *, connections_max: int, meter: Meter) -> Database:
    assert connections_max == CONNECTIONS_MAX
    return Lent(database, meter)


@pytest.fixture
async def http(settings: Settings, database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application, which shares the test's pool: sessions are slow to begin."""
    async with served(settings, database=database) as client:
        yield client


@pytest.fixture
async def world(peopled: tuple[str, World], platform: Platform, http: httpx2.AsyncClient) -> World:
    """Two coffee shops, people, money: see `tests/support/world.py`."""
    _, world = peopled
    return replace(world, platform=platform, http=http)


@pytest.fixture(scope="module")
async def town(
    postgres: str, peopled: tuple[str, World], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One world for all tests of a module, for those that need no database of their own.

    Such tests buy their own hugggs, and check nothing about rows that other tests left.
    """
    name, world = peopled
    folder = tmp_path_factory.mktemp("town")
    async with fresh_database(postgres, name) as url, town_hall(url, folder) as (platform, http):
        await top_up(platform.database, wallet_id=world.wallet, amount=1_000_000_00)
        yield replace(world, platform=platform, http=http)


@asynccontextmanager
async def town_hall(url: str, folder: Path) -> AsyncIterator[tuple[Platform, httpx2.AsyncClient]]:
    """Serve a database, and open it beside the server."""
    settings = settings_for(url, folder)
    database = await connect(url, connections_max=CONNECTIONS_MAX)
    async with served(settings, database=database) as http:
        yield build_platform(settings, database, Vault(TEST_KEYS)), http
    await database.close()


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()

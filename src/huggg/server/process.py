"""One process at work: settings read, database found or started, and all closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import replace
from typing import TypeVar

import asyncpg
import structlog

from huggg.database.durability import refuse_unsafe
from huggg.database.embedded import start_embedded
from huggg.database.keeper import Keeper
from huggg.database.migrate import migrate, refuse_wrong_schema
from huggg.database.minor_versions import OutdatedServer, outdated_server
from huggg.database.pool import BULK_SECONDS_MAX
from huggg.database.positions import refuse_positions_ahead
from huggg.database.rights import refuse_lacking_rights
from huggg.database.sessions import connect
from huggg.http.request_context import with_request_id
from huggg.identity.adopt import adopt_usernames
from huggg.keys.check import refuse_lacking
from huggg.keys.load import load_vault
from huggg.keys.roll_call import answering
from huggg.kit.logs import configure_logs
from huggg.kit.platform import Platform
from huggg.server.wiring import build_platform
from huggg.settings.settings import Settings, read_settings, unknown_settings
from huggg.settings.values import SettingError

REACH_SECONDS_MAX = 30.0
"""Seconds in which a database of one's own must answer a command that starts."""

T = TypeVar("T")

log = structlog.get_logger()


@contextmanager
def database_at_hand(*, on_lost: Callable[[str], None] | None = None) -> Iterator[Settings]:
    """Read the settings, with a database URL in them in any case.

    Without HUGGG_DATABASE_URL the embedded server runs as long as any process of ours uses it. A process
    that serves gives `on_lost`: then a server that dies is started again, and `on_lost` is called with a
    sentence, from another thread, once it cannot be.
    """
    settings = read_settings()
    configure_logs(settings.log_level, with_request_id)
    for name, suggestion in unknown_settings().items():
        log.warning("unknown setting", name=name, suggestion=suggestion)
    if settings.database_url is not None:
        asyncio.run(_reach(settings.database_url))
        yield settings
        return
    with (
        start_embedded(settings.data_dir) as server,
        Keeper(server, on_lost=on_lost) if on_lost else nullcontext(),
    ):
        yield replace(settings, database_url=server.url)


@contextmanager
def migrated_database(*, on_lost: Callable[[str], None] | None = None) -> Iterator[Settings]:
    """Give a database this release can work on, and keep it as `database_at_hand` does.

    The embedded one is migrated here; of one's own, the schema is checked, and changed by
    `huggg migrate` only. Raises WrongSchemaError, LackingRightsError, RestoredElsewhereError,
    UnsafeDatabaseError, SettingError.
    """
    is_own_database = read_settings().database_url is not None
    with database_at_hand(on_lost=on_lost) as settings:
        if not is_own_database:
            asyncio.run(migrate(settings.database_url or ""))
        asyncio.run(_check_database(settings))
        yield settings


async def _check_database(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    try:
        await refuse_unsafe(connection)
        await refuse_wrong_schema(connection)
        await refuse_lacking_rights(connection)
        await refuse_positions_ahead(connection)
        await refuse_lacking(connection, settings)
    finally:
        await connection.close()
    await adopt(settings)


def outdated_database(settings: Settings) -> OutdatedServer | None:
    """Tell whether the database's server lacks a minor version that this release knows."""

    async def ask() -> OutdatedServer | None:
        connection = await asyncpg.connect(settings.database_url)
        try:
            return await outdated_server(connection)
        finally:
            await connection.close()

    return asyncio.run(ask())


CONNECTIONS_LEFT = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true)::int, 0)
"""


def connections_left(settings: Settings) -> int:
    """Ask the database how many connections its `max_connections` leaves to servers."""

    async def ask() -> int:
        connection = await asyncpg.connect(settings.database_url)
        try:
            return int(await connection.fetchval(CONNECTIONS_LEFT))
        finally:
            await connection.close()

    return asyncio.run(ask())


async def adopt(settings: Settings) -> None:
    """Do the part of an upgrade that SQL cannot express: the keys of usernames."""
    database = await connect(settings.database_url or "", connections_max=settings.connections_max)
    try:
        await adopt_usernames(database)
    finally:
        await database.close()


async def _reach(url: str) -> None:
    """Connect once, or say which setting to look at; never the URL itself, it may hold a password.

    Raises SettingError.
    """
    try:
        connection = await asyncpg.connect(url, timeout=REACH_SECONDS_MAX)
        await connection.close()
    except (asyncpg.ClientConfigurationError, ValueError, OverflowError):  # a port beyond 65535
        raise SettingError("HUGGG_DATABASE_URL is not a PostgreSQL URL.") from None
    except OSError as error:
        reason = str(error) or f"no answer within {REACH_SECONDS_MAX:g} s"
        raise SettingError(f"The database of HUGGG_DATABASE_URL is away: {reason}.") from None


@asynccontextmanager
async def platform_of(settings: Settings) -> AsyncIterator[Platform]:
    """Build the platform for a command and close it afterwards.

    Each of its statements may take as long as a bulk one: an operator waits, and no caller behind it.
    """
    database = await connect(
        settings.database_url or "",
        connections_max=settings.connections_max,
        seconds_max=BULK_SECONDS_MAX,
    )
    vault = load_vault(settings)
    try:
        async with answering(database, vault):
            platform = build_platform(settings, database, vault)
            try:
                yield platform
            finally:
                await platform.outgoing.close()
    finally:
        await database.close()


def run_with_platform(act: Callable[[Platform], Awaitable[T]]) -> T:
    """Run one command's work from beginning to end."""

    async def work(settings: Settings) -> T:
        async with platform_of(settings) as platform:
            return await act(platform)

    with migrated_database() as settings:
        return asyncio.run(work(settings))

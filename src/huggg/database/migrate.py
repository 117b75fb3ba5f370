"""Bring a database to the schema this release needs: all missing revisions, or none.

Alembic, and SQLAlchemy under it, are imported where something is missing only: that takes a third of a
second, and most processes have nothing to do with it.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from asyncpg import LockNotAvailableError, UndefinedColumnError, UndefinedTableError

from huggg.database.positions import continue_positions

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK = 0x68756767_67  # "huggg": any number will do, as long as every release uses the same
LOCK_PAUSE_SECONDS = 0.1

STATEMENT_END = re.compile(r"(?<=;)\s*\n")
CONCURRENT_BUILD = re.compile(r"INDEX CONCURRENTLY IF NOT EXISTS (?P<name>\w+)")
OWNER = """
SELECT current_user AS role,
       pg_get_userbyid(relowner) AS owner,
       pg_has_role(relowner, 'USAGE') AS is_owner
  FROM pg_class
 WHERE oid = 'alembic_version'::regclass
"""
IS_BROKEN = "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"


class WrongSchemaError(Exception):
    """The database lacks revisions that this release needs, or has some it does not know."""


class NotTheOwnerError(Exception):
    """The role may not change the schema, as another one owns it."""


class TableInUseError(Exception):
    """A transaction held a table for longer than a migration waits for it."""

    def __init__(self, revision: str | None) -> None:
        super().__init__(
            "Another transaction uses a table that the migration changes; the database is still at"
            f" revision {revision or 'none'}. Run `huggg migrate` again when that transaction has ended."
        )


def newest_revision() -> str:
    """Name the revision this release was written for."""
    return max(_revisions())


def wrong_schema(revision: str | None) -> str | None:
    """Advise about a revision other than this release's; None is an empty database's."""
    needed = newest_revision()
    if revision == needed:
        return None
    if revision is None or revision in _revisions():
        return (
            f"The database is at revision {revision or 'none'} and this release needs {needed}:"
            " run `huggg migrate`."
        )
    return (
        f"The database is at revision {revision}, which is newer than this release, which needs"
        f" {needed}: install the newer release."
    )


@cache
def _revisions() -> frozenset[str]:
    """List the revisions once: a later release may be installed over this one while a server runs."""
    return frozenset(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("*.sql"))


async def migrate(url: str) -> tuple[str | None, str]:
    """Apply all missing revisions in one transaction, one process at a time; say from where to where.

    Raises WrongSchemaError when the database is ahead of this release, NotTheOwnerError, and
    TableInUseError.
    """
    connection = await asyncpg.connect(url)
    try:
        await _be_alone(connection)
        before = await _current(connection)
        if before != newest_revision():
            await _apply_missing(connection, before)
        await continue_positions(connection)
        return before, newest_revision()
    finally:
        await connection.close()


async def _apply_missing(connection: asyncpg.Connection, before: str | None) -> None:
    script = _upgrade_from(before)
    try:
        if before is not None:
            await _refuse_another_owner(connection)
            await prepare(connection, after=before)
        async with connection.transaction():
            await connection.execute(script)
    except LockNotAvailableError as error:
        raise TableInUseError(before) from error


async def prepare(connection: asyncpg.Connection, *, after: str) -> None:
    """Build the indexes of the missing revisions before any revision is applied, in no transaction.

    Within the transaction each build would keep all writers of its table waiting until the end. An index
    of a table or a column that a missing revision adds is built in that transaction, by one reading of
    the table.
    """
    for file in sorted((MIGRATIONS / "versions").glob("*.ahead.sql")):
        if file.stem.partition("_")[0] > after:
            for statement in STATEMENT_END.split(file.read_text(encoding="utf-8").strip()):
                await _drop_broken(connection, statement)
                with suppress(UndefinedTableError, UndefinedColumnError):
                    await connection.execute(statement)


async def _drop_broken(connection: asyncpg.Connection, statement: str) -> None:
    """Drop an index whose build was interrupted: it is of no use, and IF NOT EXISTS would keep it."""
    build = CONCURRENT_BUILD.search(statement)
    if build is not None and await connection.fetchval(IS_BROKEN, build["name"]):
        await connection.execute(f"DROP INDEX CONCURRENTLY {build['name']}")


async def _refuse_another_owner(connection: asyncpg.Connection) -> None:
    row = await connection.fetchrow(OWNER)
    if not row["is_owner"]:
        raise NotTheOwnerError(
            f"The role {row['role']} does not own the schema: run `huggg migrate` as {row['owner']}."
        )


async def _be_alone(connection: asyncpg.Connection) -> None:
    """Wait until no other process migrates; the lock lasts as long as the connection.

    A statement that waits for the lock would keep a snapshot meanwhile, and an index that the other
    process builds concurrently waits for every snapshot.
    """
    while not await connection.fetchval(f"SELECT pg_try_advisory_lock({LOCK})"):  # noqa: ASYNC110
        await asyncio.sleep(LOCK_PAUSE_SECONDS)


async def refuse_wrong_schema(connection: asyncpg.Connection) -> None:
    """Check the schema before serving on it. Raises WrongSchemaError with the remedy."""
    problem = wrong_schema(await _current(connection))
    if problem is not None:
        raise WrongSchemaError(problem)


async def _current(connection: asyncpg.Connection) -> str | None:
    exists = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    if not exists:
        return None
    version: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return version


def _upgrade_from(revision: str | None) -> str:
    if revision is not None and revision not in _revisions():
        raise WrongSchemaError(wrong_schema(revision))
    return upgrade(f"{revision or 'base'}:head")


def upgrade(revisions: str) -> str:
    """Write the SQL from one revision to another, as `0001:0002`."""
    from alembic import command  # noqa: PLC0415 - see above

    buffer = StringIO()
    command.upgrade(_config(buffer), revisions, sql=True)
    return buffer.getvalue()


def _config(output: StringIO) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config

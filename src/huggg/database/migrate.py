"""Bring a database to the schema this release needs: all missing revisions, or none.

Alembic, and SQLAlchemy under it, are imported where something is missing only: that takes a third of a
second, and most processes have nothing to do with it.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK = 0x68756767_67  # "huggg": any number will do, as long as every release uses the same


class WrongSchemaError(Exception):
    """The database lacks revisions that this release needs, or has some it does not know."""


def newest_revision() -> str:
    """Name the revision this release was written for."""
    return max(_revisions())


def wrong_schema(found: str | None) -> str | None:
    """Say what to do about a revision that is not this release's, None being an empty database's."""
    needed = newest_revision()
    if found == needed:
        return None
    if found is None or found in _revisions():
        return (
            f"The database is at revision {found or 'none'} and this release needs {needed}:"
            " run `huggg migrate`."
        )
    return (
        f"The database is at revision {found}, which is newer than this release, which needs {needed}:"
        " install the newer release."
    )


def _revisions() -> set[str]:
    return {file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("*.sql")}


async def migrate(url: str) -> tuple[str | None, str]:
    """Apply what is missing in one transaction, one process at a time; say from where to where.

    Raises WrongSchemaError when the database is ahead of this release.
    """
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
            before = await _current(connection)
            if before != newest_revision():
                await connection.execute(_upgrade_from(before))
        return before, newest_revision()
    finally:
        await connection.close()


async def refuse_wrong_schema(connection: asyncpg.Connection) -> None:
    """Check the schema before serving on it. Raises WrongSchemaError that says what to do."""
    wrong = wrong_schema(await _current(connection))
    if wrong is not None:
        raise WrongSchemaError(wrong)


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

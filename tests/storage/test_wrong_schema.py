"""A database at another revision: every command says the same, and tells the way out."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest

from huggg.database.migrate import WrongSchemaError, migrate, newest_revision, wrong_schema
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.commands import run_command
from tests.support.processes import free_port


def test_a_missing_revision_is_migrated_and_an_unknown_one_needs_the_newer_release() -> None:
    newest = newest_revision()
    assert wrong_schema(newest) is None
    assert wrong_schema("0001") == (
        f"The database is at revision 0001 and this release needs {newest}: run `huggg migrate`."
    )
    assert wrong_schema(None) == (
        f"The database is at revision none and this release needs {newest}: run `huggg migrate`."
    )
    assert wrong_schema("9999") == (
        f"The database is at revision 9999, which is newer than this release, which needs {newest}:"
        " install the newer release."
    )


@pytest.mark.parametrize("revision", ["9999", "0001"])
async def test_commands_migrations_and_readiness_say_the_same(
    settings: Settings, database_url: str, revision: str
) -> None:
    sentence = wrong_schema(revision)
    async with served(settings) as http:
        connection = await asyncpg.connect(database_url)
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
        await connection.close()
        ready = await http.get("/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"error": sentence})
    for words in (("serve", "--port", str(free_port())), ("doctor",)):
        result = await run_command(settings, *words)
        assert (result.code, result.err) == (1, f"huggg: {sentence}\n")
    if revision == "9999":
        result = await run_command(replace(settings), "migrate")
        assert (result.code, result.err) == (1, f"huggg: {sentence}\n")
        with pytest.raises(WrongSchemaError):
            await migrate(database_url)

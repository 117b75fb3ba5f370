"""A database at another revision: every command says the same, and tells the way out."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest

from huggg.database.migrate import WrongSchemaError, migrate, newest_revision, wrong_schema
from huggg.database.readiness import AWAY, hindrance_of
from huggg.database.sessions import connect
from huggg.kit.codes import Vault
from huggg.server import app
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


async def test_a_database_that_takes_no_changes_cannot_be_served_from(database_url: str) -> None:
    database = await connect(f"{database_url}&default_transaction_read_only=on")
    try:
        assert await hindrance_of(database) == "The database is read-only."
    finally:
        await database.close()


async def test_a_database_that_is_away_cannot_be_served_from() -> None:
    assert await hindrance_of(await connect("postgresql://127.0.0.1:1/huggg")) == AWAY


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(AWAY, AWAY), (None, "This server has not heard for some time which keys are in use.")],
)
async def test_readiness_blames_the_keys_only_where_the_database_answers(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, answer: str | None, reason: str
) -> None:
    async def readiness(_: object) -> str | None:
        return answer

    monkeypatch.setattr(app, "hindrance_of", readiness)
    monkeypatch.setattr(Vault, "doubt", "This server has not heard for some time which keys are in use.")
    async with served(settings) as http:
        ready = await http.get("/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"error": reason})

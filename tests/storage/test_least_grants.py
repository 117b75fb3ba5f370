"""The two roles of a PostgreSQL of one's own, as the how-to makes them: to migrate, and to serve."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

import huggg
from huggg.database.cluster import TUNING
from huggg.database.embedded import OWNER
from huggg.database.sessions import connect
from huggg.kit.codes import Vault
from huggg.server.wiring import build_platform
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.commands import run_command
from tests.support.keys import TEST_KEYS
from tests.support.merchants import add_pool_merchant, load
from tests.support.postgres import as_superuser
from tests.support.world import World, build_world

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "own-database.md"
SERVER = "huggg_server"


def blocks() -> list[str]:
    """The how-to's SQL: the administrator's roles, the owner's grants, the administrator's settings."""
    return re.findall(
        r"^```sql\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.fixture
async def serving_url(database_url: str) -> AsyncIterator[str]:
    """The URL of the role that serves, with just the grants of the how-to."""
    makes_roles, grants, _ = blocks()
    [role] = re.findall(rf"CREATE ROLE {SERVER} [^;]*;", makes_roles)
    admin = await asyncpg.connect(as_superuser(database_url))
    owner = await asyncpg.connect(database_url)
    await admin.execute(role)
    try:
        await owner.execute(grants)
        yield database_url.replace(f"//{OWNER}@", f"//{SERVER}@")
    finally:
        await admin.execute(f"DROP OWNED BY {SERVER}; DROP ROLE {SERVER}")
        await owner.close()
        await admin.close()


def test_settings_of_the_how_to_are_those_of_the_embedded_server() -> None:
    _, _, sets = blocks()
    advised = re.findall(r"ALTER SYSTEM SET (\w+) = '(\w+)'", sets)
    assert {"=".join(setting) for setting in advised} == {
        setting for setting in TUNING if "wal" in setting
    }


@pytest.fixture
async def lesser(settings: Settings, serving_url: str) -> AsyncIterator[World]:
    """The world, built and served by that role."""
    settings = replace(settings, database_url=serving_url)
    database = await connect(serving_url)
    platform = build_platform(settings, database, Vault(TEST_KEYS))
    try:
        async with served(settings) as http:
            yield await build_world(platform, http)
    finally:
        await database.close()


async def test_the_lesser_role_does_the_main_job(lesser: World) -> None:
    pool = await add_pool_merchant(lesser.platform)
    await load(lesser.platform, pool.segments[0], [f"KX{n:02d}-9QPLM2" for n in range(5)])
    (coded,) = await lesser.buy(pool.product)
    assert coded["code"].startswith("KX")
    (huggg,) = await lesser.buy(receivers=[{"user_id": str(lesser.bo.id)}])
    first, again = [await lesser.redeem(huggg["shortcode"], Idempotency_Key="till-1") for _ in range(2)]
    assert (first.status_code, again.json()) == (201, first.json())
    assert (await lesser.unredeem(huggg["shortcode"])).status_code == 200
    ready = await lesser.http.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_the_lesser_role_runs_commands_and_cannot_migrate(
    lesser: World, settings: Settings, serving_url: str
) -> None:
    here = replace(settings, database_url=serving_url)
    for words in (
        ("doctor",),
        ("team", "create", "Cedar"),
        ("brand", "list"),
        ("sealing-key", "rotate", "--no-new"),
    ):
        result = await run_command(here, *words)
        assert result.code == 0, result.err
    assert await lesser.buy()
    connection = await asyncpg.connect(serving_url)
    try:
        for beyond in (
            "UPDATE transfers SET amount = 0",
            "DELETE FROM events",
            "UPDATE events SET kind = 'nothing'",
            "TRUNCATE hugggs",
            "DELETE FROM hugggs",
            "ALTER TABLE hugggs ADD COLUMN more text",
            "CREATE TABLE mine (id int)",
            "UPDATE alembic_version SET version_num = '0001'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(beyond)
    finally:
        await connection.close()


def test_the_how_to_grants_deletion_where_a_statement_deletes_and_nowhere_else() -> None:
    source = Path(huggg.__file__).parent
    deleted = {
        table
        for path in source.rglob("*.sql")
        if "migrations" not in path.parts
        for table in re.findall(r"DELETE FROM (\w+)", path.read_text(encoding="utf-8"))
    }
    [granted] = re.findall(r"GRANT DELETE ON (.*?) TO", blocks()[1], re.DOTALL)
    assert set(re.findall(r"\w+", granted)) == deleted


def test_no_statement_rewrites_what_happened_or_where_money_went() -> None:
    source = Path(huggg.__file__).parent
    for path in source.rglob("*.sql"):
        if "migrations" not in path.parts:
            assert not re.search(r"UPDATE (events|transfers)\b", path.read_text(encoding="utf-8")), path

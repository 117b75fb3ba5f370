"""The two roles of a PostgreSQL of one's own, as the how-to makes them: to migrate, and to serve."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from huggg.database.cluster import TUNING
from huggg.database.embedded import OWNER
from huggg.database.migrate import migrate, upgrade
from huggg.database.queries import Queries, Statement
from huggg.database.sessions import connect
from huggg.kit.codes import Vault
from huggg.server.wiring import build_platform
from huggg.settings.settings import Settings
from huggg.transactions.ends.expire import expire_due
from huggg.vouchers import import_codes
from tests.conftest import fresh_database, served
from tests.promises.test_sql import ASKED_ONE_BY_ONE, SOURCE
from tests.support.commands import run_command
from tests.support.groups import buy_for_group, join_group
from tests.support.keys import TEST_KEYS
from tests.support.life import end_yesterday
from tests.support.merchants import add_pool_merchant, load
from tests.support.postgres import as_superuser
from tests.support.processes import free_port
from tests.support.rows import put
from tests.support.world import World, build_world

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "own-database.md"
SERVER = "huggg_server"

BEFORE_TOTALS = "0031"
"""The last revision without a trigger that writes to a table of its own."""


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


async def test_the_lesser_role_gives_hugggs_to_others_and_ends_them(lesser: World) -> None:
    to_bo = (await lesser.buy(receivers=[{"user_id": str(lesser.bo.id)}]))[0]["id"]
    to_no_one, unwanted, ended = [(await lesser.buy())[0]["id"] for _ in range(3)]
    path = f"/api/v2/hugggs/{to_bo}"
    moved = await lesser.call(
        "PATCH", path, lesser.amara, {"receiver": {"user_id": str(lesser.cleo.id)}}
    )
    assert moved.status_code == 200, moved.text
    claimed = await lesser.call("POST", f"/api/v2/hugggs/{to_no_one}/claim", lesser.bo)
    assert claimed.status_code == 201, claimed.text
    _, group = await buy_for_group(lesser, 1)
    await join_group(lesser, group, "ada@example.com")
    cancelled = await lesser.call("POST", f"/api/v2/hugggs/{unwanted}/cancellation", lesser.amara)
    assert cancelled.status_code == 201, cancelled.text
    await end_yesterday(lesser.platform.database, ended)
    await expire_due(lesser.platform.database)
    gone = await lesser.call("GET", f"/api/v2/hugggs/{ended}", lesser.amara)
    assert gone.json()["data"]["hug_status"] == "expired"


async def test_the_lesser_role_may_run_every_statement(serving_url: str) -> None:
    """PostgreSQL checks the rights of a statement when it explains it, but not those of triggers."""
    connection = await asyncpg.connect(
        serving_url, server_settings={"plan_cache_mode": "force_generic_plan"}
    )
    refused = []
    await connection.execute(f"BEGIN; {import_codes.queries.stage.sql}; SAVEPOINT before")
    try:
        for path in ASKED_ONE_BY_ONE:
            for statement in Queries(str(SOURCE / path), path.name):
                try:
                    await connection.execute(explained(statement))
                except asyncpg.UndefinedFunctionError:  # of a search, whose condition is written later
                    assert not statement.writes, statement.name
                except asyncpg.InsufficientPrivilegeError as error:
                    refused.append((statement.name, str(error)))
                await connection.execute("ROLLBACK TO SAVEPOINT before; DEALLOCATE ALL")
    finally:
        await connection.close()
    assert refused == []


def explained(statement: Statement) -> str:
    """Write the script that explains a statement; one that locks is run, and others are left out."""
    if statement.sql.startswith(("CREATE", "SET")):
        return "SELECT"
    if statement.sql.startswith("LOCK"):
        return statement.sql
    values = f"({', '.join(['NULL'] * len(statement.names))})" if statement.names else ""
    return f"PREPARE explained AS {statement.sql}; EXPLAIN EXECUTE explained{values}"


async def test_the_lesser_role_runs_commands_and_cannot_migrate(
    lesser: World, settings: Settings, serving_url: str
) -> None:
    here = replace(settings, database_url=serving_url)
    for words in (
        ("seed",),
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


async def test_a_command_without_rights_names_the_grants(
    serving_url: str, settings: Settings, database_url: str
) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {SERVER}")
    await owner.close()
    result = await run_command(replace(settings, database_url=serving_url), "doctor")
    assert result.code == 1
    assert result.err == (
        "huggg: permission denied for table alembic_version. Run the GRANT block of"
        " docs/how-to/own-database.md as the owner of the schema.\n"
    )


@pytest.mark.usefixtures("serving_url")
async def test_an_older_server_sells_between_a_migration_and_its_grants(postgres: str) -> None:
    """Its role has rights on the tables of its release, and none on newer ones."""
    async with fresh_database(postgres, "template1") as url:
        owner = await asyncpg.connect(url)
        await owner.execute(upgrade(f"base:{BEFORE_TOTALS}"))
        await owner.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {SERVER}")
        await migrate(url)
        old_server = await asyncpg.connect(url.replace(f"//{OWNER}@", f"//{SERVER}@"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await old_server.fetch("SELECT * FROM sender_totals")
        await put(old_server, "transactions")
        assert await owner.fetchval("SELECT purchases FROM sender_totals") == 1
        await old_server.close()
        await owner.close()


@pytest.mark.parametrize(
    ("tables", "list_of_tables"),
    [
        (["moves", "themes"], "moves, themes"),
        (["moves", "passes", "payments", "tokens", "themes"], "moves, passes, payments and 2 others"),
    ],
)
async def test_a_server_without_rights_on_a_table_of_the_release_does_not_start(
    serving_url: str, settings: Settings, database_url: str, tables: list[str], list_of_tables: str
) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute(f"REVOKE ALL ON {', '.join(tables)} FROM {SERVER}")
    here = replace(settings, database_url=serving_url)
    for words in (("serve", "--port", str(free_port())), ("doctor",)):
        result = await run_command(here, *words)
        assert (result.code, result.out) == (1, "")
        assert result.err == (
            f"huggg: The role {SERVER} may not read {list_of_tables}. Run the GRANT block of"
            " docs/how-to/own-database.md as the owner of the schema.\n"
        )
    await owner.execute(blocks()[1])
    await owner.close()
    assert (await run_command(here, "doctor")).code == 0


async def test_a_table_that_an_administrator_added_needs_no_grant(
    serving_url: str, settings: Settings, database_url: str
) -> None:
    admin = await asyncpg.connect(as_superuser(database_url))
    await admin.execute("CREATE TABLE notes_of_an_administrator (id int)")
    assert (await run_command(replace(settings, database_url=serving_url), "doctor")).code == 0
    await admin.execute("DROP TABLE notes_of_an_administrator")
    await admin.close()


async def test_a_migration_by_another_role_names_the_owner(
    serving_url: str, settings: Settings, database_url: str
) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute("UPDATE alembic_version SET version_num = '0001'")
    await owner.close()
    result = await run_command(replace(settings, database_url=serving_url), "migrate")
    assert (result.code, result.err) == (
        1,
        f"huggg: The role {SERVER} does not own the schema: run `huggg migrate` as {OWNER}.\n",
    )


async def test_the_how_to_grants_deletion_where_a_statement_deletes_and_nowhere_else(
    database_url: str,
) -> None:
    statements = [path.read_text(encoding="utf-8") for path in map(SOURCE.joinpath, ASKED_ONE_BY_ONE)]
    functions = [f["prosrc"] for f in await functions_of(database_url) if not f["prosecdef"]]
    deleted = {
        table for text in (*statements, *functions) for table in re.findall(r"DELETE FROM (\w+)", text)
    }
    [granted] = re.findall(r"GRANT DELETE ON (.*?) TO", blocks()[1], re.DOTALL)
    assert set(re.findall(r"\w+", granted)) == deleted


async def test_no_caller_leads_a_function_with_the_owners_rights_to_another_table(
    database_url: str,
) -> None:
    paths = [f["proconfig"] for f in await functions_of(database_url) if f["prosecdef"]]
    assert paths == [["search_path=public, pg_temp"]] * 2


async def functions_of(database_url: str) -> list[asyncpg.Record]:
    """Read the functions of the schema."""
    owner = await asyncpg.connect(database_url)
    try:
        return list(
            await owner.fetch(
                """SELECT prosrc, prosecdef, proconfig
                     FROM pg_proc
                    WHERE pronamespace = 'public'::regnamespace"""
            )
        )
    finally:
        await owner.close()


def test_no_statement_rewrites_what_happened_or_where_money_went() -> None:
    for path in SOURCE.rglob("*.sql"):
        if "migrations" not in path.parts:
            assert not re.search(r"UPDATE (events|transfers)\b", path.read_text(encoding="utf-8")), path

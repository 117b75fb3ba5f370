"""Migrating a database that servers go on writing to: nothing waits for an index to be built."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from huggg.database.migrate import (
    MIGRATIONS,
    TableInUseError,
    migrate,
    newest_revision,
    prepare,
    upgrade,
)
from tests.conftest import fresh_database
from tests.support.rows import put
from tests.support.waiting import waits_for_lock

OLDER = "0008"
"""The last revision whose indexes were built within the transaction."""

SCHEMA = """
SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public'
 UNION ALL
SELECT format('%s %s %s %s %s', table_name, column_name, data_type, is_nullable, column_default)
  FROM information_schema.columns WHERE table_schema = 'public'
 UNION ALL
SELECT format('%s %s %s %s', relname, relkind, relpersistence, reloptions)
  FROM pg_class WHERE relnamespace = 'public'::regnamespace
 UNION ALL
SELECT format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
 UNION ALL
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
 UNION ALL
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
 UNION ALL
SELECT viewname || definition FROM pg_views WHERE schemaname = 'public'
 UNION ALL
SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
 UNION ALL
SELECT integrations::text FROM integrations
 UNION ALL
SELECT format('%s %s %s %s', id, kind, name, currency) FROM accounts
 ORDER BY line
"""
"""The objects of a schema, and the rows that migrations add."""

A_USER = (
    "INSERT INTO users (id, kind, name, username, password_hash) VALUES ($1, 'customer', 'Amy', $2, '')"
)


@pytest.fixture
async def older(postgres: str) -> AsyncIterator[str]:
    """A database of an older release."""
    async with fresh_database(postgres, "template1") as url:
        connection = await asyncpg.connect(url)
        await connection.execute(upgrade(f"base:{OLDER}"))
        await connection.close()
        yield url


async def lines(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = [row["line"] for row in await connection.fetch(SCHEMA)]
    await connection.close()
    return rows


@pytest.mark.parametrize("revision", ["0002", OLDER, "0018", "0029", "0042"])
async def test_an_older_database_gets_the_schema_of_a_new_one(
    postgres: str, database_url: str, revision: str
) -> None:
    async with fresh_database(postgres, "template1") as url:
        connection = await asyncpg.connect(url)
        await connection.execute(upgrade(f"base:{revision}"))
        await connection.close()
        assert await migrate(url) == (revision, newest_revision())
        assert await lines(url) == await lines(database_url)


async def test_servers_write_while_an_index_waits_for_a_long_transaction(older: str) -> None:
    slow, quick, migrating = [await asyncpg.connect(older) for _ in range(3)]
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute("DELETE FROM idempotency_keys")
    preparing = asyncio.create_task(prepare(migrating, after=OLDER))
    await waits_for_lock(migrating, beside=quick)
    await quick.execute("SET lock_timeout = '1s'")
    await quick.execute("DELETE FROM idempotency_keys")
    assert not preparing.done()
    await transaction.commit()
    await preparing
    for connection in (slow, quick, migrating):
        await connection.close()
    assert await migrate(older) == (OLDER, newest_revision())


async def test_a_table_in_use_leaves_the_revision_and_asks_for_another_run(older: str) -> None:
    reading = await asyncpg.connect(older)
    transaction = reading.transaction()
    await transaction.start()
    await reading.execute("SELECT FROM users")
    with pytest.raises(TableInUseError, match=f"at revision {OLDER}. Run `huggg migrate` again"):
        await migrate(older)
    await transaction.commit()
    await reading.close()
    assert await migrate(older) == (OLDER, newest_revision())


async def test_an_index_whose_build_was_cut_short_is_built_again(older: str) -> None:
    connection = await asyncpg.connect(older)
    await connection.execute("ALTER TABLE users ADD COLUMN username_key text")
    for name in ("one", "two"):
        await connection.execute(A_USER, uuid4(), name)
    await connection.execute("UPDATE users SET username_key = 'same'")
    with pytest.raises(asyncpg.UniqueViolationError):
        await migrate(older)
    broken = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    assert await connection.fetchval(broken) == "users_by_username_key"
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == OLDER
    await connection.execute("UPDATE users SET username_key = NULL")
    assert await migrate(older) == (OLDER, newest_revision())
    assert await connection.fetchval(broken) is None
    await connection.close()


async def test_a_refund_that_an_older_server_decided_on_gets_the_kind_of_its_refusal(older: str) -> None:
    """An older server keeps the status of HTTP alone."""
    connection = await asyncpg.connect(older)
    for number, status in enumerate((409, 422), start=1):
        refunding = {"state": "refunding", "charge": "ch_1", "refused": status, "reason": "sold out"}
        await put(connection, "payments", id=number, transaction_id=number, **refunding)
    await migrate(older)
    rows = await connection.fetch("SELECT refusal FROM payments ORDER BY id")
    assert [row["refusal"] for row in rows] == ["PoolEmpty", "Invalid"]
    await connection.close()


async def test_two_who_migrate_at_once_do_it_once(older: str) -> None:
    both = await asyncio.gather(migrate(older), migrate(older))
    newest = newest_revision()
    assert sorted(both) == [(OLDER, newest), (newest, newest)]


def made_by(sql: str, what: str) -> set[str]:
    return set(
        re.findall(rf"CREATE (?:UNLOGGED )?{what} (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(\w+)", sql)
    )


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in sorted((MIGRATIONS / "versions").glob("*.sql"))
        if file.stem.partition("_")[0] > OLDER and not file.stem.endswith(".ahead")
    ],
    ids=lambda file: file.stem,
)
def test_every_index_of_a_table_that_is_there_is_built_ahead(file: Path) -> None:
    sql = file.read_text()
    ahead = file.with_suffix(".ahead.sql")
    built = made_by(ahead.read_text(), "(?:UNIQUE )?INDEX") if ahead.exists() else set()
    needed = {
        name
        for name, table in re.findall(r"INDEX (?:IF NOT EXISTS )?(\w+) ON (\w+)", sql)
        if table not in made_by(sql, "TABLE")
    }
    assert needed == built

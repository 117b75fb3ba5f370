from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.conftest import fresh_database


@asynccontextmanager
async def bare_database(postgres: str, template: str) -> AsyncIterator[str]:
    """Make a database whose tables know nothing of each other; gives its URL."""
    async with fresh_database(postgres, template) as url:
        connection = await asyncpg.connect(url)
        for table, name in await connection.fetch(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f'"
        ):
            await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        await connection.close()
        yield url


@pytest.fixture(scope="module")
async def bare(postgres: str, template: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a bare database of this module's."""
    async with bare_database(postgres, template) as url:
        connection = await asyncpg.connect(url)
        yield connection
        await connection.close()


@pytest.fixture
async def tables(bare: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """The same, as it was before each test."""
    transaction = bare.transaction()
    await transaction.start()
    yield bare
    await transaction.rollback()


@pytest.fixture
async def two(
    postgres: str, template: str
) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
    """Two connections to a bare database of the test's own; they wait for each other half a second."""
    async with bare_database(postgres, template) as url:
        settings = {"lock_timeout": "500ms"}
        one, other = [await asyncpg.connect(url, server_settings=settings) for _ in range(2)]
        yield one, other
        await one.close()
        await other.close()

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import msgspec
import pytest

from huggg.database.pool import Database
from huggg.events.kinds import KINDS
from huggg.identity.create import create_client
from huggg.kit.platform import Platform
from tests.support.gift_hall import Hall, open_hall
from tests.support.sql import sql
from tests.support.world import CLIENT, token_for


@pytest.fixture
async def window(http: httpx2.AsyncClient, platform: Platform) -> httpx2.AsyncClient:
    """A shop window: a program that reads the catalogue, without a user logged in."""
    await create_client(platform.database, platform.vault, CLIENT, name="A shop window")
    http.headers["Authorization"] = f"Bearer {await token_for(platform, None)}"
    return http


@pytest.fixture
async def database(database: Database) -> AsyncIterator[Database]:
    """A database whose events have at the end the data that their kinds name."""
    yield database
    for row in await sql(database, "SELECT DISTINCT kind, data FROM events"):
        msgspec.json.decode(row["data"], type=KINDS[row["kind"]].data)


@pytest.fixture(scope="module")
async def hall(
    postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hall]:
    """Gifts of all integrations, a server, and a browser: one for all tests of a module."""
    async with open_hall(postgres, template, tmp_path_factory.mktemp("gifts")) as opened:
        yield opened

"""Accounts of an older release, after `huggg migrate`: no user is locked out, spelling is free."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest

from huggg.database.migrate import upgrade
from huggg.database.sessions import connect
from huggg.identity.create import ClientCredentials, create_client, find_user
from huggg.identity.passwords import Passwords
from huggg.kit.codes import Vault
from huggg.settings.settings import Settings
from tests.conftest import served, settings_for
from tests.support.commands import run_command
from tests.support.keys import TEST_KEYS

BEFORE = "base:0008"
"""The last revision that knew no keys of usernames."""

APP = ClientCredentials("an-app", "its-secret")
ACCOUNTS = {
    "Amy@acorn.example": "the first Amy's",
    "amy@acorn.example": "the second Amy's",
    "Zoë": "Zoë's own",
}


@pytest.fixture
async def older(postgres: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """A database of the older release, with three people in it."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres.replace("/huggg?", "/postgres?"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = postgres.replace("/huggg?", f"/{name}?")
    try:
        connection = await asyncpg.connect(url)
        await connection.execute(upgrade(BEFORE))
        for username, password in ACCOUNTS.items():
            await connection.execute(
                "INSERT INTO users (id, kind, name, username, password_hash, created_at)"
                " VALUES (gen_random_uuid(), 'customer', 'Somebody', $1, $2, clock_timestamp())",
                username,
                Passwords().hash(password),
            )
        await connection.close()
        yield settings_for(url, tmp_path)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def status(http: httpx2.AsyncClient, username: str, password: str) -> int:
    body = {"grant_type": "password", "username": username, "password": password}
    credentials = {"client_id": APP.client_id, "client_secret": APP.client_secret}
    return (await http.post("/oauth/token", json=body | credentials)).status_code


async def test_no_user_is_locked_out_and_the_doctor_names_one_of_two_who_share_a_name(
    older: Settings,
) -> None:
    migrated = await run_command(older, "migrate")
    assert (migrated.code, migrated.err) == (0, "")
    database = await connect(older.database_url or "")
    await create_client(database, Vault(TEST_KEYS), APP, name="an app")
    later = await find_user(database, Vault(TEST_KEYS), "amy@acorn.example")
    await database.close()
    async with served(older) as http:
        for username, password in ACCOUNTS.items():
            assert await status(http, username, password) == 200
        assert await status(http, "ZOE\u0308", ACCOUNTS["Zoë"]) == 200
        assert await status(http, "AMY@acorn.example", ACCOUNTS["Amy@acorn.example"]) == 200
        assert await status(http, "AMY@acorn.example", ACCOUNTS["amy@acorn.example"]) == 401
    result = await run_command(older, "doctor")
    assert result.code == 1
    assert str(later) in result.out
    taken = await run_command(older, "user", "create", "AMY@ACORN.example", typed="a long password\n")
    assert taken.err == "huggg: The username AMY@ACORN.example is taken.\n"

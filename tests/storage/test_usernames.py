"""Usernames in the database: one account for one person, and the accounts from before."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from huggg.database.doctor import examine
from huggg.database.pool import Database
from huggg.identity.adopt import adopt_usernames
from huggg.identity.caller import UserKind
from huggg.identity.create import (
    create_client,
    create_user,
    new_client_credentials,
    set_role,
)
from huggg.identity.errors import NameTaken
from huggg.identity.log_in import log_in_user
from huggg.identity.passwords import Passwords
from huggg.identity.role import Role
from huggg.kit.codes import Vault
from huggg.kit.errors import Forbidden, Invalid, Unauthenticated
from huggg.kit.ids import new_id
from huggg.people.store import people_of
from tests.support.keys import TEST_KEYS
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql

PASSWORD = "correct horse battery"
RULE = "every username is one persons however it is written"


@pytest.fixture
async def window(database: Database, vault: Vault) -> str:
    credentials = new_client_credentials()
    await create_client(database, vault, credentials, name="a window")
    return credentials.client_id


async def create(database: Database, username: str) -> UUID:
    return await create_user(
        database,
        Vault(TEST_KEYS),
        Passwords(),
        kind=UserKind.CUSTOMER,
        name="Amy",
        username=username,
        password=PASSWORD,
    )


async def from_before(database: Database, *usernames: str) -> list[UUID]:
    """Users whom an older release created, with a password each."""
    users = [new_id() for _ in usernames]
    for user_id, username in zip(users, usernames, strict=True):
        await sql(
            database,
            "INSERT INTO users (id, kind, name, username, password_hash, created_at)"
            " VALUES ($1, 'customer', 'Amy', $2, $3, clock_timestamp())",
            user_id,
            username,
            Passwords().hash(f"{PASSWORD} {username}"),
        )
    return users


async def who_logs_in(
    database: Database, vault: Vault, client_id: str, username: str, password: str
) -> UUID:
    await log_in_user(
        database, vault, Passwords(), client_id=client_id, username=username, password=password
    )
    user_id: UUID = await scalar(
        database, "SELECT user_id FROM sessions ORDER BY created_at DESC LIMIT 1"
    )
    return user_id


async def findings(database: Database) -> list[UUID]:
    [rows] = [each.rows for each in await examine(database) if each.rule == RULE]
    return [row["user_id"] for row in rows]


async def test_one_person_has_one_account_and_logs_in_by_every_spelling(
    database: Database, vault: Vault, window: str
) -> None:
    amy = await create(database, " Amy@Acorn.example. ")
    assert (await people_of(database, vault, [amy]))[amy].username == "Amy@Acorn.example"
    spellings = (
        "amy@acorn.example",
        "AMY@ACORN.EXAMPLE",
        "amy\u200b@acorn.example.",
        " amy@acorn.example",
    )
    for spelling in spellings:
        async with nothing_moves(database):
            with pytest.raises(NameTaken):
                await create(database, spelling)
        assert await who_logs_in(database, vault, window, spelling, PASSWORD) == amy


@pytest.mark.parametrize("username", ["", " ", "amy@", "a\x1bb", "\u200b"])
async def test_nonsense_is_no_username(database: Database, username: str) -> None:
    async with nothing_moves(database):
        with pytest.raises(Invalid):
            await create(database, username)


async def test_two_who_create_one_person_at_once_create_one_account(database: Database) -> None:
    outcomes = await asyncio.gather(
        *(create(database, name) for name in ("amy@x.example", "AMY@x.example", "Amy@x.example")),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["NameTaken", "NameTaken", "UUID"]


async def test_every_command_and_list_means_the_same_person(database: Database, vault: Vault) -> None:
    await create(database, "amy@acorn.example")
    await set_role(database, vault, username="AMY@acorn.example", role=Role.VIEWER)
    assert await scalar(database, "SELECT role FROM users") == "viewer"
    credentials = new_client_credentials()
    twice = ("AMY@acorn.example", "amy@acorn.example.")
    await create_client(database, vault, credentials, name="hers", usernames=twice)
    await who_logs_in(database, vault, credentials.client_id, "Amy@acorn.example", PASSWORD)
    with pytest.raises(Forbidden):
        await who_logs_in(database, vault, credentials.client_id, "bo@acorn.example", PASSWORD)
    with pytest.raises(Invalid, match="No user has the username bo"):
        await create_client(database, vault, new_client_credentials(), name="his", usernames=["bo"])


async def test_accounts_from_before_get_their_key_and_lose_nothing(
    database: Database, vault: Vault, window: str
) -> None:
    """Before that they log in by their exact spelling, afterwards by every one."""
    first, nonsense = await from_before(database, "Amy@acorn.example", "")
    password = f"{PASSWORD} Amy@acorn.example"
    assert await who_logs_in(database, vault, window, "Amy@acorn.example", password) == first
    with pytest.raises(Unauthenticated):
        await who_logs_in(database, vault, window, "amy@acorn.example", password)
    await adopt_usernames(database)
    assert await who_logs_in(database, vault, window, "amy@acorn.example", password) == first
    assert await findings(database) == [nonsense]


async def test_of_two_accounts_that_fold_together_both_stay_and_the_doctor_names_the_later_one(
    database: Database, vault: Vault, window: str
) -> None:
    names = ("Amy@acorn.example", "amy@acorn.example", "bo@acorn.example")
    amy, other_amy, _ = await from_before(database, *names)
    for _ in range(2):
        await adopt_usernames(database)
        assert await findings(database) == [other_amy]
    for name, user_id in (("Amy@acorn.example", amy), ("amy@acorn.example", other_amy)):
        password = f"{PASSWORD} {name}"
        assert await who_logs_in(database, vault, window, name, password) == user_id
    first = f"{PASSWORD} Amy@acorn.example"
    assert await who_logs_in(database, vault, window, "AMY@acorn.example", first) == amy
    async with nothing_moves(database):
        with pytest.raises(NameTaken):
            await create(database, "AMY@acorn.example")


async def test_two_processes_that_adopt_at_once_agree(database: Database) -> None:
    first, _ = await from_before(database, "Amy@acorn.example", "amy@acorn.example")
    await asyncio.gather(*(adopt_usernames(database) for _ in range(5)))
    assert await scalar(database, "SELECT id FROM users WHERE username_key IS NOT NULL") == first

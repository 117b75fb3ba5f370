"""The users, clients, log-ins and keys that a statement of identity makes, changes or leaves."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from huggg.database.queries import Statement
from huggg.identity.lock_out import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import AT, LATER, lie_in_order_of_entry, put, ran, standing

ONE = UUID(int=1)
REVOKED: Row = {"revoked_at": AT}
NAMED: Row = {"username": "bo@example.test", "username_key": "bo@example.test"}
NAMELESS: Row = {"username": None, "username_key": None, "username_fingerprints": []}
OTHER: Row = {"id": 11, "username": "al@example.test", "username_key": "al@example.test"}

CASES = [
    Guarded(
        queries.revoke_session,
        "sessions",
        {},
        {"session_id": ONE, "reason": "logged out"},
        [{"id": 11}],
        {"ended before": REVOKED},
    ),
    Guarded(
        queries.revoke_key,
        "api_keys",
        {},
        {"id": ONE},
        [{"id": 11, "user_id": 12, "fingerprint": "\\x02"}],
        {"ended before": REVOKED},
    ),
    Guarded(
        queries.set_code_viewers,
        "teams",
        {},
        {"id": ONE, "code_viewers": "claimer"},
        [{"id": 11}],
    ),
    Guarded(
        queries.set_client_active,
        "clients",
        {},
        {"client_id": "shop", "active": False, "event_subject": ONE},
        [{"id": "app"}],
    ),
    Guarded(
        queries.rotate_secret,
        "clients",
        {},
        {
            "client_id": "shop",
            "secret_fingerprint": b"\2",
            "overlap": timedelta(0),
            "event_subject": ONE,
        },
        [{"id": "app"}],
    ),
    Guarded(
        queries.set_user_active,
        "users",
        {},
        {"user_id": ONE, **NAMELESS, "active": False},
        [{"id": 11}],
    ),
    Guarded(
        queries.set_role,
        "users",
        {**NAMED, "password_hash": "x"},
        {**NAMED, "username_fingerprints": [], "role": "admin"},
        [OTHER],
    ),
]


# Making ------------------------------------------------------------------------------------------

CLIENT: Row = {
    "id": "shop",
    "name": "Another shop",
    "secret_fingerprint": b"\2",
    "logs_in_users": True,
    "user_ids": [],
    "shows_hugggs": False,
    "event_subject": ONE,
}
TEAM: Row = {"id": ONE, "name": "Another team", "parent_id": None}
USER: Row = {
    **NAMELESS,
    "id": ONE,
    "kind": "customer",
    "personal": b"sealed",
    "person_key": b"key",
    "username_fingerprint": b"\2",
    "password_hash": "x",
    "team_id": None,
    "role": "participant",
    "brand_id": None,
    "location_ids": [],
    "staff_role": "manager",
    "author_id": None,
}


@pytest.mark.parametrize(
    ("statement", "table", "values"),
    [
        pytest.param(statement, table, values, id=statement.name)
        for statement, table, values in (
            (queries.add_client, "clients", CLIENT),
            (queries.add_team, "teams", TEAM),
            (queries.add_user, "users", USER),
        )
    ],
)
async def test_an_id_that_is_taken_is_told_by_no_row_and_nothing_is_made(
    tables: asyncpg.Connection, statement: Statement, table: str, values: Row
) -> None:
    await put(tables, table)
    before = await standing(tables)
    assert await ran(tables, statement, **values) == []
    assert await standing(tables) == before


async def test_a_user_who_is_named_twice_is_on_a_clients_list_once(tables: asyncpg.Connection) -> None:
    await ran(tables, queries.add_client, **{**CLIENT, "user_ids": [ONE, ONE]})
    assert await tables.fetch("SELECT client_id, user_id FROM client_users") == [("shop", ONE)]


async def test_of_two_users_with_one_username_the_first_gets_the_key(tables: asyncpg.Connection) -> None:
    for number, username in enumerate(["Bo@example.test", "bo@example.test"], start=1):
        await put(tables, "users", id=number, username=username, password_hash="x")
    values = {"ids": [ONE, UUID(int=2)], "keys": ["bo@example.test"] * 2}
    assert await ran(tables, queries.fold_usernames, **values) == [(ONE,)]


# Several servers at once -------------------------------------------------------------------------

SWEEP: Row = {"kept_for": timedelta(days=1), "most": 9}


async def test_a_call_does_not_wait_for_another_that_notes_the_use_of_its_key(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    noting, calling = two
    await put(noting, "users", id=2)
    await put(noting, "api_keys")
    async with noting.transaction():
        await noting.execute("SELECT FROM api_keys FOR UPDATE")
        [caller] = await ran(calling, queries.key_caller, fingerprint=[b"\1"])
    assert caller["id"] == ONE
    assert await noting.fetchval("SELECT last_used_at FROM api_keys") is None


async def test_a_login_that_another_server_sweeps_is_passed_over(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    for number in (1, 2):
        await put(first, "sessions", id=number)
    async with first.transaction():
        await first.execute("SELECT FROM sessions WHERE id = $1 FOR UPDATE", ONE)
        assert await ran(second, queries.sweep_sessions, **SWEEP) == [(1,)]
    assert await first.fetch("SELECT id FROM sessions") == [(ONE,)]


async def test_the_logins_that_ended_first_are_swept_first(tables: asyncpg.Connection) -> None:
    await lie_in_order_of_entry(tables)
    for number, ended in ((1, LATER), (2, AT)):
        await put(tables, "sessions", id=number, expires_at=ended)
    assert await ran(tables, queries.sweep_sessions, **{**SWEEP, "most": 1}) == [(1,)]
    assert await tables.fetch("SELECT id FROM sessions") == [(ONE,)]

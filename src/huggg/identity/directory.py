"""The directory: users, clients and their logins, as operators look them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.username import user_values
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.people.personal_data import with_personal
from huggg.people.store import names_of

queries = Queries(__file__)


async def users(
    database: Database,
    vault: Vault,
    *,
    team_id: UUID | None = None,
    brand_id: UUID | None = None,
    with_recipients: bool = False,
) -> list[dict[str, Any]]:
    """List the users that can log in, by name; `with_recipients` adds recipients and API keys."""
    rows = await database.bulk(
        queries.user_directory, team_id=team_id, brand_id=brand_id, with_recipients=with_recipients
    )
    return sorted((with_personal(vault, row) for row in rows), key=_username)


def _username(row: Mapping[str, Any]) -> tuple[bool, str]:
    """Sort users without a username last; the statement has them in the order of their ages."""
    return row["username"] is None, row["username"] or ""


async def show_user(database: Database, vault: Vault, username_or_id: str) -> dict[str, Any]:
    """Describe a user, named by username or id. Raises Invalid."""
    row = await database.row(queries.describe_user, **user_values(vault, username_or_id))
    if row is None:
        raise Invalid(f"No user is called {username_or_id}.")
    return with_personal(vault, row)


async def clients(database: Database) -> list[Record]:
    """List clients, the oldest first."""
    return await database.rows(queries.client_directory)


async def show_client(database: Database, vault: Vault, client_id: str) -> dict[str, Any]:
    """Describe a client, with the usernames that it may log in. Raises Invalid."""
    row = await database.row(queries.describe_client, client_id=client_id)
    if row is None:
        raise Invalid(f"There is no client {client_id}.")
    names = await names_of(database, vault, row["only_users"])
    return {**row, "only_users": sorted(names.values())}


async def live_sessions(
    database: Database,
    vault: Vault,
    *,
    most: int,
    user_id: UUID | None = None,
    client_id: str | None = None,
) -> list[dict[str, Any]]:
    """List the active logins, newest first and at most so many."""
    rows = await database.rows(queries.live_sessions, most=most, user_id=user_id, client_id=client_id)
    names = await names_of(database, vault, [row["user_id"] for row in rows if row["user_id"]])
    return [{**row, "user": names.get(row["user_id"])} for row in rows]

"""The directory: users, clients and their logins, as operators look them up."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.username import user_values
from huggg.kit.errors import Invalid

queries = Queries(__file__)


async def users(
    database: Database,
    *,
    team_id: UUID | None = None,
    brand_id: UUID | None = None,
    everybody: bool = False,
) -> list[Record]:
    """List users by name: those that can log in, or with `everybody` recipients and API keys too."""
    return await database.bulk(
        queries.user_directory, team_id=team_id, brand_id=brand_id, everybody=everybody
    )


async def show_user(database: Database, who: str) -> Record:
    """Describe a user, named by username or id. Raises Invalid."""
    row = await database.row(queries.describe_user, **user_values(who))
    if row is None:
        raise Invalid(f"No user is called {who}.")
    return row


async def clients(database: Database) -> list[Record]:
    """List clients, the oldest first."""
    return await database.rows(queries.client_directory)


async def show_client(database: Database, client_id: str) -> Record:
    """Describe a client, with the usernames that it may log in. Raises Invalid."""
    row = await database.row(queries.describe_client, client_id=client_id)
    if row is None:
        raise Invalid(f"There is no client {client_id}.")
    return row


async def live_sessions(
    database: Database, *, most: int, user_id: UUID | None = None, client_id: str | None = None
) -> list[Record]:
    """List the active logins, newest first and at most so many."""
    return await database.rows(queries.live_sessions, most=most, user_id=user_id, client_id=client_id)

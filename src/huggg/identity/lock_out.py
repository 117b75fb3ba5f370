"""Lock out: an operator disables a user or a client, and enables them again.

It takes effect with the next request, on every server, because each request reads both again.
"""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.passwords import Passwords
from huggg.identity.username import user_values
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id

queries = Queries(__file__)


async def set_user_active(
    database: Database, vault: Vault, username_or_id: str, *, active: bool
) -> Record:
    """Disable a user, named by username or id, with all logins; or enable them, to log in again.

    The row says whether it `changed`, and how many logins `ended`. Raises Invalid.
    """
    rows = await database.bulk(
        queries.set_user_active, **user_values(vault, username_or_id), active=active
    )
    if not rows:
        raise _no_such_user(username_or_id)
    return rows[0]


async def set_client_active(database: Database, client_id: str, *, active: bool) -> Record:
    """Disable a client with all logins that it made; or enable it. Says and raises the same."""
    rows = await database.bulk(
        queries.set_client_active, client_id=client_id, active=active, event_subject=new_id()
    )
    if not rows:
        raise Invalid(f"There is no client {client_id}.")
    return rows[0]


async def set_password(
    database: Database, vault: Vault, passwords: Passwords, username_or_id: str, password: str
) -> int:
    """Replace a user's password, end all logins, and count them. Raises Invalid."""
    row = await database.row(
        queries.set_password,
        **user_values(vault, username_or_id),
        password_hash=passwords.hash(password),
    )
    if row is None:
        raise _no_such_user(username_or_id)
    return int(row["ended"])


async def end_sessions(
    database: Database,
    *,
    session_id: UUID | None = None,
    user_id: UUID | None = None,
    client_id: str | None = None,
) -> int:
    """End one login, or all of a user, of a client, or of both together; count them.

    Without any of the three, none ends.
    """
    [row] = await database.bulk(
        queries.end_sessions, session_id=session_id, user_id=user_id, client_id=client_id
    )
    return int(row["ended"])


def _no_such_user(username_or_id: str) -> Invalid:
    return Invalid(f"There is no user {username_or_id} that could log in.")

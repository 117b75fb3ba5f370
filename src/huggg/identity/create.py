"""Create clients, users and teams: an operator's commands."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.caller import UserKind
from huggg.identity.errors import NameTaken
from huggg.identity.passwords import Passwords
from huggg.identity.role import Role
from huggg.identity.username import clean_username, username_key, username_values
from huggg.kit.codes import Vault, random_text
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.kit.names import clean_name

CLIENT_ID_SYMBOLS = 16
CLIENT_SECRET_SYMBOLS = 43  # of 62: 256 bits

queries = Queries(__file__)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """A program's id and secret. The secret is shown once: only its fingerprint is kept."""

    client_id: str
    client_secret: str


def new_client_credentials() -> ClientCredentials:
    """Draw an id and a secret."""
    alphabet = string.ascii_lowercase + string.digits
    return ClientCredentials(random_text(CLIENT_ID_SYMBOLS, alphabet), new_client_secret())


def new_client_secret() -> str:
    """Draw a secret."""
    return random_text(CLIENT_SECRET_SYMBOLS)


async def create_client(
    database: Database,
    vault: Vault,
    credentials: ClientCredentials,
    *,
    name: str,
    logs_in_users: bool = True,
    usernames: Sequence[str] = (),
    shows_hugggs: bool = False,
) -> None:
    """Register a program; with `usernames` it may log in as those users only.

    A client that `shows_hugggs` is trusted to show any huggg to the holder of its link.

    Raises NameTaken, Invalid for an unknown username.
    """
    user_ids = await _users_named(database, usernames)
    added = await database.row(
        queries.add_client,
        id=credentials.client_id,
        name=clean_name(name, "name"),
        secret_fingerprint=vault.fingerprint("client secret", credentials.client_secret),
        logs_in_users=logs_in_users,
        user_ids=user_ids,
        shows_hugggs=shows_hugggs,
        event_subject=new_id(),
    )
    if added is None:
        raise NameTaken(f"There is already a client {credentials.client_id}.")


async def _users_named(database: Database, usernames: Sequence[str]) -> list[UUID]:
    """Find the user of each username. Raises Invalid for a username that no user has."""
    rows = await database.rows(
        queries.users_named,
        usernames=list(usernames),
        username_keys=[username_values(username)["username_key"] for username in usernames],
    )
    for row in rows:
        if row["user_id"] is None:
            raise Invalid(f"No user has the username {row['username']}.")
    return [row["user_id"] for row in rows]


async def create_user(
    database: Database,
    passwords: Passwords,
    *,
    kind: UserKind,
    name: str,
    username: str,
    password: str,
    user_id: UUID | None = None,
    team_id: UUID | None = None,
    role: Role = Role.PARTICIPANT,
    brand_id: UUID | None = None,
    location_ids: Sequence[str] = (),
) -> UUID:
    """Register a person; staff may be bound to some of their merchant's locations.

    Raises NameTaken, Invalid.
    """
    if (kind is UserKind.MERCHANT) != (brand_id is not None):
        raise Invalid("Only a merchant's user belongs to a brand, and always to one.")
    await _check_locations(database, location_ids, brand_id=brand_id)
    try:
        added = await database.row(
            queries.add_user,
            id=user_id or new_id(),
            kind=kind,
            name=clean_name(name, "name"),
            username=clean_username(username),
            username_key=username_key(username),
            password_hash=passwords.hash(password),
            team_id=team_id,
            role=role,
            brand_id=brand_id,
            location_ids=list(location_ids),
        )
    except asyncpg.ForeignKeyViolationError:
        raise Invalid("There is no such team or brand.") from None
    if added is None:
        raise NameTaken(f"The username {username} is taken.")
    created: UUID = added["id"]
    return created


async def _check_locations(
    database: Database, location_ids: Sequence[str], *, brand_id: UUID | None
) -> None:
    """Refuse locations of other brands. Raises Invalid, which names the first."""
    if not location_ids:
        return
    foreign = await database.rows(
        queries.foreign_locations, location_ids=list(location_ids), brand_id=brand_id
    )
    if foreign:
        raise Invalid(f"{foreign[0]['id']} is not a location of that brand.")


async def create_team(
    database: Database, *, name: str, team_id: UUID | None = None, parent_id: UUID | None = None
) -> UUID:
    """Register a team, or a subteam; its wallets are opened by `wallets.open_wallet`.

    Raises NameTaken, and Invalid for a parent that is no team or a subteam itself.
    """
    added = await database.row(
        queries.add_team, id=team_id or new_id(), name=clean_name(name, "name"), parent_id=parent_id
    )
    if added is None and parent_id is not None:
        raise Invalid("There is no team of that id that could have subteams.")
    if added is None:
        raise NameTaken("There is already a team with that id.")
    created: UUID = added["id"]
    return created


async def set_role(database: Database, *, username: str, role: Role) -> None:
    """Give a member another role in their team, from their next request on. Raises Invalid."""
    if await database.row(queries.set_role, **username_values(username), role=role) is None:
        raise Invalid(f"No user has the username {username}.")

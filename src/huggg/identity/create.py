"""Create clients, users and teams: an operator's commands."""

from __future__ import annotations

import asyncio
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.caller import UserKind
from huggg.identity.errors import NameTaken
from huggg.identity.passwords import Passwords
from huggg.identity.role import Role, StaffRole
from huggg.identity.username import clean_username, username_key, username_values
from huggg.kit.codes import Vault, random_text
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.kit.names import clean_name
from huggg.people.found_by import ADDRESS
from huggg.people.personal_data import PersonalData, seal_new_people

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
    user_ids = await _users_named(database, vault, usernames)
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


async def _users_named(database: Database, vault: Vault, usernames: Sequence[str]) -> list[UUID]:
    """Find the user of each username. Raises Invalid for a username that no user has."""
    return [await find_user(database, vault, username) for username in usernames]


async def find_user(database: Database, vault: Vault, username: str) -> UUID:
    """Find the user of a username, in any spelling. Raises Invalid for one that no user has."""
    row = await database.one(queries.user_called, **username_values(vault, username))
    if row["id"] is None:
        raise Invalid(f"No user has the username {username}.")
    existing_id: UUID = row["id"]
    return existing_id


async def create_user(
    database: Database,
    vault: Vault,
    passwords: Passwords,
    *,
    kind: UserKind,
    name: str,
    username: str | None,
    password: str | None,
    user_id: UUID | None = None,
    team_id: UUID | None = None,
    role: Role = Role.PARTICIPANT,
    brand_id: UUID | None = None,
    location_ids: Sequence[str] = (),
    staff_role: StaffRole = StaffRole.MANAGER,
    author_id: UUID | None = None,
) -> UUID:
    """Register a person; staff may be bound to some of their merchant's locations.

    Staff without username and password signs in by PIN alone. `author_id` is the user who registers the
    person, if that is no operator. Raises NameTaken, Invalid.
    """
    if (kind is UserKind.MERCHANT) != (brand_id is not None):
        raise Invalid("Only a merchant's user belongs to a brand, and always to one.")
    await _check_locations(database, location_ids, brand_id=brand_id)
    user_id = user_id or new_id()
    data = PersonalData(clean_name(name, "name"), None if username is None else clean_username(username))
    password_hash = None if password is None else await asyncio.to_thread(passwords.hash, password)
    is_added = await _add_user(
        database,
        id=user_id,
        kind=kind,
        **sealed_values(vault, user_id, data),
        password_hash=password_hash,
        team_id=team_id,
        role=role,
        brand_id=brand_id,
        location_ids=list(location_ids),
        staff_role=staff_role,
        author_id=author_id,
    )
    if not is_added:
        raise NameTaken(f"The username {username} is taken.")
    return user_id


async def _add_user(database: Database, **values: object) -> bool:
    """Insert a user, unless the username is taken. Raises Invalid for an unknown team or brand."""
    try:
        return await database.row(queries.add_user, **values) is not None
    except asyncpg.ForeignKeyViolationError:
        raise Invalid("There is no such team or brand.") from None


def sealed_values(vault: Vault, user_id: UUID, data: PersonalData) -> dict[str, Any]:
    """Seal the personal data of a new user; the values also find a user of the same username."""
    [sealed] = seal_new_people(vault, [(user_id, data)])
    name = data.username
    return {
        "personal": sealed.personal,
        "person_key": sealed.key.sealed,
        "username_fingerprint": None if name is None else vault.fingerprint(ADDRESS, username_key(name)),
        **username_values(vault, name or ""),
    }


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


async def set_role(database: Database, vault: Vault, *, username: str, role: Role) -> None:
    """Give a member another role in their team, from their next request on. Raises Invalid."""
    if await database.row(queries.set_role, **username_values(vault, username), role=role) is None:
        raise Invalid(f"No user has the username {username}.")

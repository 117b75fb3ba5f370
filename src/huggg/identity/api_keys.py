"""API keys: a team's program authenticates by one instead of logging a user in.

A key acts as a user of its own in the team: its purchases have a sender, a role decides its view, and
its acts are in the events like any user's. Scopes limit it further.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.errors import NameTaken
from huggg.identity.permissions import Scope
from huggg.identity.role import Role
from huggg.kit.codes import Vault, random_text
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.kit.names import clean_name
from huggg.people.personal_data import PersonalData, seal_new_people
from huggg.people.store import people_of

PREFIX = "huggg_key_"  # for secret scanners to look for
KEY_SYMBOLS = 43  # of 62: 256 bits

queries = Queries(__file__)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key in clear, shown once when it is made; its id is for lists and for revoking."""

    id: UUID
    key: str


def new_key() -> ApiKey:
    """Draw an id and a key."""
    return ApiKey(new_id(), f"{PREFIX}{random_text(KEY_SYMBOLS)}")


async def create_key(
    database: Database,
    vault: Vault,
    key: ApiKey,
    *,
    team_id: UUID,
    name: str,
    role: Role = Role.PARTICIPANT,
    scopes: Collection[Scope] = (),
) -> None:
    """Let a team's program call with a key; without `scopes` it may do all that its role may.

    Raises Invalid for a team that does not exist, NameTaken for a key that does.
    """
    user_id = new_id()
    [sealed] = seal_new_people(vault, [(user_id, PersonalData(clean_name(name, "name")))])
    try:
        added = await database.row(
            queries.add_key,
            id=key.id,
            user_id=user_id,
            personal=sealed.personal,
            person_key=sealed.key.sealed,
            team_id=team_id,
            role=role,
            fingerprint=vault.fingerprint("api key", key.key),
            scopes=sorted(scopes or Scope),
        )
    except asyncpg.UniqueViolationError:
        raise NameTaken("There is already a key with that id.") from None
    if added is None:
        raise Invalid("There is no such team.")


async def keys(database: Database, vault: Vault) -> list[dict[str, Any]]:
    """List all keys ever made, without the keys themselves."""
    rows = await database.rows(queries.keys)
    people = await people_of(database, vault, [row["user_id"] for row in rows])
    return [{**row, "name": people[row["user_id"]].name} for row in rows]


async def revoke_key(database: Database, *, key_id: UUID) -> bool:
    """End a key at once; tell whether there was one to end."""
    return await database.row(queries.revoke_key, id=key_id) is not None

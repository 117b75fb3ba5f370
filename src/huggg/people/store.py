"""Person keys from the database."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.codes import Vault
from huggg.people.person_key import PersonKey, new_person_keys
from huggg.people.personal_data import PersonalData, personal_from

queries = Queries(__file__)


async def person_keys(database: Database, person_ids: Collection[UUID]) -> dict[UUID, PersonKey]:
    """Read the keys of these people; an erased person has none. Raises DatabaseAwayError."""
    rows = await database.rows(queries.person_keys, person_ids=list(person_ids))
    return {row["person_id"]: PersonKey(row["person_id"], row["key"]) for row in rows}


async def ensure_person_keys(
    database: Database, vault: Vault, person_ids: Collection[UUID]
) -> dict[UUID, PersonKey]:
    """Read the keys of these users, and draw those that are missing; an erased user gets none.

    Raises DatabaseAwayError.
    """
    existing = await person_keys(database, person_ids)
    missing = [person_id for person_id in person_ids if person_id not in existing]
    if not missing:
        return existing
    new_keys = new_person_keys(vault, missing)
    await database.rows(
        queries.keep_person_keys, person_ids=missing, keys=[key.sealed for key in new_keys]
    )
    return existing | await person_keys(database, missing)


async def people_of(
    database: Database, vault: Vault, user_ids: Collection[UUID]
) -> dict[UUID, PersonalData]:
    """Read the personal data of these users. Raises DatabaseAwayError."""
    rows = await database.rows(queries.people, user_ids=list(user_ids))
    return {row["id"]: personal_from(vault, row) for row in rows}


async def names_of(database: Database, vault: Vault, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """Read how lists call these users: by username, or by name. Raises DatabaseAwayError."""
    people = await people_of(database, vault, user_ids)
    return {user_id: data.username or data.name for user_id, data in people.items()}


async def note_move(database: Database, name: str, *, unreadable: Collection[UUID] = ()) -> None:
    """Note that nothing of a move is left in clear but unreadable rows, where that is so.

    Raises DatabaseAwayError.
    """
    await database.rows(queries.note_move, name=name, unreadable=list(unreadable))

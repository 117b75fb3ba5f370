"""Erase a person: the person key and all that finds the person go, in one transaction.

Its first statement waits for purchases and moves that use the key, so its second one sees them.
"""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database, run
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.privacy.person import fingerprints_of_person, queries


async def erase_person(database: Database, vault: Vault, person_id: UUID) -> Record:
    """Erase a person for good; the row counts the `logins` that ended and the `messages` that went.

    Raises Invalid for a person that is erased already, or has a payment that is not settled, and
    KeysInDoubtError.
    """
    fingerprints = await fingerprints_of_person(database, vault, person_id)
    async with database.transaction() as connection:
        await run(connection, queries.hold_person, id=person_id)
        rows = await run(connection, queries.erase, id=person_id, fingerprints=fingerprints)
    if rows:
        return rows[0]
    person = await database.one(queries.person, id=person_id)
    if person["erased_at"] is not None:
        raise Invalid(f"The person {person_id} is erased already.")
    raise Invalid("A payment of this person is not settled: see `huggg payment list`.")

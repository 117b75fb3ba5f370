"""Finding a person, and showing how much is kept on them."""

from __future__ import annotations

from itertools import chain
from typing import Any
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.username import user_values
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.phone import e164
from huggg.notifications.addressee import fingerprints_of
from huggg.notifications.delivery import Channel
from huggg.people.found_by import phone_fingerprints
from huggg.people.personal_data import SEALED, personal_from

queries = Queries(__file__)


async def find_person(database: Database, vault: Vault, address_or_id: str) -> UUID:
    """Find a person by id, e-mail address, username or phone number, in any spelling. Raises Invalid."""
    number = _number(address_or_id)
    row = await database.one(
        queries.person_found,
        **user_values(vault, address_or_id),
        phone_fingerprints=[] if number is None else phone_fingerprints(vault, number),
        phone_number=number,
    )
    if row["id"] is None:
        raise Invalid(f"There is no person {address_or_id}.")
    user_id: UUID = row["id"]
    return user_id


async def show_person(database: Database, vault: Vault, person_id: UUID) -> dict[str, Any]:
    """Show a person's names and addresses, and the counts of data kept about them."""
    row = await database.one(queries.person, id=person_id)
    counts = await database.one(queries.counts_of, id=person_id)
    data = personal_from(vault, row)
    personal = {name: getattr(data, name) for name in data.__struct_fields__}
    others = {name: value for name, value in row.items() if name not in SEALED | personal.keys()}
    return {"id": others.pop("id"), **personal, **others, **counts}


async def fingerprints_of_person(database: Database, vault: Vault, person_id: UUID) -> list[bytes]:
    """Fingerprint the addresses and the number of a person under each key; an erased one has none.

    Raises KeysInDoubtError.
    """
    data = personal_from(vault, await database.one(queries.person, id=person_id))
    addresses = {address for address in (data.email, data.username) if address and "@" in address}
    mailed = (fingerprints_of(address, Channel.EMAIL, vault) for address in sorted(addresses))
    phoned = [fingerprints_of(data.phone_number, Channel.SMS, vault)] if data.phone_number else []
    return list(chain(*mailed, *phoned))


def _number(text: str) -> str | None:
    try:
        return e164(text, "person")
    except Invalid:
        return None

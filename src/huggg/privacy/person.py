"""Finding, showing and exporting all that is kept on a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.username import user_values
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.phone import e164
from huggg.people.found_by import phone_fingerprints
from huggg.people.personal_data import SEALED, personal_from

queries = Queries(__file__)


async def find_person(database: Database, vault: Vault, who: str) -> UUID:
    """Find a person by id, e-mail address, username or phone number, in any spelling. Raises Invalid."""
    number = _number(who)
    row = await database.one(
        queries.person_found,
        **user_values(vault, who),
        phone_fingerprints=[] if number is None else phone_fingerprints(vault, number),
        phone_number=number,
    )
    if row["id"] is None:
        raise Invalid(f"There is no person {who}.")
    user_id: UUID = row["id"]
    return user_id


async def show_person(database: Database, vault: Vault, person_id: UUID) -> dict[str, Any]:
    """Tell who a person is, and how much is kept about them."""
    row = await database.one(queries.person, id=person_id)
    data = personal_from(vault, row)
    opened = {name: getattr(data, name) for name in data.__struct_fields__}
    kept = {name: value for name, value in row.items() if name not in SEALED | opened.keys()}
    return {"id": kept.pop("id"), **opened, **kept}


async def export_person(database: Database, vault: Vault, person_id: UUID) -> dict[str, Any]:
    """Give all that is kept on a person, for JSON: facts, purchases, hugggs, logins, cards, events."""
    events = await database.bulk(queries.events_of, id=person_id)
    return {
        "person": await show_person(database, vault, person_id),
        "purchases": _dicts(await database.bulk(queries.purchases_of, id=person_id)),
        "received": _dicts(await database.bulk(queries.received_by, id=person_id)),
        "logins": _dicts(await database.bulk(queries.logins_of, id=person_id)),
        "cards": _dicts(await database.bulk(queries.cards_of, id=person_id)),
        "events": [{**event, "data": msgspec.json.decode(event["data"])} for event in events],
    }


def _dicts(rows: list[Record]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def _number(who: str) -> str | None:
    try:
        return e164(who, "person")
    except Invalid:
        return None

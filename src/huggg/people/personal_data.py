"""Personal data: the facts about one person that are sealed together, and how rows give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.kit.codes import Vault
from huggg.people.person_key import PersonKey, open_for, person_key, seal_for, seal_under_new_keys


class PersonalData(Struct, frozen=True, omit_defaults=True, gc=False):
    """The facts about a person, in clear. An erased person has none of them."""

    name: str = ""
    username: str | None = None
    phone_number: str | None = None  # E.164
    email: str | None = None  # as it is written to


ERASED = PersonalData()

SEALED = frozenset({"personal", "person_key"})
"""The columns of the view `people` that only the code reads."""


class SealedPerson(Struct, frozen=True, gc=False):
    """A new person as their rows keep them: of `person_keys` the key, of `users` the personal data."""

    key: PersonKey
    personal: bytes


def seal_new_people(vault: Vault, people: Iterable[tuple[UUID, PersonalData]]) -> list[SealedPerson]:
    """Draw a key for each new person, and seal the personal data under it."""
    texts = ((person_id, msgspec.json.encode(data), _bound(person_id)) for person_id, data in people)
    return [SealedPerson(key, personal) for key, personal in seal_under_new_keys(vault, texts)]


def seal_personal(vault: Vault, data: PersonalData, key: PersonKey) -> bytes:
    """Seal the personal data of a person that has a key."""
    return seal_for(vault, msgspec.json.encode(data), key, bound_to=_bound(key.person_id))


def open_personal(vault: Vault, personal: bytes, key: PersonKey | None) -> PersonalData:
    """Open the column `users.personal`; ERASED where the key is destroyed. Raises SealBrokenError."""
    plaintext = None if key is None else open_for(vault, personal, key, bound_to=_bound(key.person_id))
    return ERASED if plaintext is None else msgspec.json.decode(plaintext, type=PersonalData)


def personal_from(vault: Vault, row: Mapping[str, Any], *, id: str = "id") -> PersonalData:  # noqa: A002
    """Read the personal data of a row with `personal` and `person_key`; its column `id` is the person's.

    A row that an older release wrote has them in clear, in columns of their own.
    """
    if row["personal"] is not None:
        return open_personal(vault, row["personal"], person_key(row[id], row["person_key"]))
    return PersonalData(row["name"] or "", row["username"], row["phone_number"])


def with_personal(vault: Vault, row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row of a user with name, username and phone number in clear, in place of sealed ones."""
    data = personal_from(vault, row)
    older = {"name": data.name, "username": data.username, "phone_number": data.phone_number}
    return {name: older.get(name, value) for name, value in row.items() if name not in SEALED}


def _bound(person_id: UUID) -> bytes:
    return b"users.personal\0" + person_id.bytes

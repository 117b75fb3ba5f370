"""The message of one huggg, in place of its purchase's: sealed to it, under its receiver's key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from huggg.kit.codes import Vault
from huggg.people.person_key import PersonKey, open_for, person_key, seal_for


def seal_own_message(vault: Vault, message: str, *, huggg_id: UUID, key: PersonKey | None) -> bytes:
    """Seal a message, under its receiver's key if the receiver is known."""
    text, bound_to = message.encode(), _sealed_for(huggg_id)
    if key is None:
        return vault.seal(text, bound_to=bound_to)
    return seal_for(vault, text, key, bound_to=bound_to)


def own_message(vault: Vault, row: Mapping[str, Any], *, huggg_id: UUID) -> str | None:
    """Read the message of a row with `own_message`, `own_person_id` and `own_key`.

    None where there is none of the huggg's own; empty where its receiver was erased. Raises
    SealBrokenError, KeysInDoubtError.
    """
    sealed, person_id = row["own_message"], row["own_person_id"]
    if sealed is None:
        return None
    bound_to = _sealed_for(huggg_id)
    if person_id is None:
        return vault.open(sealed, bound_to=bound_to).decode()
    opened = open_for(vault, sealed, person_key(person_id, row["own_key"]), bound_to=bound_to)
    return "" if opened is None else opened.decode()


def _sealed_for(huggg_id: UUID) -> bytes:
    return b"own_messages.message\0" + huggg_id.bytes

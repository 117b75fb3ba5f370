"""The reason of a cancellation, sealed in its event.

It may name a person, and events stay for ever: erasing the buyer makes it unreadable.
"""

from __future__ import annotations

from uuid import UUID

from huggg.kit.codes import Vault
from huggg.kit.sealed_text import read_sealed_text, sealed_text
from huggg.people.person_key import PersonKey, open_for, seal_for


def seal_reason(vault: Vault, reason: str, *, transaction_id: UUID, buyer: PersonKey) -> str:
    """Seal a reason under the person key of the buyer, as text."""
    return sealed_text(seal_for(vault, reason.encode(), buyer, bound_to=_of_order(transaction_id)))


def open_reason(
    vault: Vault, sealed: str, *, transaction_id: UUID, buyer: PersonKey | None
) -> str | None:
    """Open a reason; None where the buyer was erased. Raises SealBrokenError, KeysInDoubtError."""
    bound_to = _of_order(transaction_id)
    plaintext = open_for(vault, read_sealed_text(sealed), buyer, bound_to=bound_to)
    return None if plaintext is None else plaintext.decode()


def _of_order(transaction_id: UUID) -> bytes:
    return b"events.sealed_reason\0" + transaction_id.bytes

"""The texts of messages: of a purchase, and of one huggg in its place, sealed for sender and receiver.

A text is sealed under the person key of its sender and, where it is for one receiver alone, under that
receiver's, too: erasing either of them destroys it. Rows that an older release wrote have the text of a
purchase in clear, and the text of one huggg under its receiver's key, or under the vault's.

A statement of many joins names the columns of the views by itself: PostgreSQL may plan a view there as a
unit, which reads whole tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from huggg.kit.codes import Vault
from huggg.people.person_key import PersonKey, open_for, person_key, seal_for

ERASED = b""
"""Stands for a text that is erased; it is read as an empty one."""


def seal_purchase_message(
    vault: Vault, message: str, *, transaction_id: UUID, keys: tuple[PersonKey, ...]
) -> bytes:
    """Seal the message of a purchase under the keys of its sender and of its one receiver, if any."""
    return seal_for(vault, message.encode(), *keys, bound_to=_of_purchase(transaction_id))


def seal_own_message(
    vault: Vault, message: str, *, huggg_id: UUID, keys: tuple[PersonKey, ...]
) -> bytes:
    """Seal the message of one huggg under the keys of its sender and of its receiver, if it has one."""
    return seal_for(vault, message.encode(), *keys, bound_to=_of_huggg(huggg_id))


def purchase_message(vault: Vault, row: Mapping[str, Any]) -> str | None:
    """Read a row with the columns of `purchase_messages`: None without a message, empty if erased.

    Raises SealBrokenError, KeysInDoubtError.
    """
    sealed = row["sealed_message"]
    if sealed is None:
        text: str | None = row["message"]
        return text
    receiver = row["message_receiver_id"], row["message_receiver_key"]
    return _open_message(vault, sealed, row, receiver, bound_to=_of_purchase(row["transaction_id"]))


def huggg_message(vault: Vault, row: Mapping[str, Any]) -> str | None:
    """Read a row with the columns of `huggg_messages`: None without a message, empty if erased.

    Raises SealBrokenError, KeysInDoubtError.
    """
    if row["own_message"] is not None:
        receiver = row["own_receiver_id"], row["own_receiver_key"]
        bound_to = _of_huggg(row["huggg_id"])
        return _open_message(vault, row["own_message"], row, receiver, bound_to=bound_to)
    if row["older_own_message"] is not None:
        return older_own_message(vault, row)
    return purchase_message(vault, row)


def older_own_message(vault: Vault, row: Mapping[str, Any]) -> str:
    """Read the text of one huggg as an older release sealed it; empty where its receiver was erased."""
    sealed, receiver_id = row["older_own_message"], row["own_receiver_id"]
    bound_to = older_own_message_sealed_for(row["huggg_id"])
    if receiver_id is None:
        return vault.open(sealed, bound_to=bound_to).decode()
    key = person_key(receiver_id, row["own_receiver_key"])
    plaintext = open_for(vault, sealed, key, bound_to=bound_to)
    return "" if plaintext is None else plaintext.decode()


def older_own_message_sealed_for(huggg_id: UUID) -> bytes:
    """Name the row that an older release sealed the text of one huggg to."""
    return b"own_messages.message\0" + huggg_id.bytes


def _open_message(
    vault: Vault,
    sealed: bytes,
    row: Mapping[str, Any],
    receiver: tuple[UUID | None, bytes | None],
    *,
    bound_to: bytes,
) -> str:
    if sealed == ERASED:
        return ""
    keys = [person_key(row["sender_id"], row["sender_key"])]
    receiver_id, receiver_key = receiver
    if receiver_id is not None:
        keys.append(person_key(receiver_id, receiver_key))
    plaintext = open_for(vault, sealed, *keys, bound_to=bound_to)
    return "" if plaintext is None else plaintext.decode()


def _of_purchase(transaction_id: UUID) -> bytes:
    return b"transactions.sealed_message\0" + transaction_id.bytes


def _of_huggg(huggg_id: UUID) -> bytes:
    return b"own_messages.sealed_message\0" + huggg_id.bytes

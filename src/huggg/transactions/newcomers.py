"""The receivers who become users with a purchase, sealed as its statement takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from huggg.hugggs.message_text import seal_own_message
from huggg.kit.codes import Vault
from huggg.people.found_by import email_fingerprint, phone_fingerprint
from huggg.people.person_key import PersonKey
from huggg.people.personal_data import PersonalData, SealedPerson, seal_new_people
from huggg.transactions.purchase import Newcomer, OwnMessage
from huggg.transactions.receivers import is_email


def seal_newcomers(vault: Vault, newcomers: Sequence[Newcomer]) -> list[SealedPerson]:
    """Draw a key for each newcomer, and seal name, number and address under it."""
    return seal_new_people(vault, ((newcomer.id, _personal(newcomer)) for newcomer in newcomers))


def newcomer_lists(
    vault: Vault, newcomers: Sequence[Newcomer], sealed: list[SealedPerson]
) -> dict[str, list[Any]]:
    """Line newcomers up, each found by number or by address."""
    addresses = [newcomer.address for newcomer in newcomers]
    return {
        "newcomer_id": [newcomer.id for newcomer in newcomers],
        "newcomer_phone": [
            None if is_email(address) else phone_fingerprint(vault, address) for address in addresses
        ],
        "newcomer_email": [
            email_fingerprint(vault, address) if is_email(address) else None for address in addresses
        ],
        "newcomer_personal": [person.personal for person in sealed],
        "newcomer_key": [person.key.sealed for person in sealed],
    }


def newcomer_values(vault: Vault, newcomer: Newcomer | None) -> dict[str, bytes | None]:
    """Seal one newcomer for a statement that registers at most one."""
    if newcomer is None:
        return {"personal": None, "phone": None, "email": None, "person_key": None}
    lists = newcomer_lists(vault, [newcomer], seal_newcomers(vault, [newcomer]))
    return {
        "personal": lists["newcomer_personal"][0],
        "phone": lists["newcomer_phone"][0],
        "email": lists["newcomer_email"][0],
        "person_key": lists["newcomer_key"][0],
    }


def message_lists(
    vault: Vault,
    messages: Iterable[OwnMessage],
    *,
    sender: PersonKey,
    keys: Mapping[UUID, PersonKey],
) -> dict[str, list[Any]]:
    """Line up the messages of single hugggs, sealed for the sender and each receiver."""
    own_messages = list(messages)
    key_of_each = [None if each.person_id is None else keys.get(each.person_id) for each in own_messages]
    return {
        "own_huggg_id": [each.huggg_id for each in own_messages],
        "own_person_id": [key and key.person_id for key in key_of_each],
        "own_message": [
            seal_own_message(
                vault,
                each.message,
                huggg_id=each.huggg_id,
                keys=(sender,) if key is None else (sender, key),
            )
            for each, key in zip(own_messages, key_of_each, strict=True)
        ],
    }


def _personal(newcomer: Newcomer) -> PersonalData:
    if is_email(newcomer.address):
        return PersonalData(newcomer.name, email=newcomer.address)
    return PersonalData(newcomer.name, phone_number=newcomer.address)

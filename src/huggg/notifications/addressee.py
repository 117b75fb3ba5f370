"""The addressee of a delivery: the user's own data, and the parts that the delivery keeps itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct

from huggg.kit.codes import SealBrokenError, Vault
from huggg.notifications.delivery import Channel
from huggg.people.found_by import email_fingerprints, phone_fingerprints
from huggg.people.person_key import PersonKey, open_for, person_key, seal_for
from huggg.people.personal_data import PersonalData, personal_from

log = structlog.get_logger()


class Addressee(Struct, frozen=True, omit_defaults=True, gc=False):
    """The person that a message is for. In a sealed one, an absent part is as the user has it."""

    address: str | None = None  # an e-mail address, or a number in E.164
    name: str | None = None
    language: str | None = None
    link: str | None = None  # of a confirmation


UNREADABLE = Addressee()
"""The addressee of a delivery whose sealed parts, or whose user's, do not open: no address is known."""


def seal_addressee(
    vault: Vault, addressee: Addressee, *, subject_id: UUID, key: PersonKey | None
) -> bytes | None:
    """Seal the parts that are the delivery's own, under the user's key if it has one; None for none."""
    if addressee == Addressee():
        return None
    text, bound_to = msgspec.json.encode(addressee), addressee_sealed_for(subject_id)
    if key is None:
        return vault.seal(text, bound_to=bound_to)
    return seal_for(vault, text, key, bound_to=bound_to)


def addressee_of(row: Mapping[str, Any], vault: Vault) -> Addressee | None:
    """Read the addressee of a delivery's row; None for an erased person, or one without an address.

    The row has `subject_id`, `channel`, `sealed`, `person_id`, `person_key`, and the user's columns.
    Raises SealBrokenError, KeysInDoubtError.
    """
    key = person_key(row["person_id"], row["person_key"]) if row["person_id"] else None
    stored_addressee = _stored_addressee(row, vault, key)
    if stored_addressee is None:
        return None
    personal = personal_from(vault, row, id="person_id") if row["person_id"] else None
    address = stored_addressee.address or (personal and _address(personal, Channel(row["channel"])))
    if not address:
        return None
    name = stored_addressee.name or (personal.name if personal else None) or None
    return Addressee(address, name, stored_addressee.language, stored_addressee.link)


def readable_addressee(row: Mapping[str, Any], vault: Vault) -> Addressee | None:
    """Read the addressee, or give UNREADABLE: one broken row keeps no other from being read.

    Raises KeysInDoubtError.
    """
    try:
        return addressee_of(row, vault)
    except (SealBrokenError, msgspec.MsgspecError):
        log.exception("addressee of a delivery does not open", delivery_id=str(row["id"]))
        return UNREADABLE


def fingerprints_of(address: str, channel: Channel, vault: Vault) -> list[bytes]:
    """Fingerprint an address under each key, the newest first. Raises KeysInDoubtError."""
    if channel is Channel.EMAIL:
        return email_fingerprints(vault, address)
    return phone_fingerprints(vault, address)


def _stored_addressee(row: Mapping[str, Any], vault: Vault, key: PersonKey | None) -> Addressee | None:
    """Open the delivery's own parts; None where the user was erased."""
    sealed = row["sealed"]
    if sealed is None:
        return Addressee()
    bound_to = addressee_sealed_for(row["subject_id"])
    if row["person_id"] is None:
        return msgspec.json.decode(vault.open(sealed, bound_to=bound_to), type=Addressee)
    text = open_for(vault, sealed, key, bound_to=bound_to)
    return None if text is None else msgspec.json.decode(text, type=Addressee)


def _address(personal: PersonalData, channel: Channel) -> str | None:
    if channel is Channel.SMS:
        return personal.phone_number
    if personal.email is not None:
        return personal.email
    username = personal.username
    return username if username is not None and "@" in username else None


def addressee_sealed_for(subject_id: UUID) -> bytes:
    """Name the rows that it is sealed to: those about one huggg, whose reminders go where it went."""
    return b"deliveries.sealed\0" + subject_id.bytes

"""Confirm: a person who typed an e-mail address gets a link by mail that shows it is theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from msgspec import Struct

from huggg.database.pool import Database
from huggg.kit.chores import Chore, in_batches
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.notifications.addressee import Addressee, seal_addressee
from huggg.notifications.store import queries
from huggg.people.found_by import email_fingerprint

KEEP = timedelta(days=7)
"""The time after which a question is forgotten. By then its mail has arrived, or was given up."""

FORGET_SECONDS = 600.0

READMISSION = "browser "
"""The beginning of the slots in which a claimer asks for the code in another browser."""


class Confirmation(Struct, frozen=True, kw_only=True):
    """The question whether an address is its reader's. `link` is secret: it answers yes.

    Under a `subject_id` and a `slot` it is asked once; a further question needs another slot. The
    purchase names the product, and the customer in whose turn the mail is sent.
    """

    subject_id: UUID
    slot: str
    transaction_id: UUID
    address: str
    link: str
    language: str | None = None


async def queue_confirmation(
    database: Database, vault: Vault, confirmation: Confirmation
) -> datetime | None:
    """Queue the mail; None if this slot has one. Raises DatabaseAwayError."""
    to = Addressee(address=confirmation.address, language=confirmation.language, link=confirmation.link)
    row = await database.row(
        queries.queue_confirmation,
        subject_id=confirmation.subject_id,
        slot=confirmation.slot,
        delivery_id=new_id(),
        transaction_id=confirmation.transaction_id,
        sealed=seal_addressee(vault, to, subject_id=confirmation.subject_id, key=None),
        fingerprint=email_fingerprint(vault, confirmation.address),
    )
    return None if row is None else row["queued_at"]


def confirmations_chore(database: Database) -> Chore:
    """Describe the chore that forgets old questions, and the addresses that they went to."""
    forget = partial(in_batches, database, queries.forget_confirmations, keep=KEEP)
    return Chore("confirmations", FORGET_SECONDS, forget)

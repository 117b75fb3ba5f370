"""Compose: the letter or text of a delivery, from the row that was gathered for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.message_text import huggg_message
from huggg.hugggs.store import sealed_for
from huggg.kit.codes import Vault
from huggg.kit.sealed_text import sealed_text
from huggg.languages.language import Language, language
from huggg.notifications import account_letters as account
from huggg.notifications import gift_letters as gift
from huggg.notifications.addressee import Addressee
from huggg.notifications.confirm import READMISSION
from huggg.notifications.delivery import DeliveryKind
from huggg.notifications.letter import Letter
from huggg.notifications.reminder import SLOTS
from huggg.people.labels import labels_of
from huggg.people.personal_data import personal_from

MONEY_BACK = "money back"
SENT = "sent"

UNSUBSCRIBE = b"unsubscribe"
"""The purpose that the token of an unsubscribing link is sealed for."""


class Addresses(Struct, frozen=True):
    """The public addresses that letters lead to."""

    launch_url: str  # of gift pages
    base_url: str  # of everything else


class AlarmFacts(Struct, frozen=True, kw_only=True):
    """The facts of an alarm, as `deliveries.facts` keeps them."""

    about: str  # wallet, pool or jobs
    name: str = ""  # of the wallet or pool; the kinds of the jobs
    left: int = 0
    level: int = 0


class MoneyFacts(Struct, frozen=True, kw_only=True):
    """The facts of a receipt about money that came back."""

    quantity: int
    amount: int


def compose_letter(
    row: Record, addressee: Addressee, reader: Language, *, vault: Vault, addresses: Addresses
) -> Letter:
    """Write the mail of a delivery. Raises SealBrokenError, KeysInDoubtError."""
    match DeliveryKind(row["kind"]):
        case DeliveryKind.GIFT:
            return gift.gift_letter(
                _gift(row, addressee, vault, addresses),
                reader,
                unsubscribe=unsubscribe_url(vault, row["id"], addresses),
            )
        case DeliveryKind.REMINDER:
            return gift.reminder_letter(
                _gift(row, addressee, vault, addresses),
                reader,
                ends_soon=SLOTS[row["slot"]].before_end,
                unsubscribe=unsubscribe_url(vault, row["id"], addresses),
            )
        case DeliveryKind.RECEIPT:
            return _receipt(row, addressee, reader, vault)
        case DeliveryKind.CONFIRMATION if row["slot"].startswith(READMISSION):
            return account.readmission_letter(row["product"], link=addressee.link or "", reader=reader)
        case DeliveryKind.CONFIRMATION:
            return account.confirmation_letter(row["product"], link=addressee.link or "", reader=reader)
        case _:
            return _alarm(msgspec.json.decode(row["facts"], type=AlarmFacts), reader)


def compose_text(
    row: Record, addressee: Addressee, reader: Language, *, vault: Vault, addresses: Addresses
) -> str:
    """Write the SMS of a gift or a reminder. Raises SealBrokenError, KeysInDoubtError."""
    gift_facts = _gift(row, addressee, vault, addresses)
    if row["kind"] == DeliveryKind.REMINDER:
        return gift.reminder_text(gift_facts, reader)
    return gift.gift_text(gift_facts, reader)


def reader_of(row: Record, addressee: Addressee, wished_language: str | None) -> Language:
    """Choose the language: the reader's wish, the buyer's for this receiver, the team's, English."""
    return language(wished_language or addressee.language or row["team_language"])


def unsubscribe_url(vault: Vault, delivery_id: UUID, addresses: Addresses) -> str:
    """Write the address at which the reader of a delivery chooses the kinds of messages to get."""
    token = sealed_text(vault.seal(delivery_id.bytes, bound_to=UNSUBSCRIBE))
    return f"{addresses.base_url}/unsubscribe/{token}"


def _gift(row: Record, addressee: Addressee, vault: Vault, addresses: Addresses) -> gift.Gift:
    packed = vault.open(row["codes"], bound_to=sealed_for(row["huggg_id"]))
    shortcode = HugggCodes.unpacked(packed).shortcode
    return gift.Gift(
        product=row["product"],
        brand=row["brand"],
        sender=_sender(row, vault),
        name=addressee.name,
        message=huggg_message(vault, row),
        link=f"{addresses.launch_url}/{shortcode}",
        last_day=row["expiry_date"],
    )


def _sender(row: Record, vault: Vault) -> str | None:
    """Name the sender: the person, or for a program the team."""
    columns: dict[str, Any] = {
        "id": row["sender_id"],
        "personal": row["sender_personal"],
        "person_key": row["sender_key"],
        "name": row["sender_name"],
        "username": None,
        "phone_number": None,
    }
    return personal_from(vault, columns).name or row["team_name"]


def _receipt(row: Record, addressee: Addressee, reader: Language, vault: Vault) -> Letter:
    purchase = account.PurchaseFacts(
        name=addressee.name,
        title=labels_of(vault, row, transaction_id=row["transaction_id"]).title,
        product=row["product"],
        quantity=row["quantity"],
        amount=row["retail"],
    )
    if row["slot"] == SENT:
        return account.sent_letter(purchase, reader)
    if row["slot"].startswith(MONEY_BACK):
        facts = msgspec.json.decode(row["facts"], type=MoneyFacts)
        refund = msgspec.structs.replace(purchase, quantity=facts.quantity, amount=facts.amount)
        return account.money_back_letter(refund, reader)
    return account.bought_letter(purchase, reader)


def _alarm(facts: AlarmFacts, reader: Language) -> Letter:
    if facts.about == "wallet":
        return account.wallet_low_letter(
            facts.name, available=facts.left, level=facts.level, reader=reader
        )
    if facts.about == "pool":
        return account.pool_low_letter(facts.name, level=facts.level, reader=reader)
    return account.dead_jobs_letter(facts.left, kinds=facts.name, reader=reader)

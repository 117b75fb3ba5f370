"""The statement that records a purchase, alone or together with others, and its parameters."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Record

from huggg.database.errors import RowHeldError
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.message_text import seal_purchase_message
from huggg.hugggs.reference import REDEEM_CODE
from huggg.hugggs.store import sealed_for
from huggg.hugggs.word_fingerprints import fingerprint_words
from huggg.kit.codes import Vault
from huggg.kit.idempotency import Reservation
from huggg.kit.ids import new_id
from huggg.kit.offload import BULK_FROM, offload
from huggg.notifications.new_deliveries import delivery_lists
from huggg.people.labels import seal_labels
from huggg.people.person_key import PersonKey
from huggg.transactions.group_link import KIND, seal_group_link
from huggg.transactions.newcomers import message_lists, newcomer_lists, seal_newcomers
from huggg.transactions.purchase import Purchase
from huggg.vouchers.at_purchase import NewHugggs

TOGETHER_MAX = 10
"""A purchase of more hugggs than this is not recorded together with others."""

HELD_SECONDS_MAX = 2.0
PAUSE_SECONDS = 0.05
"""The time for which a purchase asks again while a bulk purchase holds the wallet, and each pause."""

NOT_OVERSPENT = "wallet_not_overspent"  # the check that says it a second time

PurchaseColumns = dict[str, list[Any]]

queries = Queries(__file__)


@dataclass(frozen=True, slots=True)
class CardCharge:
    """The charge that paid for a purchase: our payment, and the processor's reference."""

    payment_id: UUID
    reference: str


async def insert_purchase(
    database: Database,
    vault: Vault,
    purchase: Purchase,
    new: NewHugggs,
    *,
    client_id: str,
    reservation: Reservation[Purchase],
    charge: CardCharge | None,
) -> bool:
    """Record a purchase; False when another call took the money, made a newcomer, or erased a person.

    With a charge, also False when its payment was settled before. Small purchases are recorded together
    with others that arrive meanwhile; a large one has its wallet to itself. Raises RowHeldError when a
    large one keeps the wallet for longer than a statement waits for a row, and TooManyWaiting.
    """
    quantity = purchase.transaction.quantity
    prepare = partial(_columns, vault, purchase, new, reservation)
    columns = await offload(prepare, items=quantity)
    columns |= {
        "client_id": [client_id],
        "payment_id": [charge and charge.payment_id],
        "charge": [charge and charge.reference],
        "alone": [quantity >= BULK_FROM],
    }
    until = time.monotonic() + HELD_SECONDS_MAX
    try:
        while True:
            row = await _run(database, columns, quantity)
            if row is None or row["paid"]:
                return row is not None
            if time.monotonic() > until:
                raise RowHeldError
            await asyncio.sleep(PAUSE_SECONDS)
    except asyncpg.UniqueViolationError:  # a newcomer's phone number, registered by another purchase
        return False
    except asyncpg.CheckViolationError as error:
        if error.constraint_name != NOT_OVERSPENT:
            raise
        return False  # the constraint caught a case that the condition should have caught


async def _run(database: Database, columns: PurchaseColumns, quantity: int) -> Record | None:
    if quantity <= TOGETHER_MAX:
        return await database.each_whole(queries.buy, **columns)
    run = database.bulk_in_thread if quantity >= BULK_FROM else database.bulk
    rows = await run(queries.buy, **columns)
    return rows[0] if rows else None


def _columns(
    vault: Vault, purchase: Purchase, new: NewHugggs, reservation: Reservation[Purchase]
) -> PurchaseColumns:
    """Line up the statement's parameters: the row of a purchase, and the lists that belong to it."""
    newcomers = seal_newcomers(vault, purchase.newcomers)
    keys = purchase.keys | {person.key.person_id: person.key for person in newcomers}
    row = {
        **_purchase_row(purchase),
        **_words(vault, purchase, keys),
        **_group_row(vault, purchase),
        **new.row(),
        **reservation.completion(vault, purchase, purchase.transaction.id),
    }
    return {
        **{name: [value] for name, value in row.items()},
        **_huggg_lists(vault, purchase.hugggs),
        **newcomer_lists(vault, purchase.newcomers, newcomers),
        **message_lists(
            vault, purchase.messages, sender=keys[purchase.transaction.sender_id], keys=keys
        ),
        **delivery_lists(vault, purchase.deliveries, keys),
        **new.lists(vault),
        "person_id": list(purchase.keys),
    }


def _purchase_row(purchase: Purchase) -> dict[str, Any]:
    transaction, first = purchase.transaction, purchase.hugggs[0]  # all hugggs have the same days
    next_last_day = purchase.next_last_day
    return {
        "transaction_id": transaction.id,
        "sender_id": transaction.sender_id,
        "team_id": transaction.team_id,
        "account_id": transaction.account_id,
        "commitment_id": purchase.commitment_id,
        "product_id": transaction.product_id,
        "choice_id": first.choice_id,
        "value": purchase.value,
        "retail": transaction.retail,
        "theme_id": transaction.theme_id,
        "delivery_method": transaction.delivery_method,
        "claim_limit": transaction.claim_limit,
        "expiry_date": first.expiry_date,
        "expires_at": first.expires_at,
        "next_expiry_date": next_last_day and next_last_day.day,
        "next_expires_at": next_last_day and next_last_day.ends_at,
        "sent_at": first.sent_at,
        "at": transaction.created_at,
        "quantity": transaction.quantity,
        "newcomers": len(purchase.newcomers),
        "deliveries": len(purchase.deliveries),
        "messages": len(purchase.messages),
        "people": len(purchase.keys),
    }


def _group_row(vault: Vault, purchase: Purchase) -> dict[str, Any]:
    link = purchase.group_link
    if link is None:
        return {"group_fingerprint": None, "group_sealed": None}
    return {
        "group_fingerprint": vault.fingerprint(KIND, link.code),
        "group_sealed": seal_group_link(vault, link, purchase.transaction.id),
    }


def _words(vault: Vault, purchase: Purchase, keys: Mapping[UUID, PersonKey]) -> dict[str, Any]:
    """Seal the labels and the message of a purchase, and fingerprint the words of the message."""
    transaction, message = purchase.transaction, purchase.message
    buyer = keys[transaction.sender_id]
    receiver = purchase.message_receiver_id and keys.get(purchase.message_receiver_id)
    words = fingerprint_words(vault, message, sender_id=transaction.sender_id)
    message_keys = (buyer, *([receiver] if receiver else []))
    return {
        "sealed_labels": seal_labels(vault, purchase.labels, transaction_id=transaction.id, buyer=buyer),
        "sealed_message": None
        if message is None
        else seal_purchase_message(vault, message, transaction_id=transaction.id, keys=message_keys),
        "message_receiver_id": receiver.person_id if receiver and message else None,
        "word_fingerprints": words.fingerprints,
        "word_key": words.key,
    }


def _huggg_lists(vault: Vault, hugggs: list[Huggg]) -> PurchaseColumns:
    """Seal the codes, and list the values of each huggg."""
    return {
        "huggg_id": [huggg.id for huggg in hugggs],
        "receiver_id": [huggg.receiver_id for huggg in hugggs],
        "message_id": [huggg.message_id for huggg in hugggs],
        "codes": vault.seal_many((h.codes.packed(), sealed_for(h.id)) for h in hugggs),
        "fingerprint": _fingerprints(vault, "shortcode", (h.codes.shortcode for h in hugggs)),
        "redeem_fingerprint": _fingerprints(vault, REDEEM_CODE, (h.codes.redeem_code for h in hugggs)),
        "transfer_id": [new_id() for _ in hugggs],
    }


def _fingerprints(vault: Vault, kind: str, codes: Iterable[str]) -> list[bytes]:
    newest, *_ = vault.finders(kind)
    return list(map(newest, codes))

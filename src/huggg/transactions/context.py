"""The context of a purchase: payer, product and clock from one query, its receivers from another."""

from __future__ import annotations

import asyncio
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.codes import Vault
from huggg.kit.errors import Unauthenticated
from huggg.payments.card import Card, CardRequest
from huggg.people.person_key import PersonKey, person_key
from huggg.people.store import ensure_person_keys
from huggg.transactions.known_receivers import known_receivers
from huggg.transactions.order import Order
from huggg.transactions.purchase import PurchaseContext, Wallet
from huggg.transactions.receivers import KnownReceiver, Receiver
from huggg.transactions.terms import LastDay, Offer
from huggg.vouchers.store import source_from

queries = Queries(__file__)


async def gather_context(
    database: Database,
    vault: Vault,
    order: Order,
    *,
    buyer_id: UUID,
    team_id: UUID | None = None,
    processor: str | None = None,
    agreed: bool = False,
) -> PurchaseContext:
    """Read payer, product, receivers and the clock.

    A product that was `agreed` on before is found though it is not sold any more. Raises Unauthenticated
    for a buyer who was erased.
    """
    card = order.payer if isinstance(order.payer, CardRequest) else None
    reading = database.each(
        queries.purchase_context,
        wallet_id=None if isinstance(order.payer, CardRequest) else order.payer,
        team_id=team_id,
        card_id=card.reference if card and card.stored else None,
        token=card.reference if card and not card.stored else None,
        buyer_id=buyer_id,
        processor=processor,
        product_id=order.product_id,
        agreed=agreed,
        send_date=order.send_date,
        send_at=order.send_at,
        expiry_date=order.expiry_date,
        claim_expiry_date=order.claim_expiry_date,
    )
    users: dict[Receiver, KnownReceiver] = {}
    if order.receivers:
        row, users = await asyncio.gather(reading, known_receivers(database, vault, order))
    else:
        row = await reading
    assert row is not None  # noqa: S101 - the statement answers every item, found or not
    sender_key = await _sender_key(database, vault, row, buyer_id)
    return PurchaseContext(row["now"], _wallet(row), _offer(row), users, sender_key, _card(row, card))


async def _sender_key(database: Database, vault: Vault, row: Record, buyer_id: UUID) -> PersonKey:
    """Read the key of the buyer; a buyer whom an older release registered gets one.

    Raises Unauthenticated for a buyer who was erased since the token was looked up.
    """
    key = person_key(buyer_id, row["sender_key"])
    key = key or (await ensure_person_keys(database, vault, [buyer_id])).get(buyer_id)
    if key is None:
        raise Unauthenticated
    return key


def _wallet(row: Record) -> Wallet | None:
    if row["wallet_id"] is None:
        return None
    return Wallet(row["wallet_id"], row["commitment_id"], row["available"])


def _card(row: Record, request: CardRequest | None) -> Card | None:
    """Take a one-off token at its word, unless it is a stored card, which only its owner may use."""
    if request is not None and not request.stored:
        return None if row["token_is_a_card"] else Card(request.reference, customer=None)
    return None if row["card_id"] is None else Card(row["card_id"], row["card_customer"])


def _offer(row: Record) -> Offer | None:
    if row["product_id"] is None:
        return None
    return Offer(
        product_id=row["product_id"],
        sale_price=row["sale_price"],
        handling_fee=row["handling_fee"],
        image_url=row["image_url"],
        today=row["today"],
        last_day=row["last_day"],
        expiry_date=row["expiry_date"],
        expires_at=row["expires_at"],
        sent_at=row["sent_at"],
        sends_on=row["sends_on"],
        first_last_day=LastDay(row["claim_expiry_date"], row["claim_expires_at"])
        if row["claim_expires_at"]
        else None,
        source=None if row["is_choice"] else source_from(row),
        is_choice=row["is_choice"],
        can_be_picked=row["can_be_picked"],
    )

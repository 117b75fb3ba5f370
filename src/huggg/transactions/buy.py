"""Buy: hugggs come into being, and their value is committed, in one statement.

From a wallet, here; how a card pays is in `buy_by_card.py`, which ends in the same statement.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.store import sealed_for
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.errors import Unavailable
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.ids import new_id
from huggg.kit.offload import offload
from huggg.payments.card import Card, CardAsked
from huggg.transactions.transaction import Market, Offer, Order, Purchase, Wallet, decide_purchase
from huggg.vouchers.at_purchase import Born, vouchers_at_purchase
from huggg.vouchers.store import source_from

ATTEMPTS_MAX = 5
NOT_OVERSPENT = "wallet_not_overspent"  # the check that says it a second time

queries = Queries(__file__)


async def buy(
    database: Database,
    vault: Vault,
    order: Order,
    *,
    caller: Caller,
    reservation: Reservation,
    answer: Callable[[Purchase], Answer],
) -> Answer:
    """Buy from a wallet and give the answer that was recorded with the purchase.

    Raises Forbidden for a caller who is no user, what `decide_purchase` and the brand's issuer raise,
    and Unavailable when the wallet is fought over so hard that several attempts lost.
    """
    buyer_id = caller.required_user()

    def decide(market: Market) -> Purchase:
        return decide_purchase(order, market, buyer_id=buyer_id, team_id=caller.team_id)

    return await make(
        database,
        vault,
        look=partial(gather, database, order, buyer_id=buyer_id, team_id=caller.team_id),
        decide=decide,
        answer=answer,
        quantity=order.quantity,
        client_id=caller.client_id,
        reservation=reservation,
    )


async def make(
    database: Database,
    vault: Vault,
    *,
    look: Callable[[], Awaitable[Market]],
    decide: Callable[[Market], Purchase],
    answer: Callable[[Purchase], Answer],
    quantity: int,
    client_id: str,
    reservation: Reservation,
    payment_id: UUID | None = None,
    charge: str | None = None,
) -> Answer:
    """Look, decide, fetch what vouchers are due, and record; all over again if somebody was faster.

    Raises what `decide` and the brand's issuer do, and Unavailable when several attempts lost.
    """
    for _ in range(ATTEMPTS_MAX):
        market = await look()
        purchase = await offload(partial(decide, market), items=quantity)
        born = await vouchers_at_purchase(
            database, vault, purchase.hugggs, source=market.offer.source if market.offer else None
        )
        purchase = replace(purchase, hugggs=born.hugggs)
        said = await offload(partial(answer, purchase), items=quantity)
        if await record(
            database,
            vault,
            purchase,
            born,
            client_id=client_id,
            reservation=reservation,
            answer=said,
            payment_id=payment_id,
            charge=charge,
        ):
            return said
        await born.put_back(database)
    raise Unavailable


async def gather(
    database: Database,
    order: Order,
    *,
    buyer_id: UUID,
    team_id: UUID | None = None,
    processor: str | None = None,
    agreed: bool = False,
) -> Market:
    """Look at payer, product and receivers, and read the clock.

    What was `agreed` on before is found though it is not sold any more.
    """
    card = order.payer if isinstance(order.payer, CardAsked) else None
    row = await database.one(
        queries.market,
        wallet_id=None if isinstance(order.payer, CardAsked) else order.payer,
        team_id=team_id,
        card_id=card.reference if card and card.stored else None,
        token=card.reference if card and not card.stored else None,
        buyer_id=buyer_id,
        processor=processor,
        product_id=order.product_id,
        agreed=agreed,
        send_date=order.send_date,
        expiry_date=order.expiry_date,
        user_ids=[receiver for receiver in order.receivers if isinstance(receiver, UUID)],
        phone_numbers=[receiver for receiver in order.receivers if isinstance(receiver, str)],
    )
    users: dict[UUID | str, UUID] = {user_id: user_id for user_id in row["known_ids"]}
    users.update(dict(row["known_phones"]))
    return Market(row["now"], _wallet(row), _offer(row), users, _card(row, card))


async def record(
    database: Database,
    vault: Vault,
    purchase: Purchase,
    born: Born,
    *,
    client_id: str,
    reservation: Reservation,
    answer: Answer,
    payment_id: UUID | None,
    charge: str | None,
) -> bool:
    """Make the purchase happen; False when the wallet or a newcomer was taken by somebody faster.

    With a payment, also False when somebody else settled it.
    """
    prepare = partial(_values, vault, purchase, born, reservation=reservation, answer=answer)
    values = await offload(prepare, items=purchase.transaction.quantity)
    values |= {"client_id": client_id, "payment_id": payment_id, "charge": charge}
    try:
        recorded = await database.bulk(queries.buy, **values)
    except asyncpg.UniqueViolationError:  # a newcomer's phone number, registered by another purchase
        return False
    except asyncpg.CheckViolationError as broken:
        if broken.constraint_name != NOT_OVERSPENT:
            raise
        return False  # the rule's second wording caught what its first one should have
    return bool(recorded)


def _values(
    vault: Vault,
    purchase: Purchase,
    born: Born,
    *,
    reservation: Reservation,
    answer: Answer,
) -> dict[str, Any]:
    """Seal and line up what the statement records."""
    transaction, hugggs = purchase.transaction, purchase.hugggs
    return {
        "transaction_id": transaction.id,
        "sender_id": transaction.sender_id,
        "team_id": transaction.team_id,
        "account_id": transaction.account_id,
        "commitment_id": purchase.commitment_id,
        "product_id": transaction.product_id,
        "quantity": transaction.quantity,
        "retail": transaction.retail,
        "value": purchase.value,
        "title": transaction.title,
        "message": transaction.message,
        "theme_id": transaction.theme_id,
        "delivery_method": transaction.delivery_method,
        "claim_limit": transaction.claim_limit,
        "tags": list(transaction.tags),
        "expiry_date": hugggs[0].expiry_date,
        "expires_at": hugggs[0].expires_at,
        "sent_at": hugggs[0].sent_at,
        "now": transaction.created_at,
        "newcomer_ids": list(purchase.newcomers.values()),
        "newcomer_phones": list(purchase.newcomers),
        "huggg_ids": [huggg.id for huggg in hugggs],
        "receiver_ids": [huggg.receiver_id for huggg in hugggs],
        "message_ids": [huggg.message_id for huggg in hugggs],
        "codes": [vault.seal(h.codes.packed(), bound_to=sealed_for(h.id)) for h in hugggs],
        "fingerprints": [vault.fingerprint("shortcode", h.codes.shortcode) for h in hugggs],
        "transfer_ids": [new_id() for _ in hugggs],
        **born.values(vault),
        **reservation.completion(vault, answer, transaction.id),
    }


def _wallet(row: Record) -> Wallet | None:
    if row["wallet_id"] is None:
        return None
    return Wallet(row["wallet_id"], row["commitment_id"], row["available"])


def _card(row: Record, asked: CardAsked | None) -> Card | None:
    """Take a one-off token at its word, unless it is a stored card, which only its owner may use."""
    if asked is not None and not asked.stored:
        return None if row["token_is_a_card"] else Card(asked.reference, customer=None)
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
        source=source_from(row),
    )

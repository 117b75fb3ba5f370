"""Buy: hugggs come into being, and their value is committed, in one statement.

From a wallet, here; how a card pays is in `buy_by_card.py`, which ends in the same statement.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Record

from huggg.database.errors import RowHeldError
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.reference import REDEEM_CODE
from huggg.hugggs.store import sealed_for
from huggg.hugggs.word_lists import word_list
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.ids import new_id
from huggg.kit.offload import BULK_FROM, offload
from huggg.kit.race import Race
from huggg.refusal import Busy
from huggg.transactions.context import gather
from huggg.transactions.transaction import Order, Purchase, PurchaseContext, decide_purchase
from huggg.vouchers.at_purchase import NewHugggs, vouchers_at_purchase

ROUNDS_MAX = 5
"""Fewer than others have: a round may be a hundred thousand hugggs."""

TOGETHER_MAX = 10
"""A purchase of more hugggs than this is not recorded together with others."""

HELD_SECONDS_MAX = 2.0
PAUSE_SECONDS = 0.05
"""How long, and how often, a purchase asks again while a large one has the wallet to itself."""

NOT_OVERSPENT = "wallet_not_overspent"  # the check that says it a second time

Columns = dict[str, list[Any]]

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
    and Busy when others were faster again and again.
    """
    buyer_id = caller.required_user()

    def decide(market: PurchaseContext) -> Purchase:
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
    look: Callable[[], Awaitable[PurchaseContext]],
    decide: Callable[[PurchaseContext], Purchase],
    answer: Callable[[Purchase], Answer],
    quantity: int,
    client_id: str,
    reservation: Reservation,
    payment_id: UUID | None = None,
    charge: str | None = None,
) -> Answer:
    """Look, decide, fetch what vouchers are due, and record; all over again if somebody was faster.

    Raises what `decide` and the brand's issuer do, and Busy when others were faster again and again.
    """
    race = Race(ROUNDS_MAX)
    while True:
        market = await look()
        purchase = await offload(partial(decide, market), items=quantity)
        born = await vouchers_at_purchase(
            database, vault, purchase.hugggs, source=market.offer.source if market.offer else None
        )
        purchase = replace(purchase, hugggs=born.hugggs)
        said = await offload(partial(answer, purchase), items=quantity)
        try:
            recorded = await record(
                database,
                vault,
                purchase,
                born,
                client_id=client_id,
                reservation=reservation,
                answer=said,
                payment_id=payment_id,
                charge=charge,
            )
        except Busy:  # nothing happened
            await born.put_back(database)
            raise
        if recorded:
            return said
        await born.put_back(database)
        await race.lost()


async def record(
    database: Database,
    vault: Vault,
    purchase: Purchase,
    born: NewHugggs,
    *,
    client_id: str,
    reservation: Reservation,
    answer: Answer,
    payment_id: UUID | None,
    charge: str | None,
) -> bool:
    """Make the purchase happen; False when the wallet or a newcomer was taken by somebody faster.

    With a payment, also False when somebody else settled it. Small purchases are recorded together with
    whoever else buys just now; a large one has its wallet to itself meanwhile. Raises RowHeldError when
    that takes longer than anybody waits for a row, and TooManyWaiting.
    """
    quantity = purchase.transaction.quantity
    prepare = partial(_columns, vault, purchase, born, reservation=reservation, answer=answer)
    columns = await offload(prepare, items=quantity)
    columns |= {
        "client_id": [client_id],
        "payment_id": [payment_id],
        "charge": [charge],
        "alone": [quantity >= BULK_FROM],
    }
    until = time.monotonic() + HELD_SECONDS_MAX
    try:
        while True:
            told = await _told(database, columns, quantity)
            if told is None or told["paid"]:
                return told is not None
            if time.monotonic() > until:
                raise RowHeldError
            await asyncio.sleep(PAUSE_SECONDS)
    except asyncpg.UniqueViolationError:  # a newcomer's phone number, registered by another purchase
        return False
    except asyncpg.CheckViolationError as broken:
        if broken.constraint_name != NOT_OVERSPENT:
            raise
        return False  # the rule's second wording caught what its first one should have


async def _told(database: Database, columns: Columns, quantity: int) -> Record | None:
    if quantity <= TOGETHER_MAX:
        return await database.each_whole(queries.buy, **columns)
    run = database.bulk_in_thread if quantity >= BULK_FROM else database.bulk
    rows = await run(queries.buy, **columns)
    return rows[0] if rows else None


def _columns(
    vault: Vault,
    purchase: Purchase,
    born: NewHugggs,
    *,
    reservation: Reservation,
    answer: Answer,
) -> Columns:
    """Seal and line up what the statement records: one row, and the lists that belong to it."""
    transaction, hugggs = purchase.transaction, purchase.hugggs
    completion = reservation.completion(vault, answer, transaction.id)
    row = {
        "transaction_id": transaction.id,
        "sender_id": transaction.sender_id,
        "team_id": transaction.team_id,
        "account_id": transaction.account_id,
        "commitment_id": purchase.commitment_id,
        "product_id": transaction.product_id,
        "value": purchase.value,
        "retail": transaction.retail,
        "title": transaction.title,
        "message": transaction.message,
        "words": word_list(transaction.message),
        "theme_id": transaction.theme_id,
        "delivery_method": transaction.delivery_method,
        "claim_limit": transaction.claim_limit,
        "expiry_date": hugggs[0].expiry_date,
        "expires_at": hugggs[0].expires_at,
        "sent_at": hugggs[0].sent_at,
        "at": transaction.created_at,
        "quantity": transaction.quantity,
        "newcomers": len(purchase.newcomers),
        "tags": len(transaction.tags),
        **born.row(),
        **completion,
    }
    return {name: [value] for name, value in row.items()} | {
        "huggg_id": [huggg.id for huggg in hugggs],
        "receiver_id": [huggg.receiver_id for huggg in hugggs],
        "message_id": [huggg.message_id for huggg in hugggs],
        "codes": vault.seal_many((h.codes.packed(), sealed_for(h.id)) for h in hugggs),
        "fingerprint": list(map(vault.finders("shortcode")[0], (h.codes.shortcode for h in hugggs))),
        "redeem_fingerprint": list(
            map(vault.finders(REDEEM_CODE)[0], (h.codes.redeem_code for h in hugggs))
        ),
        "transfer_id": [new_id() for _ in hugggs],
        "newcomer_id": list(purchase.newcomers.values()),
        "newcomer_phone": list(purchase.newcomers),
        "tag": list(transaction.tags),
        **born.lists(vault),
    }

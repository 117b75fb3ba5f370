"""Buy by card: intend, charge, complete.

Each phase is a statement or a call of its own, and another process can do each again: the intent is
committed before the processor is called, the call carries the payment's key, and the statement that
records the purchase settles the payment, which it does once. The first phase is here; the others are in
`settle_payment.py`, because a retry and a worker go through them too.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import asyncpg

from huggg.identity.caller import Caller
from huggg.kit.idempotency import UNKEYED, Reservation
from huggg.kit.ids import new_id
from huggg.kit.offload import offload
from huggg.payments import store
from huggg.payments.errors import CardsNotTaken
from huggg.refusal import Unavailable
from huggg.transactions.context import gather_context
from huggg.transactions.decide_purchase import decide_agreement
from huggg.transactions.order import Order
from huggg.transactions.plan import AnswerShape, plan_of, seal_plan
from huggg.transactions.purchase import PurchaseOutcome
from huggg.transactions.settle_payment import Checkout, settle, take_up


async def buy_by_card(
    checkout: Checkout,
    order: Order,
    *,
    caller: Caller,
    shape: AnswerShape = AnswerShape.TRANSACTION,
    reservation: Reservation[PurchaseOutcome] = UNKEYED,
) -> PurchaseOutcome:
    """Buy by card; a declined card and a refunded charge are a FailedPurchase, which is recorded too.

    `shape` is kept with the payment: a worker answers the request in it when the process that
    served the request is gone. Raises Forbidden for a caller that is no user, CardsNotTaken, the errors
    of `decide_agreement`, and ProcessorSilent while the outcome is unknown.
    """
    caller.required_user()
    if not checkout.processor.takes_cards:
        raise CardsNotTaken
    earlier_payment_id = await store.payment_of(checkout.platform.database, reservation)
    if earlier_payment_id is not None:
        return await take_up(checkout, earlier_payment_id, reservation)
    lease = await _intend(checkout, order, caller=caller, reservation=reservation, shape=shape)
    return await settle(checkout, lease, reservation)


async def _intend(
    checkout: Checkout,
    order: Order,
    *,
    caller: Caller,
    reservation: Reservation[PurchaseOutcome],
    shape: AnswerShape,
) -> store.LeasedPayment:
    """Agree, and commit to charging. Raises Unavailable when another attempt took the key over."""
    database, vault = checkout.platform.database, checkout.platform.vault
    buyer_id, payment_id = caller.required_user(), new_id()
    processor = checkout.processor.name
    context = await gather_context(database, vault, order, buyer_id=buyer_id, processor=processor)
    agreement = decide_agreement(order, context)
    plan = plan_of(order, agreement.terms, shape)
    seal = partial(seal_plan, vault, plan, payment_id=payment_id, buyer=context.sender_key)
    lease = None
    with suppress(asyncpg.UniqueViolationError):  # the key has a payment: the guard's second wording
        lease = await store.intend(
            database,
            payment_id=payment_id,
            transaction_id=agreement.transaction_id,
            user_id=buyer_id,
            team_id=caller.team_id,
            client_id=caller.client_id,
            processor=processor,
            card=agreement.card,
            retail=agreement.retail,
            fee=agreement.fee,
            sealed_plan=await offload(seal, items=order.quantity),
            reservation=reservation,
        )
    if lease is None:
        raise Unavailable
    return lease

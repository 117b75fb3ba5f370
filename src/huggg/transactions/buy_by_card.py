"""Buy by card: intend, charge, record.

Each phase is a statement or a call of its own, and each can be done again by anybody: what was intended
is committed before the processor is called, the call carries the payment's key, and the statement that
makes the hugggs settles the payment, which it does once. The first phase is here; the others are in
`settle.py`, because whoever comes to a payment that somebody left goes through them too.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import asyncpg

from huggg.identity.caller import Caller
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.ids import new_id
from huggg.kit.offload import offload
from huggg.payments import store
from huggg.payments.errors import CardsNotTaken
from huggg.payments.payment import Payment
from huggg.refusal import Unavailable
from huggg.transactions.context import gather
from huggg.transactions.plan import Form, encode_plan, plan_of
from huggg.transactions.settle_payment import Checkout, finish, take_up
from huggg.transactions.transaction import Order, decide_agreement


async def buy_by_card(
    checkout: Checkout, order: Order, *, caller: Caller, reservation: Reservation, form: Form
) -> Answer:
    """Buy, and give the answer that was recorded with the purchase, or with its failure.

    Raises Forbidden for a caller who is no user, CardsNotTaken, what `decide_agreement` raises, and
    ProcessorSilent when nobody knows yet what became of it. A card that is declined is no refusal by a
    rule but an outcome, as is a charge that was given back: both are recorded, and answered.
    """
    caller.required_user()
    if not checkout.processor.takes_cards:
        raise CardsNotTaken
    before = await store.payment_of(checkout.platform.database, reservation)
    if before is not None:
        return await take_up(checkout, before)
    payment = await _intend(checkout, order, caller=caller, reservation=reservation, form=form)
    return await finish(checkout, payment)


async def _intend(
    checkout: Checkout, order: Order, *, caller: Caller, reservation: Reservation, form: Form
) -> Payment:
    """Agree, and commit to charging. Raises Unavailable when another attempt took the key over."""
    database, buyer_id = checkout.platform.database, caller.required_user()
    market = await gather(database, order, buyer_id=buyer_id, processor=checkout.processor.name)
    agreement = decide_agreement(order, market)
    plan = plan_of(order, agreement.terms, form)
    payment = None
    with suppress(asyncpg.UniqueViolationError):  # the key has a payment: the guard's second wording
        payment = await store.intend(
            database,
            payment_id=new_id(),
            transaction_id=agreement.transaction_id,
            user_id=buyer_id,
            team_id=caller.team_id,
            client_id=caller.client_id,
            processor=checkout.processor.name,
            card=agreement.card,
            retail=agreement.retail,
            fee=agreement.fee,
            plan=await offload(partial(encode_plan, plan), items=order.quantity),
            reservation=reservation,
        )
    if payment is None:
        raise Unavailable
    return payment

"""Settle: a payment is brought to its end, by whoever's turn it is.

That is the request that intended it, a retry with the same Idempotency-Key, the reconciler, or a person.
All go the same way: charge by the payment's key, or hear what that key did before; then make the hugggs
and settle in one statement, or commit to giving the money back, and give it back.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from huggg.http.web import encode
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.platform import Platform
from huggg.payments import store
from huggg.payments.errors import CardDeclined, ProcessorSilent, UnknownCard
from huggg.payments.payment import CARD_FUNDS, Payment, PaymentState, is_too_old, wait_after
from huggg.payments.processor import Charge, Charged, Declined, Processor
from huggg.refusal import Refusal, Unavailable
from huggg.transactions.answers import answer_in
from huggg.transactions.buy import make, queries
from huggg.transactions.context import gather
from huggg.transactions.plan import PurchasePlan, read_plan
from huggg.transactions.transaction import Purchase, PurchaseContext, bring_about

NEVER_MADE = Declined("The card was not charged.")


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where cards are paid with: the platform, and the processor that is asked."""

    platform: Platform
    processor: Processor
    launch_url: str


async def take_up(checkout: Checkout, payment_id: UUID) -> Answer:
    """Go on with a payment that was intended before.

    Raises ProcessorSilent, also while somebody else is at it, and when it is left to a person.
    """
    claimed = await store.claim(
        checkout.platform.database, payment_id, processor=checkout.processor.name
    )
    if claimed is None:
        raise ProcessorSilent
    return await _go_on(checkout, claimed)


async def _go_on(checkout: Checkout, claimed: store.Claimed) -> Answer:
    if is_too_old(claimed.payment, claimed.now):
        await store.give_up(checkout.platform.database, claimed.payment.id)
        raise ProcessorSilent
    return await finish(checkout, claimed.payment)


async def settle_by_hand(checkout: Checkout, payment_id: UUID) -> Answer:
    """Settle a payment that was left to a person, by what the processor finds; nothing is charged anew.

    One that is not left to anybody yet is taken up as ever. Raises ProcessorSilent, and UnknownCard for
    one that is settled, that somebody is at, or that does not exist.
    """
    database, name = checkout.platform.database, checkout.processor.name
    claimed = await store.claim_given_up(database, payment_id, processor=name)
    if claimed is None:
        claimed = await store.claim(database, payment_id, processor=name)
        if claimed is None:
            raise UnknownCard(
                f"No payment {payment_id} waits: it is settled, in hand, or was never made."
            )
        return await _go_on(checkout, claimed)
    if claimed.payment.state is PaymentState.REFUNDING:  # decided on before: nothing is left to look for
        return await _give_back(checkout, claimed.payment)
    found = await checkout.processor.find(claimed.payment.processor_key)
    return await _conclude(checkout, claimed.payment, found or NEVER_MADE)


async def finish(checkout: Checkout, payment: Payment) -> Answer:
    """Bring a payment whose turn is ours to its end. Raises ProcessorSilent: it is due again."""
    try:
        if payment.state is PaymentState.REFUNDING:
            return await _give_back(checkout, payment)
        outcome = await checkout.processor.charge(_charge(payment))
        return await _conclude(checkout, payment, outcome)
    except Unavailable as unsettled:
        with suppress(Unavailable):
            await store.postpone(checkout.platform.database, payment.id, wait_after(payment.attempts))
        raise ProcessorSilent from unsettled


def _charge(payment: Payment) -> Charge:
    return Charge(
        key=payment.processor_key,
        amount=payment.amount,
        card=payment.card,
        description=f"huggg {payment.transaction_id}",
    )


async def _conclude(checkout: Checkout, payment: Payment, outcome: Charged | Declined) -> Answer:
    if isinstance(outcome, Declined):
        answer = checkout.platform.idempotency.refused(CardDeclined(outcome.reason))
        return await _fail(checkout, payment, answer, reason=outcome.reason)
    try:
        return await _make(checkout, payment, outcome)
    except Unavailable:
        raise
    except Refusal as why:  # it is paid for, and cannot be made
        return await _give_back(checkout, await _decide_refund(checkout, payment, outcome, why))


async def _make(checkout: Checkout, payment: Payment, charged: Charged) -> Answer:
    """Record the purchase. Raises what `bring_about` and the issuer of its codes do, and Unavailable."""
    database, vault = checkout.platform.database, checkout.platform.vault
    plan = read_plan(payment.plan)

    def decide(market: PurchaseContext) -> Purchase:
        return bring_about(
            plan.order,
            plan.terms,
            market,
            transaction_id=payment.transaction_id,
            buyer_id=payment.user_id,
            team_id=payment.team_id,
            funds=CARD_FUNDS,
        )

    said = await make(
        database,
        vault,
        look=partial(gather, database, plan.order, buyer_id=payment.user_id, agreed=True),
        decide=decide,
        answer=answer_in(plan.form, launch_url=checkout.launch_url),
        quantity=plan.quantity,
        client_id=payment.client_id,
        reservation=_reservation(payment),
        payment_id=payment.id,
        charge=charged.reference,
    )
    checkout.platform.meter.count("huggg_purchases_total", "bought")
    checkout.platform.meter.count("huggg_hugggs_bought_total", by=plan.quantity)
    return said


async def _decide_refund(
    checkout: Checkout, payment: Payment, charged: Charged, why: Refusal
) -> Payment:
    """Commit to giving back, before anything is given back. Raises Unavailable if it is settled."""
    refused, reason = checkout.platform.idempotency.refused(why).status, str(why)
    decided = await store.decide_refund(
        checkout.platform.database, payment, charge=charged.reference, refused=refused, reason=reason
    )
    if not decided:
        raise Unavailable
    return replace(
        payment,
        state=PaymentState.REFUNDING,
        charge=charged.reference,
        refused=refused,
        reason=reason,
    )


async def _give_back(checkout: Checkout, payment: Payment) -> Answer:
    """Refund, and settle with the answer that was decided on."""
    assert payment.charge is not None  # noqa: S101 - for the type checker, as below
    assert payment.refused is not None  # noqa: S101
    await checkout.processor.refund(payment.processor_key, payment.charge)
    answer = Answer(payment.refused, encode({"error": payment.reason}))
    return await _fail(checkout, payment, answer, reason=payment.reason)


async def _fail(checkout: Checkout, payment: Payment, answer: Answer, *, reason: str | None) -> Answer:
    """Settle a payment that came to nothing. Raises Unavailable when it is settled already."""
    plan = read_plan(payment.plan)
    settled = await checkout.platform.database.row(
        queries.fail,
        payment_id=payment.id,
        state=payment.state,
        refused=answer.status,
        reason=reason,
        account_id=CARD_FUNDS.account_id,
        **_transaction_values(plan, payment),
        **_reservation(payment).completion(checkout.platform.vault, answer, payment.transaction_id),
    )
    if settled is None:
        raise Unavailable
    checkout.platform.meter.count("huggg_purchases_total", "CardFailed")
    return answer


def _transaction_values(plan: PurchasePlan, payment: Payment) -> dict[str, object]:
    return {
        "product_id": plan.product_id,
        "quantity": plan.quantity,
        "retail": payment.retail,
        "title": plan.title,
        "message": plan.message,
        "theme_id": plan.theme_id,
        "delivery_method": plan.delivery_method,
        "claim_limit": plan.claim_limit,
        "tags": plan.tags,
    }


def _reservation(payment: Payment) -> Reservation:
    """Name the key that the payment answers; its right to do so is that it is unsettled."""
    return Reservation(payment.key_caller, payment.key)

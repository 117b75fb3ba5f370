"""Settle a payment: charge, then complete the purchase or refund the charge.

The request that intended the payment, a retry with its Idempotency-Key, a worker and an operator
settle it the same way. They charge by the payment's key, or learn the key's earlier outcome. Then one
statement records the hugggs and settles the payment, or commits to the refund, which follows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from huggg.hugggs.message_text import seal_purchase_message
from huggg.jobs.attempt import attempt
from huggg.kit.errors import kept_refusal
from huggg.kit.idempotency import Reservation
from huggg.kit.platform import Platform
from huggg.payments import store
from huggg.payments.errors import CardDeclined, ProcessorSilent, UnknownCard
from huggg.payments.job_kinds import SETTLE_PAYMENT
from huggg.payments.payment import CARD_FUNDS, Payment, PaymentState
from huggg.payments.processor import Charge, Charged, Declined, Processor
from huggg.people.labels import Labels, seal_labels
from huggg.people.store import ensure_person_keys
from huggg.refusal import Refusal, Unavailable
from huggg.transactions.answers import answer_in
from huggg.transactions.complete_purchase import complete_purchase
from huggg.transactions.context import gather_context
from huggg.transactions.decide_purchase import fulfil_order
from huggg.transactions.insert_purchase import CardCharge, queries
from huggg.transactions.plan import AnswerShape, PurchasePlan, plan_in
from huggg.transactions.purchase import FailedPurchase, Purchase, PurchaseContext, PurchaseOutcome

NEVER_CHARGED = Declined("The card was not charged.")

RequestReservation = Reservation[PurchaseOutcome] | None
"""The reservation of the request that waits; None: the payment's own key is completed, if it has one."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The parts that paying by card needs: platform, processor, and the address of share links."""

    platform: Platform
    processor: Processor
    launch_url: str


async def take_up(
    checkout: Checkout, payment_id: UUID, reservation: RequestReservation = None
) -> PurchaseOutcome:
    """Go on with a payment that was intended before.

    Raises ProcessorSilent, also while another attempt is under way, and when it is left to an operator.
    """
    database, name = checkout.platform.database, checkout.processor.name
    lease = await store.lease_payment(database, payment_id, processor=name)
    if lease is None:
        raise ProcessorSilent
    return await settle(checkout, lease, reservation)


async def settle_by_hand(checkout: Checkout, payment_id: UUID) -> PurchaseOutcome:
    """Settle a payment for an operator: one that is too old to be charged, by the processor's record.

    Raises ProcessorSilent, and UnknownCard for a payment that is settled, under way in another attempt,
    or missing.
    """
    database, name = checkout.platform.database, checkout.processor.name
    lease = await store.lease_payment(database, payment_id, processor=name, by_operator=True)
    if lease is None:
        raise UnknownCard(f"No payment {payment_id} waits: it is settled, in hand, or was never made.")
    return await settle(checkout, lease)


async def settle(
    checkout: Checkout, lease: store.LeasedPayment, reservation: RequestReservation = None
) -> PurchaseOutcome:
    """Bring a payment to its end under the lease of its job. Raises ProcessorSilent: it is due again."""
    if lease.left_to_operator:
        act = partial(_look_up, checkout, lease.payment)
    else:
        act = partial(finish, checkout, lease.payment, reservation)
    return await attempt(checkout.platform.database, SETTLE_PAYMENT, lease.job, act)


async def _look_up(checkout: Checkout, payment: Payment) -> PurchaseOutcome:
    """Settle a payment by the charge that the processor finds, or does not find."""
    if payment.state is PaymentState.REFUNDING:  # decided on before: there is nothing left to look for
        return await _give_back(checkout, payment)
    charge = await checkout.processor.find(payment.processor_key)
    return await _conclude(checkout, payment, charge or NEVER_CHARGED)


async def finish(
    checkout: Checkout, payment: Payment, reservation: RequestReservation = None
) -> PurchaseOutcome:
    """Bring a payment to its end. Raises ProcessorSilent while the outcome is unknown."""
    try:
        if payment.state is PaymentState.REFUNDING:
            return await _give_back(checkout, payment, reservation)
        outcome = await checkout.processor.charge(_charge(payment))
        return await _conclude(checkout, payment, outcome, reservation)
    except Unavailable as refusal:
        raise ProcessorSilent from refusal


def _charge(payment: Payment) -> Charge:
    return Charge(
        key=payment.processor_key,
        amount=payment.amount,
        card=payment.card,
        description=f"huggg {payment.transaction_id}",
    )


async def _conclude(
    checkout: Checkout,
    payment: Payment,
    outcome: Charged | Declined,
    reservation: RequestReservation = None,
) -> PurchaseOutcome:
    if isinstance(outcome, Declined):
        return await _fail(checkout, payment, CardDeclined(outcome.reason), reservation)
    try:
        return await _complete(checkout, payment, outcome, reservation)
    except Unavailable:
        raise
    except Refusal as refusal:  # it is paid for, and cannot be made
        payment_to_refund = await _decide_refund(checkout, payment, outcome, refusal)
        return await _give_back(checkout, payment_to_refund, reservation)


async def _complete(
    checkout: Checkout, payment: Payment, charge: Charged, reservation: RequestReservation = None
) -> Purchase:
    """Record the purchase.

    Raises the errors of `fulfil_order` and of the issuer of its codes, and Unavailable.
    """
    platform = checkout.platform
    plan = plan_in(platform.vault, payment)

    def decide(context: PurchaseContext) -> Purchase:
        return fulfil_order(
            plan.order,
            plan.terms,
            context,
            transaction_id=payment.transaction_id,
            buyer_id=payment.user_id,
            team_id=payment.team_id,
            funds=CARD_FUNDS,
        )

    purchase = await complete_purchase(
        platform.database,
        platform.vault,
        gather=partial(
            gather_context,
            platform.database,
            platform.vault,
            plan.order,
            buyer_id=payment.user_id,
            agreed=True,
        ),
        decide=decide,
        quantity=plan.quantity,
        client_id=payment.client_id,
        reservation=reservation or _reservation_of(checkout, payment, plan),
        charge=CardCharge(payment.id, charge.reference),
        shows_codes=plan.shape is not AnswerShape.TRANSACTION,
    )
    platform.meter.count("huggg_purchases_total", "bought")
    platform.meter.count("huggg_hugggs_bought_total", by=plan.quantity)
    return purchase


async def _decide_refund(
    checkout: Checkout, payment: Payment, charge: Charged, refusal: Refusal
) -> Payment:
    """Commit to giving back, before anything is given back. Raises Unavailable if it is settled."""
    is_decided = await store.decide_refund(
        checkout.platform.database, payment, charge=charge.reference, refusal=refusal
    )
    if not is_decided:
        raise Unavailable
    return replace(
        payment,
        state=PaymentState.REFUNDING,
        charge=charge.reference,
        refusal=type(refusal).__name__,
        reason=str(refusal),
    )


async def _give_back(
    checkout: Checkout, payment: Payment, reservation: RequestReservation = None
) -> FailedPurchase:
    """Refund, and settle with the refusal that was decided on."""
    assert payment.charge is not None  # noqa: S101 - for the type checker, as below
    assert payment.refusal is not None  # noqa: S101
    assert payment.reason is not None  # noqa: S101
    await checkout.processor.refund(payment.processor_key, payment.charge)
    refusal = kept_refusal(payment.refusal, payment.reason)
    return await _fail(checkout, payment, refusal, reservation)


async def _fail(
    checkout: Checkout, payment: Payment, refusal: Refusal, reservation: RequestReservation
) -> FailedPurchase:
    """Settle a payment that came to nothing. Raises Unavailable when it is settled already."""
    platform = checkout.platform
    plan = plan_in(platform.vault, payment)
    failed_purchase = FailedPurchase(payment.transaction_id, refusal)
    reservation = reservation or _reservation_of(checkout, payment, plan)
    row = await platform.database.row(
        queries.fail,
        payment_id=payment.id,
        state=payment.state,
        refusal=type(refusal).__name__,
        reason=str(refusal),
        account_id=CARD_FUNDS.account_id,
        **await _sealed_words(platform, plan, payment),
        **_transaction_values(plan, payment),
        **reservation.completion(platform.vault, failed_purchase, payment.transaction_id),
    )
    if row is None:
        raise Unavailable
    platform.meter.count("huggg_purchases_total", "CardFailed")
    return failed_purchase


async def _sealed_words(
    platform: Platform, plan: PurchasePlan, payment: Payment
) -> dict[str, bytes | None]:
    """Seal the labels and the message of a purchase that came to nothing, for its buyer."""
    vault, buyer_id, transaction_id = platform.vault, payment.user_id, payment.transaction_id
    buyer = (await ensure_person_keys(platform.database, vault, [buyer_id]))[buyer_id]
    labels = Labels(plan.title, tuple(plan.tags))
    return {
        "sealed_labels": seal_labels(vault, labels, transaction_id=transaction_id, buyer=buyer),
        "sealed_message": None
        if plan.message is None
        else seal_purchase_message(vault, plan.message, transaction_id=transaction_id, keys=(buyer,)),
    }


def _transaction_values(plan: PurchasePlan, payment: Payment) -> dict[str, object]:
    return {
        "product_id": plan.product_id,
        "quantity": plan.quantity,
        "retail": payment.retail,
        "theme_id": plan.theme_id,
        "delivery_method": plan.delivery_method,
        "claim_limit": plan.claim_limit,
    }


def _reservation_of(
    checkout: Checkout, payment: Payment, plan: PurchasePlan
) -> Reservation[PurchaseOutcome]:
    """Name the key that the payment answers; its right to do so is that it is unsettled."""
    refused = checkout.platform.idempotency.refused
    encoder = answer_in(plan.shape, refused, launch_url=checkout.launch_url)
    return Reservation(payment.key_caller, payment.key, encode=encoder)

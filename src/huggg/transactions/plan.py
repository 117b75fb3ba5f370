"""A plan: the purchase as its payment stores it, so that any process can finish it at any time."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.kit.codes import SealBrokenError, Vault
from huggg.notifications.delivery import Channel
from huggg.payments.card import CardRequest
from huggg.payments.payment import Payment
from huggg.people.person_key import PersonKey, open_for, seal_for
from huggg.transactions.order import Order
from huggg.transactions.receivers import Receiver, ReceiverDetails, is_email
from huggg.transactions.terms import LastDay, Terms


class AnswerShape(StrEnum):
    """The shape of the answer to a purchase."""

    TRANSACTION = "transaction"
    WITH_HUGGGS = "transaction with hugggs"
    HUG = "hug"


class PurchasePlan(Struct, frozen=True, kw_only=True):
    """An order and the agreement about it. Receivers are texts: ids, numbers with a plus, addresses."""

    product_id: UUID
    quantity: int
    receivers: list[str]
    message: str | None
    title: str | None
    theme_id: str
    delivery_method: str | None
    claim_limit: int | None
    tags: list[str]
    sale_price: int
    handling_fee: int
    expiry_date: date
    expires_at: datetime
    sent_at: datetime | None
    shape: AnswerShape = msgspec.field(name="form")  # the name by which earlier releases stored it
    details: list[ReceiverDetails] = []  # an earlier release stored none
    channels: list[Channel] = []
    next_last_day: LastDay | None = None

    @property
    def order(self) -> Order:
        """The order again. Its days are agreed on already, its card is known to the payment."""
        return Order(
            payer=CardRequest("", stored=False),
            product_id=self.product_id,
            quantity=self.quantity,
            receivers=tuple(_receiver(text) for text in self.receivers),
            details=tuple(self.details),
            message=self.message,
            title=self.title,
            theme_id=self.theme_id,
            delivery_method=self.delivery_method,
            channels=frozenset(self.channels),
            claim_limit=self.claim_limit,
            tags=tuple(self.tags),
        )

    @property
    def terms(self) -> Terms:
        """The agreement of a plan."""
        return Terms(
            sale_price=self.sale_price,
            handling_fee=self.handling_fee,
            expiry_date=self.expiry_date,
            expires_at=self.expires_at,
            sent_at=self.sent_at,
            next_last_day=self.next_last_day,
        )


def plan_of(order: Order, terms: Terms, shape: AnswerShape) -> PurchasePlan:
    """Write down an order and its terms."""
    return PurchasePlan(
        product_id=order.product_id,
        quantity=order.quantity,
        receivers=[str(receiver) for receiver in order.receivers],
        message=order.message,
        title=order.title,
        theme_id=order.theme_id,
        delivery_method=order.delivery_method,
        claim_limit=order.claim_limit,
        tags=list(order.tags),
        sale_price=terms.sale_price,
        handling_fee=terms.handling_fee,
        expiry_date=terms.expiry_date,
        expires_at=terms.expires_at,
        sent_at=terms.sent_at,
        shape=shape,
        details=list(order.details),
        channels=sorted(order.channels),
        next_last_day=terms.next_last_day,
    )


def _receiver(text: str) -> Receiver:
    return text if text.startswith("+") or is_email(text) else UUID(text)


def seal_plan(vault: Vault, plan: PurchasePlan, *, payment_id: UUID, buyer: PersonKey) -> bytes:
    """Write a plan as its payment keeps it: it names receivers and has their message."""
    return seal_encoded_plan(vault, msgspec.json.encode(plan), payment_id=payment_id, buyer=buyer)


def seal_encoded_plan(vault: Vault, plan: bytes, *, payment_id: UUID, buyer: PersonKey) -> bytes:
    """Seal a plan that is written already, as an older release kept it in clear."""
    return seal_for(vault, plan, buyer, bound_to=_of_payment(payment_id))


def plan_in(vault: Vault, payment: Payment) -> PurchasePlan:
    """Read the plan of a payment. Raises SealBrokenError, KeysInDoubtError."""
    text = payment.older_plan
    if payment.sealed_plan is not None:
        bound_to = _of_payment(payment.id)
        text = open_for(vault, payment.sealed_plan, payment.buyer_key, bound_to=bound_to)
    if text is None:  # the buyer is not erased before the payment is settled
        raise SealBrokenError(f"the key of the plan of payment {payment.id} is gone")
    return msgspec.json.decode(text, type=PurchasePlan)


def _of_payment(payment_id: UUID) -> bytes:
    return b"payments.sealed_plan\0" + payment_id.bytes

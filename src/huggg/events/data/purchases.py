"""The data of events about purchases, their payments and their messages."""

from __future__ import annotations

from uuid import UUID

from huggg.events.data import EventData


class RefundIntended(EventData, frozen=True):
    """A part of a card's charge that is to go back to the card."""

    refund: UUID
    payment: UUID
    amount: int


class PurchaseForgotten(EventData, frozen=True):
    """The number of its hugggs, whose time to be kept is over."""

    quantity: int


class PurchaseMade(EventData, frozen=True):
    """The purchase."""

    quantity: int
    retail: int


class PurchaseFailed(EventData, frozen=True):
    """The outcome of the card's payment, and its reason."""

    payment: str  # declined or refunded
    reason: str


class PaymentIntended(EventData, frozen=True):
    """A payment, and the amount that its card is charged."""

    payment: UUID
    amount: int


class PaymentRefunding(EventData, frozen=True):
    """A payment that is given back, and the reason."""

    payment: UUID
    reason: str


class PaymentGivenUp(EventData, frozen=True):
    """A payment that is left to an operator."""

    payment: UUID


class DeliveryChanged(EventData, frozen=True):
    """A message about the subject, and the reason of its state if there is one."""

    delivery_id: UUID
    kind: str  # gift, reminder, receipt, alarm or confirmation
    channel: str  # email or sms
    reason: str | None

"""A payment as a value, and the rules for one that stays unsettled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from huggg.kit.ids import parse_id
from huggg.payments.card import Card
from huggg.people.person_key import PersonKey

GIVE_UP_AFTER = timedelta(hours=23)
"""Processors remember keys for a day. A key that was forgotten would be charged a second time."""

KEY_PREFIX = "huggg-payment-"


@dataclass(frozen=True, slots=True)
class Funds:
    """The account from which a purchase is paid, and the one that keeps the value of its hugggs."""

    account_id: UUID
    commitment_id: UUID


CARD_FUNDS = Funds(
    UUID("00000000-0000-4000-8000-000000000002"), UUID("00000000-0000-4000-8000-000000000003")
)


class PaymentState(StrEnum):
    """The state of a payment."""

    INTENDED = "intended"  # whether the card was charged is not known yet
    REFUNDING = "refunding"  # it was, and is to be given back: nothing else may become of it
    CHARGED = "charged"
    DECLINED = "declined"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Payment:
    """One charge of one card for one transaction, and the lease of the attempt that settles it.

    `sealed_plan` is all that the purchase needs to be finished by any process at any time, under the
    buyer's key; only transactions read it. `older_plan` is one that an older release kept in clear.
    """

    id: UUID
    transaction_id: UUID
    user_id: UUID
    team_id: UUID | None
    client_id: str
    key_caller: str | None
    key: str | None
    card: Card
    retail: int  # pence
    fee: int  # pence
    state: PaymentState
    sealed_plan: bytes | None
    older_plan: bytes | None
    buyer_key: PersonKey | None
    charge: str | None
    refusal: str | None  # its class, once a refund is decided on
    reason: str | None  # its sentence
    created_at: datetime

    @property
    def amount(self) -> int:
        """The amount that the card is charged, in pence."""
        return self.retail + self.fee

    @property
    def processor_key(self) -> str:
        """The key of every call about it. Derived, never drawn again: another key is another charge."""
        return processor_key(self.id)


def processor_key(payment_id: UUID) -> str:
    """Derive the key of a payment."""
    return f"{KEY_PREFIX}{payment_id}"


def payment_named(processor_key: str) -> UUID | None:
    """Read the payment's id from a key; None for a key of another system."""
    return parse_id(processor_key.removeprefix(KEY_PREFIX))


def is_too_old(payment: Payment, now: datetime) -> bool:
    """Tell whether its key may have been forgotten by now; for giving back, the key does not matter."""
    return payment.state is PaymentState.INTENDED and now - payment.created_at >= GIVE_UP_AFTER

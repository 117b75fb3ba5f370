"""A purchase as values: the facts that decide it, and all that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from huggg.hugggs.huggg import Huggg
from huggg.notifications.delivery import NewDelivery
from huggg.payments.card import Card
from huggg.people.labels import Labels
from huggg.people.person_key import PersonKey
from huggg.refusal import Refusal
from huggg.transactions.group_link import GroupLink
from huggg.transactions.receivers import KnownReceiver, Receiver
from huggg.transactions.terms import LastDay, Offer, Terms
from huggg.transactions.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Wallet:
    """The account that shall pay, as far as the decision needs it."""

    id: UUID
    commitment_id: UUID
    available: int  # pence


@dataclass(frozen=True, slots=True)
class PurchaseContext:
    """The facts that a purchase is decided by, as of one moment."""

    now: datetime
    wallet: Wallet | None  # None: none that the buyer may use
    offer: Offer | None  # None: nothing that can be bought
    users: dict[Receiver, KnownReceiver]  # receivers that are users already
    sender_key: PersonKey
    card: Card | None = None  # in place of the wallet: one of the two pays


class Newcomer(Struct, frozen=True, gc=False):
    """A receiver who becomes a user with the purchase, reached by a number or an address."""

    id: UUID
    address: str
    name: str = ""


class OwnMessage(Struct, frozen=True, gc=False):
    """The message of one huggg, in place of its purchase's."""

    huggg_id: UUID
    person_id: UUID | None
    message: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """The result of a decision to buy: the transaction, its hugggs, and new users."""

    transaction: Transaction
    commitment_id: UUID
    value: int  # pence, of each huggg
    hugggs: list[Huggg]
    newcomers: list[Newcomer]
    deliveries: list[NewDelivery]
    labels: Labels
    message: str | None  # of all hugggs but those with one of their own
    message_receiver_id: UUID | None  # the one receiver of all hugggs
    messages: list[OwnMessage]
    keys: dict[UUID, PersonKey]  # of the sender, and of receivers who were users before
    next_last_day: LastDay | None = None  # of its hugggs, once they are claimed or chosen
    group_link: GroupLink | None = None


@dataclass(frozen=True, slots=True)
class FailedPurchase:
    """A purchase by card that came to nothing: the card was declined, or its charge was given back."""

    transaction_id: UUID
    refusal: Refusal


PurchaseOutcome = Purchase | FailedPurchase
"""The outcomes of buying by card: neither is a refusal, because both are recorded."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The result of a decision to pay by card, before the charge."""

    transaction_id: UUID
    card: Card
    terms: Terms
    retail: int  # pence
    fee: int  # pence

"""An order: the buyer's wish, before anything about it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from huggg.notifications.delivery import Channel
from huggg.payments.card import CardRequest
from huggg.transactions.receivers import Receiver, ReceiverDetails

QUANTITY_MAX = 100_000
DEFAULT_THEME = "default"


@dataclass(frozen=True, slots=True)
class Order:
    """A buyer's order.

    `payer` is a wallet's id or a card. `receivers` are user ids, E.164 phone numbers or e-mail
    addresses, and `details` say more about each, if anything is said of any. Without receivers,
    `quantity` hugggs are made for the buyer to share by their links. `channels` are those that the
    server that took the order is set up for.
    """

    payer: UUID | CardRequest
    product_id: UUID
    quantity: int
    receivers: tuple[Receiver, ...] = ()
    details: tuple[ReceiverDetails, ...] = ()
    message: str | None = None
    title: str | None = None
    theme_id: str = DEFAULT_THEME
    delivery_method: str | None = None
    channels: frozenset[Channel] = frozenset()
    claim_limit: int | None = None  # hugggs of it that one person may claim; None: all of them
    send_date: date | None = None  # without it and `send_at`: at once
    send_at: datetime | None = None
    claim_expiry_date: date | None = None  # the first of two last days; None: there is one
    expiry_date: date | None = None  # None: as long as the merchant grants
    tags: tuple[str, ...] = ()


def own_messages(order: Order) -> dict[int, str]:
    """Find the receivers that get a message of their own, by position."""
    return {place: each.message for place, each in enumerate(order.details) if each.message}

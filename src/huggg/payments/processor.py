"""The port to the processor that charges cards: one at a time, chosen by HUGGG_CARD_PROCESSOR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from huggg.payments.card import Card, CardDetails

CURRENCY = "GBP"


@dataclass(frozen=True, slots=True)
class Charge:
    """A request to charge. `key` names it for ever; the same key is the same charge."""

    key: str
    amount: int  # pence
    card: Card
    description: str
    currency: str = CURRENCY


@dataclass(frozen=True, slots=True)
class Charged:
    """The money is ours; `reference` is the processor's own name for the charge."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The money is not ours and never will be under this key; `reason` is a sentence for the buyer."""

    reason: str


@dataclass(frozen=True, slots=True)
class PartialRefund:
    """A part of a charge to give back. `key` names it for ever; the same key is the same refund."""

    key: str
    charge_key: str
    charge: str  # the processor's name for it
    amount: int  # pence


class KeyReusedError(Exception):
    """A key came back with another amount or card: a defect of ours, which must move no money."""


class Processor(Protocol):
    """The calls of a processor. No statement or lock waits while one is made."""

    name: str
    takes_cards: bool

    async def charge(self, request: Charge) -> Charged | Declined:
        """Charge a card, or repeat the outcome of the same key.

        Raises ProcessorSilent when the outcome is unknown: the same call must be made again. Raises
        KeyReusedError.
        """
        ...

    async def find(self, key: str) -> Charged | None:
        """Find the charge of a key, however old; None if it is missing, or was refunded.

        Raises ProcessorSilent.
        """
        ...

    async def refund(self, key: str, charge: str) -> None:
        """Give all of a charge back; one that was given back already stays so.

        `key` is the charge's, `charge` its reference. Raises ProcessorSilent: ask again.
        """
        ...

    async def refund_part(self, part: PartialRefund) -> None:
        """Give a part of a charge back; a part that was given back under this key already stays so.

        However old the key is, the processor is asked for the refund before it makes one. Raises
        ProcessorSilent: ask again.
        """
        ...

    async def details(self, card: Card) -> CardDetails:
        """Describe a card. Raises UnknownCard, ProcessorSilent."""
        ...

    async def payment_of_event(self, body: bytes, signature: str) -> UUID | None:
        """Name the payment of a webhook, after fetching its charge from the processor.

        Raises BadSignature, ProcessorSilent, CardsNotTaken for a processor without webhooks.
        """
        ...

    async def close(self) -> None:
        """Close the connections to the processor."""
        ...

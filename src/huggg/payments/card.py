"""A card as a value: what a processor calls it, and what a person knows it by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardRequest:
    """How a buyer names the card that shall pay: a stored one by its id, or a one-off by its token."""

    reference: str
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Card:
    """What can be charged: the processor's reference, and the customer it is kept for, if for one."""

    reference: str
    customer: str | None


@dataclass(frozen=True, slots=True)
class CardDetails:
    """What a card looks like to its owner, and whom the processor keeps it for."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    customer: str | None = None

"""A card as a value: the processor's reference, and the parts that its owner knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardRequest:
    """A buyer's choice of card: a stored one by its id, or a one-off by its token."""

    reference: str
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Card:
    """A chargeable card: the processor's reference, and the customer it is kept for, if there is one."""

    reference: str
    customer: str | None


@dataclass(frozen=True, slots=True)
class CardDetails:
    """A card as its owner sees it, and the processor's customer."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    customer: str | None = None

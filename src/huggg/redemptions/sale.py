"""A sale: the till's own facts about the sale in which a huggg is redeemed. No rule checks them."""

from __future__ import annotations

from msgspec import Struct


class Sale(Struct, frozen=True, gc=False, omit_defaults=True):
    """A till's reference, its receipt, its clerk, and the amount rung up, in pence; all optional."""

    reference: str | None = None
    receipt_number: str | None = None
    staff: str | None = None
    amount: int | None = None


NO_SALE = Sale()
"""The sale of which the till told nothing."""

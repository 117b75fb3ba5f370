"""A card as its owner sees it. The path is published, the keys are ours."""

from __future__ import annotations

from asyncpg import Record
from msgspec import Struct


class PublishedCard(Struct):
    """A stored card; its `id` is the `payment.reference` of a purchase."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


def published_card(row: Record) -> PublishedCard:
    """Write a card."""
    return PublishedCard(
        id=row["id"],
        brand=row["brand"],
        last4=row["last4"],
        exp_month=row["exp_month"],
        exp_year=row["exp_year"],
    )

"""A card as its owner sees it, and the events that Stripe sends.

The cards' path is published, their keys are ours.
"""

from __future__ import annotations

from typing import Annotated

from asyncpg import Record
from msgspec import Meta, Struct, field


class PublishedCard(Struct):
    """A stored card; its `id` is the `payment.reference` of a purchase."""

    id: Annotated[str, Meta(examples=["card_1a2b3c"])]
    brand: Annotated[str, Meta(examples=["visa"])]
    last4: Annotated[str, Meta(examples=["4242"])]
    exp_month: Annotated[int, Meta(ge=1, le=12)]
    exp_year: Annotated[int, Meta(examples=[2030])]


def published_card(row: Record) -> PublishedCard:
    """Write a card."""
    return PublishedCard(
        id=row["id"],
        brand=row["brand"],
        last4=row["last4"],
        exp_month=row["exp_month"],
        exp_year=row["exp_year"],
    )


class StripeObject(Struct):
    """The object of an event: only the ids by which the charge is fetched."""

    id: Annotated[str, Meta(examples=["pi_1a2b3c"])] = ""
    object: Annotated[str, Meta(examples=["payment_intent"])] = ""
    payment_intent: Annotated[
        str | None, Meta(description="The payment intent of a charge or a refund.")
    ] = None


class StripeEventData(Struct):
    """The envelope of an event's object."""

    object: StripeObject = field(default_factory=StripeObject)


class StripeEvent(Struct):
    """An event as Stripe sends it: the part that the server reads, as a hint only."""

    data: StripeEventData = field(default_factory=StripeEventData)

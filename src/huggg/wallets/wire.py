"""The Wallet: `id` and `name` are published, the other keys are ours."""

from __future__ import annotations

from typing import Annotated

from asyncpg import Record
from msgspec import Meta, Struct

from huggg.http.published import Guid, Pence


class PublishedWallet(Struct):
    """A team's prepaid money; its id is the `payment.reference` of a purchase."""

    id: Guid
    name: Annotated[str, Meta(examples=["Treats"])]
    currency: Annotated[str, Meta(examples=["GBP"])]
    available: Annotated[Pence, Meta(description="The money that can be spent, in pence.")]


def published_wallet(row: Record) -> PublishedWallet:
    """Write a wallet."""
    return PublishedWallet(row["id"], row["name"], row["currency"], row["available"])

"""Refusals of purchases."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class TransactionNotFound(Refusal):
    """The transaction does not exist, or belongs to another buyer."""

    kind = Kind.NOT_FOUND
    sentence = "transaction not found"


class NotForSale(Refusal):
    """The product does not exist, is switched off, or has no price."""

    kind = Kind.INVALID
    sentence = "purchase.reference: is not a product that can be bought."


class UnknownReceiver(Refusal):
    """A receiver's user id is unknown; the whole purchase fails, as published."""

    kind = Kind.INVALID
    example = "purchase.receivers[0].user_id: no such user."


class NothingToChange(Refusal):
    """Each huggg of the purchase is redeemed, cancelled or expired, or the purchase failed."""

    kind = Kind.CONFLICT
    sentence = "transaction has no huggg left to change."


class NothingToCancel(Refusal):
    """Each huggg of the purchase is redeemed, cancelled or expired, or the purchase failed."""

    kind = Kind.CONFLICT
    sentence = "transaction has no huggg left to cancel."

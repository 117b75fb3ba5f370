"""Why a purchase was turned down."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class TransactionNotFound(Refusal):
    """No such transaction, or another buyer's."""

    kind = Kind.NOT_FOUND
    sentence = "transaction not found"


class NotForSale(Refusal):
    """The product does not exist, is switched off, or has no price."""

    kind = Kind.INVALID
    sentence = "purchase.reference: is not a product that can be bought."


class UnknownReceiver(Refusal):
    """A receiver's user id belongs to nobody; the whole purchase fails, as published."""

    kind = Kind.INVALID
    example = "purchase.receivers[0].user_id: no such user."

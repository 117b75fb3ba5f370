"""Why a purchase was turned down."""

from __future__ import annotations

from huggg.kit.errors import Refusal


class TransactionNotFound(Refusal):
    """No such transaction, or another buyer's."""

    sentence = "transaction not found"


class NotForSale(Refusal):
    """The product does not exist, is switched off, or has no price."""

    sentence = "purchase.reference: is not a product that can be bought."


class UnknownReceiver(Refusal):
    """A receiver's user id belongs to nobody; the whole purchase fails, as published."""

    example = "purchase.receivers[0].user_id: no such user."

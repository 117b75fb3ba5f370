"""Refusals of cards and of payments by card."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal, Unavailable


class CardsNotTaken(Refusal):
    """The server has no card processor configured."""

    kind = Kind.INVALID
    sentence = "payment.method: cards are not taken here."


class CardNotYours(Refusal):
    """The card is another user's or does not exist; both get the same answer."""

    kind = Kind.FORBIDDEN
    sentence = "Cannot use this card."


class CardDeclined(Refusal):
    """The processor, or the bank behind it, declined the charge; the sentence gives its reason."""

    kind = Kind.UNPAID
    example = "The card has insufficient funds."


class CardTaken(Refusal):
    """The card that the operator adds belongs to a user already."""

    kind = Kind.CONFLICT


class UnknownCard(Refusal):
    """The card or the user that the operator named does not exist."""

    kind = Kind.NOT_FOUND


class ProcessorSilent(Unavailable):
    """The processor has not answered: the card may have been charged. The call may be made again."""

    kind = Kind.UNAVAILABLE
    sentence = (
        "The card processor has not answered yet, and the payment may have happened."
        " Please try again with the same Idempotency-Key."
    )


class BadSignature(Refusal):
    """The webhook is not signed by the processor."""

    kind = Kind.MALFORMED
    sentence = "The signature is not valid."

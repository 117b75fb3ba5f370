"""Why a card did not pay."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal, Unavailable


class CardsNotTaken(Refusal):
    """No processor is configured here."""

    kind = Kind.INVALID
    sentence = "payment.method: cards are not taken here."


class CardNotYours(Refusal):
    """Another user's card, or none at all: the two are not told apart."""

    kind = Kind.FORBIDDEN
    sentence = "Cannot use this card."


class CardDeclined(Refusal):
    """The processor, or the bank behind it, said no; the sentence says why."""

    kind = Kind.UNPAID
    example = "The card has insufficient funds."


class CardTaken(Refusal):
    """An operator adds a card that somebody has."""

    kind = Kind.CONFLICT


class UnknownCard(Refusal):
    """An operator named a card, or a user, that does not exist."""

    kind = Kind.NOT_FOUND


class ProcessorSilent(Unavailable):
    """No answer that settles it: the card may have been charged. The same call may be made again."""

    kind = Kind.UNAVAILABLE
    sentence = (
        "The card processor has not answered yet, and the payment may have happened."
        " Please try again with the same Idempotency-Key."
    )


class BadSignature(Refusal):
    """What claims to come from the processor was not signed by it."""

    kind = Kind.MALFORMED
    sentence = "The signature is not valid."

"""Why a huggg was not redeemed, or a redemption not taken back; published sentences to the letter."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class CannotRedeem(Refusal):
    """Neither the huggg's owner nor staff of a merchant that honours it."""

    kind = Kind.FORBIDDEN
    sentence = "Cannot redeem this huggg."


class HugggAlreadyRedeemed(Refusal):
    """It is spent."""

    kind = Kind.CONFLICT
    sentence = "huggg already redeemed."


class HugggCancelled(Refusal):
    """Its sender took it back."""

    kind = Kind.CONFLICT
    sentence = "huggg is cancelled and cannot be redeemed."


class HugggExpired(Refusal):
    """Its last day is over."""

    kind = Kind.CONFLICT
    sentence = "huggg is expired and cannot be redeemed."


class InvalidLocation(Refusal):
    """No such location, not this merchant's, not this till's, or one that does not honour the huggg."""

    kind = Kind.INVALID
    sentence = "Invalid location."


class NoAdjustmentOnceRedeemed(Refusal):
    """The adjustment codes of a spent huggg; published with another status than redeeming it again."""

    kind = Kind.CONFLICT
    sentence = HugggAlreadyRedeemed.sentence


class CannotUnredeem(Refusal):
    """Not staff of the merchant where it was redeemed."""

    kind = Kind.FORBIDDEN
    sentence = "Cannot unredeem this huggg."


class RedemptionNotFound(Refusal):
    """No such redemption of this huggg, or `latest` of one that is not redeemed."""

    kind = Kind.NOT_FOUND
    sentence = "redemption not found"


class NotTheLatest(Refusal):
    """Only the most recent redemption can be taken back."""

    kind = Kind.INVALID
    sentence = "Only the latest redemption can be unredeemed."


class AlreadyUnredeemed(Refusal):
    """It was taken back before."""

    kind = Kind.INVALID
    sentence = "redemption already unredeemed."

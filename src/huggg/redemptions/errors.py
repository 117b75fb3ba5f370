"""Why a huggg was not redeemed, or a redemption not taken back; published sentences to the letter."""

from __future__ import annotations

from huggg.kit.errors import Refusal


class CannotRedeem(Refusal):
    """Neither the huggg's owner nor staff of a merchant that honours it."""

    sentence = "Cannot redeem this huggg."


class HugggAlreadyRedeemed(Refusal):
    """It is spent."""

    sentence = "huggg already redeemed."


class HugggCancelled(Refusal):
    """Its sender took it back."""

    sentence = "huggg is cancelled and cannot be redeemed."


class HugggExpired(Refusal):
    """Its last day is over."""

    sentence = "huggg is expired and cannot be redeemed."


class InvalidLocation(Refusal):
    """No such location, not this merchant's, not this till's, or one that does not honour the huggg."""

    sentence = "Invalid location."


class NoAdjustmentOnceRedeemed(Refusal):
    """The adjustment codes of a spent huggg; published with another status than redeeming it again."""

    sentence = HugggAlreadyRedeemed.sentence


class CannotUnredeem(Refusal):
    """Not staff of the merchant where it was redeemed."""

    sentence = "Cannot unredeem this huggg."


class RedemptionNotFound(Refusal):
    """No such redemption of this huggg, or `latest` of one that is not redeemed."""

    sentence = "redemption not found"


class NotTheLatest(Refusal):
    """Only the most recent redemption can be taken back."""

    sentence = "Only the latest redemption can be unredeemed."


class AlreadyUnredeemed(Refusal):
    """It was taken back before."""

    sentence = "redemption already unredeemed."

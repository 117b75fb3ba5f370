"""Refusals to redeem and unredeem; published sentences to the letter."""

from __future__ import annotations

from huggg.hugggs.errors import HugggNotFound, HugggNotYetSent
from huggg.refusal import Kind, Refusal


class CannotRedeem(Refusal):
    """The caller is neither the owner nor staff of a merchant that honours the huggg.

    A choice of which no product is picked yet is redeemed for no caller.
    """

    kind = Kind.FORBIDDEN
    sentence = "Cannot redeem this huggg."


class HugggAlreadyRedeemed(Refusal):
    """The huggg is spent."""

    kind = Kind.CONFLICT
    sentence = "huggg already redeemed."


class HugggCancelled(Refusal):
    """The sender cancelled the huggg."""

    kind = Kind.CONFLICT
    sentence = "huggg is cancelled and cannot be redeemed."


class HugggExpired(Refusal):
    """The huggg's last day is over."""

    kind = Kind.CONFLICT
    sentence = "huggg is expired and cannot be redeemed."


class HugggHeld(Refusal):
    """A till holds the huggg; it will confirm or reverse the hold, or the hold lapses."""

    kind = Kind.CONFLICT
    sentence = "huggg is held and cannot be redeemed."


class InvalidLocation(Refusal):
    """The location is unknown, another merchant's or another till's, or does not honour the huggg."""

    kind = Kind.INVALID
    sentence = "Invalid location."


class WrongPin(Refusal):
    """The PIN is not that of the location, or the location has none."""

    kind = Kind.FORBIDDEN
    sentence = "This is not the PIN of the store."


class NoAdjustmentOnceRedeemed(Refusal):
    """The huggg is spent. Published with another status than a second redemption."""

    kind = Kind.CONFLICT
    sentence = HugggAlreadyRedeemed.sentence


class RedemptionIdUsed(Refusal):
    """The till's id of a redemption was used before: for another sale, or by another merchant."""

    kind = Kind.INVALID
    sentence = "redemption_id: was already used for a different redemption."


class CannotUnredeem(Refusal):
    """The caller is not staff of the merchant where the huggg was redeemed."""

    kind = Kind.FORBIDDEN
    sentence = "Cannot unredeem this huggg."


class RedemptionNotFound(Refusal):
    """The huggg has no such redemption, or `latest` was asked for and the huggg is not redeemed."""

    kind = Kind.NOT_FOUND
    sentence = "redemption not found"


class NotTheLatest(Refusal):
    """The redemption is not the huggg's latest one."""

    kind = Kind.INVALID
    sentence = "Only the latest redemption can be unredeemed."


class AlreadyUnredeemed(Refusal):
    """The redemption was unredeemed before."""

    kind = Kind.INVALID
    sentence = "redemption already unredeemed."


REDEMPTION_REFUSALS: tuple[type[Refusal], ...] = (
    HugggNotFound,
    CannotRedeem,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    HugggNotYetSent,
    HugggHeld,
    InvalidLocation,
)
"""The refusals of a redemption, which holding a huggg shares."""

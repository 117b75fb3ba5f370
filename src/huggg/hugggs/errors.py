"""Refusals to show or claim a huggg, in the published words where there are some."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class HugggNotFound(Refusal):
    """The id or shortcode is unknown, or the caller may not see the huggg, or not yet."""

    kind = Kind.NOT_FOUND
    sentence = "huggg not found"


class HugggNotYetSent(Refusal):
    """A huggg is neither drawn nor redeemed before its day. Callers other than its sender get 404."""

    kind = Kind.CONFLICT
    sentence = "huggg is scheduled and cannot be redeemed yet."


class AlreadyThanked(Refusal):
    """The sender got a thank-you for this huggg before."""

    kind = Kind.CONFLICT
    sentence = "The sender was thanked already."


class HugggAlreadyClaimed(Refusal):
    """Another user, or a browser, claimed the huggg first."""

    kind = Kind.CONFLICT
    sentence = "huggg already claimed."


class ClaimLimitReached(Refusal):
    """The claimer has as many hugggs of the purchase as its limit lets one person."""

    kind = Kind.CONFLICT
    sentence = "huggg limit of this purchase reached."


class CannotChangeHuggg(Refusal):
    """The caller may see the huggg, but may not make this change to it."""

    kind = Kind.FORBIDDEN
    sentence = "Cannot change this huggg."


class HugggNotPicked(Refusal):
    """The huggg is a choice, and its receiver has to pick a product before it is drawn."""

    kind = Kind.CONFLICT
    sentence = "huggg is a choice, and its product is not picked yet."


class HugggAlreadyPicked(Refusal):
    """The receiver of the choice picked another product before."""

    kind = Kind.CONFLICT
    sentence = "huggg product already picked."


class NoChoice(Refusal):
    """The huggg was bought for one product, so that there is nothing to pick."""

    kind = Kind.CONFLICT
    sentence = "huggg is not a choice."


class CannotPick(Refusal):
    """The product is none of the choice, or is not on sale any more, or has its last day behind it."""

    kind = Kind.INVALID
    sentence = "product_id: cannot be picked; embed purchase.choices to see the products of this choice."


class HugggScheduled(Refusal):
    """The receiver cannot claim the huggg before its day. Callers other than its sender get 404."""

    kind = Kind.CONFLICT
    sentence = "huggg is scheduled and not sent yet."


class HugggAtTill(Refusal):
    """A till holds the huggg for some minutes, and will redeem or release it."""

    kind = Kind.CONFLICT
    sentence = "huggg is held at a till."


class HugggCodeShown(Refusal):
    """The receiver may have seen the code of the huggg, so it does not go to another receiver."""

    kind = Kind.CONFLICT
    sentence = "huggg has shown its code and keeps its receiver."


class HugggAlreadySpent(Refusal):
    """The huggg is redeemed, so its life is over unless a till takes the redemption back."""

    kind = Kind.CONFLICT
    sentence = "huggg already redeemed."


class HugggAlreadyCancelled(Refusal):
    """The huggg is cancelled, so its life is over."""

    kind = Kind.CONFLICT
    sentence = "huggg already cancelled."


class HugggAlreadyExpired(Refusal):
    """The huggg's last day is over."""

    kind = Kind.CONFLICT
    sentence = "huggg already expired."

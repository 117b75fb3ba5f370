"""Why money did not move."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class WalletNotYours(Refusal):
    """A wallet of another team, or none at all: the two are not told apart."""

    kind = Kind.FORBIDDEN
    sentence = "Cannot use this wallet."


class InsufficientFunds(Refusal):
    """The wallet's available balance is less than the purchase."""

    kind = Kind.UNPAID
    sentence = "Insufficient wallet balance."


class WalletNotFound(Refusal):
    """An operator named a wallet that does not exist."""

    kind = Kind.NOT_FOUND
    sentence = "wallet not found"


class ReferenceUsed(Refusal):
    """An operator moved money under a reference that the wallet has already; it moved once."""

    kind = Kind.CONFLICT
    example = (
        "This wallet was topped up by £50.00 under the reference HG-17 on 2026-01-05 at 09:00 UTC"
        " by amy; nothing was moved now."
    )


class TooLittleAvailable(Refusal):
    """A correction that is larger than what the wallet has left."""

    kind = Kind.CONFLICT
    example = "Only £12.00 is available in this wallet, less than £50.00."

"""Refusals to move money."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class WalletNotYours(Refusal):
    """The wallet is another team's or does not exist; both get the same answer."""

    kind = Kind.FORBIDDEN
    sentence = "Cannot use this wallet."


class InsufficientFunds(Refusal):
    """The wallet's available balance is less than the purchase."""

    kind = Kind.UNPAID
    sentence = "Insufficient wallet balance."


class WalletNotFound(Refusal):
    """The wallet that the operator named does not exist."""

    kind = Kind.NOT_FOUND
    sentence = "wallet not found"


class ReferenceUsed(Refusal):
    """The wallet has moved money under this reference already; it is not moved a second time."""

    kind = Kind.CONFLICT
    example = (
        "This wallet was topped up by £50.00 under the reference HG-17 on 2026-01-05 at 09:00 UTC"
        " by amy; nothing was moved now."
    )


class TooLittleAvailable(Refusal):
    """The correction is larger than the wallet's available balance."""

    kind = Kind.CONFLICT
    example = "Only £12.00 is available in this wallet, less than £50.00."

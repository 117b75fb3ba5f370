"""Why money did not move."""

from __future__ import annotations

from huggg.kit.errors import Refusal


class WalletNotYours(Refusal):
    """A wallet of another team, or none at all: the two are not told apart."""

    sentence = "Cannot use this wallet."


class InsufficientFunds(Refusal):
    """The wallet's available balance is less than the purchase."""

    sentence = "Insufficient wallet balance."


class WalletNotFound(Refusal):
    """An operator named a wallet that does not exist."""

    sentence = "wallet not found"

"""The data of events about wallets, cards and refund policies."""

from __future__ import annotations

from uuid import UUID

from huggg.events.data import EventData


class CardNamed(EventData, frozen=True):
    """A card, by the processor's reference."""

    card: str


class MoneyIn(EventData, frozen=True):
    """The money paid into a wallet."""

    amount: int
    reference: str | None = None
    by: str | None = None


class MoneyBack(EventData, frozen=True):
    """The money taken out of a wallet, and the reason."""

    amount: int
    reason: str
    reference: str | None = None
    by: str | None = None


class RefundPolicySet(EventData, frozen=True):
    """The days after which value returns, null for never, and the team and brand, null for all.

    `even_shown`: it returns although an answer had a code of the merchant.
    """

    team_id: UUID | None
    brand_id: UUID | None
    after_days: int | None
    even_shown: bool = False


class RefundPolicyRemoved(EventData, frozen=True):
    """The team and the brand of a policy that holds no more."""

    team_id: UUID | None
    brand_id: UUID | None


class WalletAlarmSet(EventData, frozen=True):
    """The level below which the wallet's team is told; null for none."""

    below: int | None

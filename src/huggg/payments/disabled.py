"""The disabled processor: an installation that takes no cards has this one."""

from __future__ import annotations

from typing import NoReturn
from uuid import UUID

from huggg.payments.card import Card
from huggg.payments.errors import CardsNotTaken
from huggg.payments.processor import Charge, PartialRefund


class DisabledProcessor:
    """Refuses every call with CardsNotTaken."""

    name = ""
    takes_cards = False

    async def charge(self, request: Charge) -> NoReturn:  # noqa: ARG002 - refused unread, as below
        """Refuse."""
        raise CardsNotTaken

    async def find(self, key: str) -> NoReturn:  # noqa: ARG002
        """Refuse."""
        raise CardsNotTaken

    async def refund(self, key: str, charge: str) -> NoReturn:  # noqa: ARG002
        """Refuse."""
        raise CardsNotTaken

    async def refund_part(self, part: PartialRefund) -> NoReturn:  # noqa: ARG002
        """Refuse."""
        raise CardsNotTaken

    async def details(self, card: Card) -> NoReturn:  # noqa: ARG002
        """Refuse."""
        raise CardsNotTaken

    async def payment_of_event(self, body: bytes, signature: str) -> UUID | None:  # noqa: ARG002
        """Refuse."""
        raise CardsNotTaken

    async def close(self) -> None:
        """Nothing is open."""

"""Channels: the ports by which messages leave, and the possible outcomes of handing one over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from huggg.notifications.delivery import Channel, DeliveryState
from huggg.notifications.mail import Mail
from huggg.refusal import Unavailable


class ChannelAway(Unavailable):
    """The channel did not take the message and may take it later."""

    sentence = ""


class ChannelClosed(ChannelAway):
    """The channel takes nothing at all just now."""


class HandoverInDoubt(ChannelAway):
    """The channel may have taken the message: the connection broke before the answer came."""


class MessageRefusedError(Exception):
    """The channel will never take the message; `state` is failed, or bounced for a dead address."""

    def __init__(self, reason: str, *, state: DeliveryState = DeliveryState.FAILED) -> None:
        super().__init__(reason)
        self.state = state


class Mailer(Protocol):
    """Hands mail over."""

    async def send(self, message: Mail, /) -> object:
        """Hand a mail over.

        Raises ChannelAway, HandoverInDoubt, MessageRefusedError.
        """

    async def close(self) -> None:
        """Close the open connections."""


class Text(Struct, frozen=True, kw_only=True):
    """A text to one number. `receipts_url` is where its provider reports to."""

    delivery_id: UUID
    to: str  # E.164
    text: str
    receipts_url: str | None


class SmsReceipt(Struct, frozen=True):
    """A provider's report about one text: the state that it reports, None for one on its way."""

    state: DeliveryState | None
    reason: str | None = None


class Texter(Protocol):
    """Hands texts to a provider of SMS, in three verbs, until it is closed."""

    async def send(self, message: Text, /) -> str:
        """Hand a text over; gives the provider's id of it.

        Raises ChannelAway, HandoverInDoubt, MessageRefusedError.
        """

    async def verify(self, text: Text) -> str | None:
        """Ask whether a text in doubt was taken: the provider's id of it, or None.

        Raises ChannelAway: the text stays in doubt.
        """

    def receipt(self, url: str, form: Mapping[str, str], signature: str) -> SmsReceipt:
        """Read a provider's report about a text.

        Raises Forbidden for one that the provider did not sign.
        """

    async def close(self) -> None:
        """Close the open connections."""


class Channels(Struct, frozen=True):
    """The channels of an installation; None for one that is not set up."""

    mailer: Mailer | None = None
    texter: Texter | None = None

    @property
    def set_up(self) -> frozenset[Channel]:
        """Name the channels that an operator set up."""
        ports = {Channel.EMAIL: self.mailer, Channel.SMS: self.texter}
        return frozenset(channel for channel, port in ports.items() if port is not None)

    async def close(self) -> None:
        """Close the open connections."""
        for port in (self.mailer, self.texter):
            if port is not None:
                await port.close()

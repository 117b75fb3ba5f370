"""A delivery as a value: one message to one person through one channel, and how its state moves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

FIRST = ""
"""The slot of the first delivery of its kind about a subject."""


class Channel(StrEnum):
    """The ways by which a message leaves."""

    EMAIL = "email"
    SMS = "sms"


class DeliveryKind(StrEnum):
    """The purpose of a message."""

    GIFT = "gift"  # the huggg itself, to its receiver
    REMINDER = "reminder"  # of a huggg that waits, or ends soon
    RECEIPT = "receipt"  # to a buyer: bought, sent, money came back
    ALARM = "alarm"  # to a team or an operator
    CONFIRMATION = "confirmation"  # asks whether an address is its reader's


class DeliveryState(StrEnum):
    """The state of a delivery."""

    QUEUED = "queued"  # not handed over yet
    SENT = "sent"  # the channel took it
    DELIVERED = "delivered"  # the channel reports that it arrived
    BOUNCED = "bounced"  # the channel reports that it will not arrive
    FAILED = "failed"  # the channel refused it, or its outcome will never be known
    SUPPRESSED = "suppressed"  # not handed over, because it had lost its meaning


BEFORE: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset(),
    DeliveryState.SENT: frozenset({DeliveryState.QUEUED}),
    DeliveryState.SUPPRESSED: frozenset({DeliveryState.QUEUED}),
    DeliveryState.FAILED: frozenset({DeliveryState.QUEUED, DeliveryState.SENT}),
    DeliveryState.BOUNCED: frozenset({DeliveryState.QUEUED, DeliveryState.SENT}),
    DeliveryState.DELIVERED: frozenset(
        {DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.BOUNCED}
    ),
}
"""The states that each state may follow.

Reports arrive late and in any order, so one that a later report overtook changes nothing. No report
moves a delivery away from *delivered*, and none revives one that was suppressed.
"""


def state_after(state: DeliveryState, reported: DeliveryState) -> DeliveryState:
    """Say the state that a report leads to: the reported one, or none other than before."""
    return reported if state in BEFORE[reported] else state


class NewDelivery(Struct, frozen=True, kw_only=True, gc=False):
    """A gift's delivery that a purchase makes. Name and language are None where the user's own do."""

    huggg_id: UUID
    person_id: UUID
    channel: Channel
    name: str | None = None
    language: str | None = None


class ShownDelivery(Struct, frozen=True, kw_only=True):
    """A delivery as its sender sees it. `address` is None for a reader who may not see it."""

    id: UUID
    huggg_id: UUID
    kind: DeliveryKind
    slot: str
    channel: Channel
    state: DeliveryState
    reason: str | None
    queued_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    bounced_at: datetime | None
    failed_at: datetime | None
    suppressed_at: datetime | None
    address: str | None = None

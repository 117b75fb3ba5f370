"""The rule of handing over: whether a delivery still has a meaning, just before its channel gets it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum, auto

from msgspec import Struct

from huggg.notifications.delivery import Channel, DeliveryKind

PATIENCE = timedelta(days=5)
"""The time after which a message that no channel took is given up, as mail servers do."""


class Contact(Struct, frozen=True):
    """A reader's wishes about messages to an address, and whether the address is dead."""

    language: str | None = None
    unwanted: Collection[str] = ()
    is_dead: bool = False


class Verdict(Enum):
    """The next step for a delivery."""

    HAND_OVER = auto()
    VERIFY = auto()  # a channel may have it: ask, and hand it over only if it does not
    SUPPRESS = auto()
    FAIL = auto()


OUTGOING = frozenset({Verdict.HAND_OVER, Verdict.VERIFY})
"""The verdicts about deliveries that go to their channel."""


class Handover(Struct, frozen=True):
    """The decision about a delivery, and for one that is not handed over the reason."""

    verdict: Verdict
    reason: str | None = None


def decide_handover(
    kind: DeliveryKind,
    channel: Channel,
    contact: Contact,
    *,
    has_address: bool,
    is_readable: bool = True,
    is_begun: bool,
    since: datetime,
    now: datetime,
) -> Handover:
    """Decide about a delivery that waits `since` it could leave.

    A message in doubt: a provider of SMS tells whether it took it. A mail server cannot be asked. A gift
    is mailed again then, under the same Message-ID, by which mailboxes drop the second; a reminder is
    not, because a reminder too many is worse than one too few.
    """
    if (reason := _why_suppressed(kind, contact, has_address=has_address)) is not None:
        return Handover(Verdict.SUPPRESS, reason)
    if not is_readable:
        return Handover(Verdict.FAIL, "its address does not open")
    is_late = now - since > PATIENCE
    if is_begun and channel is Channel.SMS and not is_late:
        return Handover(Verdict.VERIFY)
    if is_begun and (channel is Channel.SMS or kind is DeliveryKind.REMINDER):
        return Handover(Verdict.FAIL, "its outcome is unknown")
    if is_late:
        return Handover(Verdict.FAIL, "no channel took it in time")
    return Handover(Verdict.HAND_OVER)


def _why_suppressed(kind: DeliveryKind, contact: Contact, *, has_address: bool) -> str | None:
    """Say why a delivery must not leave; a confirmation was asked for by its reader just now."""
    if not has_address:
        return "no address"
    if kind is DeliveryKind.CONFIRMATION:
        return None
    if contact.is_dead:
        return "bounced"
    return "unsubscribed" if kind in contact.unwanted else None

"""The group as a value, and the rules that need no database: its state, and the key of a person."""

from __future__ import annotations

import hmac
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from huggg.kit.codes import FINGERPRINT_BYTES
from huggg.kit.email import mailbox_key
from huggg.transactions.group_link import GroupLink


class GroupState(StrEnum):
    """The state of a group; an earlier one of this list wins over a later one."""

    SCHEDULED = "scheduled"  # bought, to be sent on a day that has not come
    OPEN = "open"  # a huggg is free
    OVER = "over"  # the last day to claim is over
    CANCELLED = "cancelled"  # its sender took back the hugggs that were left
    NONE_LEFT = "none left"  # people have taken all hugggs


class FreeHuggg(Struct, frozen=True):
    """The next huggg of a group that may be taken, and its days."""

    sent_at: datetime
    claim_day: date  # the last day to claim
    last_day: date  # to redeem, once it is claimed


class Group(Struct, frozen=True):
    """A group as of one moment."""

    transaction_id: UUID
    product_id: UUID
    link: GroupLink
    team_id: UUID | None  # the sender's
    theme_id: str
    sender: str  # the team's name, or the user's own
    message: str | None
    free: FreeHuggg | None
    over_since: date | None  # the last day to claim, if hugggs were left after it
    is_cancelled: bool  # hugggs that were left

    def state(self, now: datetime) -> GroupState:
        """Derive the state at the moment that the group was read."""
        if self.free is not None:
            return GroupState.SCHEDULED if now < self.free.sent_at else GroupState.OPEN
        if self.over_since is not None:
            return GroupState.OVER
        return GroupState.CANCELLED if self.is_cancelled else GroupState.NONE_LEFT


def claimer_key(link: GroupLink, address: str) -> bytes:
    """Fingerprint an e-mail address for one link: the same for each spelling that reaches one mailbox.

    Raises Invalid for a text that is no address.
    """
    digest = hmac.digest(link.secret, mailbox_key(address).encode(), "sha256")
    return digest[:FINGERPRINT_BYTES]

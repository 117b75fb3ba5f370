"""The statuses by which hugggs are searched, as SQL: the one place that says which columns mean which.

Every huggg is in one of three parts, and each part has an index of its own in the order of update. A
redemption moves a huggg from one part to another and writes one index entry, as without parts.
"""

from __future__ import annotations

from typing import NamedTuple

PARTS = {
    "redeemed": "h.redemption_id IS NOT NULL",
    "cancelled": "h.redemption_id IS NULL AND h.cancelled_at IS NOT NULL",
    "open": "h.redemption_id IS NULL AND h.cancelled_at IS NULL",
}
"""The predicates of the indexes `hugggs_…_by_update`, to the letter."""


class Status(NamedTuple):
    """A status as a part of the hugggs, and the side of the last instant on which they are."""

    part: str
    side: str = ""

    @property
    def sql(self) -> str:
        """Write its condition."""
        return f"{PARTS[self.part]}{' AND ' * bool(self.side)}{self.side}"


STATUSES = {
    "redeemed": Status("redeemed"),
    "cancelled": Status("cancelled"),
    "expired": Status("open", "h.expires_at <= now()"),
    "sent": Status("open", "h.expires_at > now()"),
}
"""The states of `Huggg.state`; a search takes all that can still be redeemed for one."""

"""The rule of a brand: the allowance of each of its devices without the server.

A brand without a rule has no offline scans: its devices accept none, and its gifts show no offline code.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

SCANS_MAX = 10_000
VALUE_MAX = 100_000_000
HOURS_MAX = 24 * 31


class LossBearer(StrEnum):
    """The bearer of the loss when a device accepted a huggg that was spent already."""

    MERCHANT = "merchant"  # it is not paid for the goods
    PLATFORM = "platform"  # the operator pays the merchant


class OfflineRule(Struct, frozen=True):
    """The allowance of one device between two visits to the server, and the bearer of losses."""

    scans: int
    value: int  # pence
    hours: int  # since the last refresh of its revoked list
    losses: LossBearer

    @property
    def time(self) -> timedelta:
        """Give the time for which a device may accept without a refresh."""
        return timedelta(hours=self.hours)

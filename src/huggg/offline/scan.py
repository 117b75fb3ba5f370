"""An offline scan: a huggg that a device accepted without the server, and the decision on its arrival.

Its device gave it an id, so it is taken in once however often it is sent. It becomes a redemption under
that id, or a *conflict*, which a person settles.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from huggg.identity.caller import Caller
from huggg.offline.code import OfflineFacts
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.redemptions.errors import (
    CannotRedeem,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    HugggHeld,
    InvalidLocation,
)
from huggg.redemptions.redemption import (
    Location,
    Spendable,
    check_location,
    check_redeemable,
    refuse_unspendable,
)
from huggg.redemptions.sale import Sale
from huggg.refusal import Refusal


class ConflictReason(StrEnum):
    """The reason why an offline scan became no redemption."""

    SPENT = "spent"  # it was redeemed elsewhere, before the scan arrived
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HELD = "held"  # by another till
    MOVED = "moved"  # the code is from before a move
    NOT_HONOURED = "not_honoured"  # by the brand of the device
    NO_LOCATION = "no_location"  # it was removed, or the staff may not redeem there
    UNKNOWN = "unknown"  # the huggg does not exist, or is not sent yet
    DEVICE_REVOKED = "device_revoked"
    NO_RULE = "no_rule"  # the brand has no offline scans
    OVER_ALLOWANCE = "over_allowance"  # more hugggs, more value, or for longer, than the rule allows


REASONS: dict[type[Refusal], ConflictReason] = {
    HugggAlreadyRedeemed: ConflictReason.SPENT,
    HugggCancelled: ConflictReason.CANCELLED,
    HugggExpired: ConflictReason.EXPIRED,
    HugggHeld: ConflictReason.HELD,
    CannotRedeem: ConflictReason.NOT_HONOURED,
    InvalidLocation: ConflictReason.NO_LOCATION,
}
"""The reason of each refusal of a redemption; every other refusal is UNKNOWN."""


class Settlement(StrEnum):
    """The end of a conflict."""

    REDEEMED = "redeemed"  # the huggg could be redeemed after all
    MERCHANT = "merchant"  # bears the loss
    PLATFORM = "platform"  # paid the merchant


class AcceptedScan(Struct, frozen=True):
    """A scan as its device tells it; `refreshed_at` is when it last heard the server before that."""

    id: UUID
    facts: OfflineFacts
    location_id: str
    scanned_at: datetime
    refreshed_at: datetime
    sale: Sale


class OfflineDevice(Struct, frozen=True):
    """The device that accepted a scan: a paired browser, or the user of an ePOS."""

    id: UUID
    caller: Caller
    is_revoked: bool = False


class WaitingScans(Struct, frozen=True):
    """The scans that waited on a device when it accepted another one, and their value in pence."""

    scans: int
    value: int


class OfflineScan(Struct, frozen=True):
    """A scan that was taken in, by both times; a conflict where it has a reason."""

    id: UUID
    huggg_id: UUID
    brand_id: UUID
    location_id: str
    device_id: UUID
    user_id: UUID | None
    value: int
    scanned_at: datetime
    arrived_at: datetime
    sale: Sale
    reason: ConflictReason | None
    losses: LossBearer  # by the rule of its arrival
    sequence: int | None  # of its code: the moves before it; None where an older server took it in
    settlement: Settlement | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    note: str | None = None  # why it was settled so


def decide_scan(
    scan: AcceptedScan,
    huggg: Spendable | None,
    location: Location | None,
    *,
    device: OfflineDevice,
    rule: OfflineRule | None,
    sequence: int,
    waiting: WaitingScans,
    now: datetime,
) -> ConflictReason | None:
    """Decide on the arrival of a scan: None lets it be redeemed.

    The state of the huggg comes first, because a conflict about the device alone can still be redeemed.
    """
    if huggg is not None and scan.facts.sequence != sequence:
        return ConflictReason.MOVED
    try:
        huggg = check_redeemable(huggg, device.caller, now)
        refuse_unspendable(huggg, now)
        check_location(location, huggg, device.caller)
    except Refusal as refusal:
        return reason_of(refusal)
    if device.is_revoked:
        return ConflictReason.DEVICE_REVOKED
    if rule is None:
        return ConflictReason.NO_RULE
    return None if _within(rule, scan, waiting) else ConflictReason.OVER_ALLOWANCE


def reason_of(refusal: Refusal) -> ConflictReason:
    """Give the reason that a refusal of a redemption is."""
    return REASONS.get(type(refusal), ConflictReason.UNKNOWN)


def _within(rule: OfflineRule, scan: AcceptedScan, waiting: WaitingScans) -> bool:
    return (
        waiting.scans < rule.scans
        and waiting.value + scan.facts.value <= rule.value
        and scan.scanned_at - scan.refreshed_at <= rule.time
    )

"""The data of events about hugggs, from sending to the end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from huggg.events.data import EventData


class ValueReturned(EventData, frozen=True):
    """The pence that went back to wallet or card; 0 for a value that stays, or is not due yet."""

    returned: int
    sealed_reason: str | None = None  # of a cancellation, under the person key of the buyer
    by: str | None = None  # an operator of the command line


class DaysChanged(EventData, frozen=True):
    """The last day and the instant of sending that hold from now on.

    A huggg that is not claimed from its group yet has a next last day, which it gets with the claim.
    """

    expiry_date: str
    sent_at: datetime
    next_expiry_date: str | None = None


class ProductPicked(EventData, frozen=True):
    """The product that the huggg is for from now on, and the choice that it was until then."""

    product_id: UUID
    choice_id: UUID


class ReceiverChanged(EventData, frozen=True):
    """The user that the huggg goes to from now on."""

    receiver_id: UUID


class RedemptionAt(EventData, frozen=True):
    """A redemption and the location of it."""

    redemption_id: UUID
    brand_id: UUID
    location_id: str


class HoldAt(EventData, frozen=True):
    """A hold and the location of it."""

    hold_id: UUID
    brand_id: UUID
    location_id: str


class ScanAt(EventData, frozen=True):
    """A scan that a device accepted offline, by the device's clock, and the reason of the conflict."""

    scan_id: UUID
    brand_id: UUID
    location_id: str
    device_id: UUID
    scanned_at: datetime
    reason: str


class ScanSettled(EventData, frozen=True):
    """The end of a conflict, its value in pence, and the person's reason."""

    scan_id: UUID
    settlement: str
    amount: int
    reason: str

"""The data of events: one class for each set of keys, as `events.data` holds them.

A field with a default may be missing: it came with a later release, or one of several statements writes
it. Money is in pence.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class EventData(Struct, frozen=True, kw_only=True):
    """The data of an event, beside its kind, subject, instant and author."""


class NoData(EventData, frozen=True):
    """Kind and subject say everything."""


class Reason(EventData, frozen=True):
    """The reason of an operator or a rule."""

    reason: str


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


class RefundIntended(EventData, frozen=True):
    """A part of a card's charge that is to go back to the card."""

    refund: UUID
    payment: UUID
    amount: int


class RedemptionAt(EventData, frozen=True):
    """A redemption and the location of it."""

    redemption_id: UUID
    brand_id: UUID
    location_id: str


class DeviceAt(EventData, frozen=True):
    """The location of a device of the till page."""

    brand_id: UUID
    location_id: str


class HoldAt(EventData, frozen=True):
    """A hold and the location of it."""

    hold_id: UUID
    brand_id: UUID
    location_id: str


class VoucherMade(EventData, frozen=True):
    """A huggg's voucher, and where its code came from."""

    voucher_id: UUID
    origin: str  # pool, minted, promised, own; purchase: made with its huggg
    segment_id: UUID | None = None


class VoucherReplaced(EventData, frozen=True):
    """The voucher that stands from now on, and the one that does not."""

    voucher_id: UUID
    replaced: UUID
    segment_id: UUID | None
    reason: str


class VoucherUnused(EventData, frozen=True):
    """A voucher that is gone, because no answer had its code."""

    voucher_id: UUID


class VoucherShown(EventData, frozen=True):
    """A voucher whose code was shown to a member of staff."""

    voucher_id: UUID
    reason: str


class IssuanceRenewed(EventData, frozen=True):
    """The new key under which a brand's service is asked, and the last outcome under the old one."""

    key: UUID
    attempts: int
    refused: str | None
    new_key: UUID
    reason: str


class IssuerSet(EventData, frozen=True):
    """The issuer of the codes."""

    kind: str  # pool, minted or http
    url: str | None


class PoolLow(EventData, frozen=True):
    """The level that a pool fell to."""

    brand_id: UUID
    low_water: int


class PoolChanged(EventData, frozen=True):
    """The pool's policies that an operator set."""

    low_water: int | None = None
    short_codes: str | None = None
    ended_codes: str | None = None


class CodesImported(EventData, frozen=True):
    """Codes that came into a pool."""

    segment_id: UUID
    size: int


class CodesWithdrawn(EventData, frozen=True):
    """Codes that left a pool."""

    count: int


class PurchaseForgotten(EventData, frozen=True):
    """The number of its hugggs, whose time to be kept is over."""

    quantity: int


class PurchaseMade(EventData, frozen=True):
    """The purchase."""

    quantity: int
    retail: int


class PurchaseFailed(EventData, frozen=True):
    """The outcome of the card's payment, and its reason."""

    payment: str  # declined or refunded
    reason: str


class PaymentIntended(EventData, frozen=True):
    """A payment, and the amount that its card is charged."""

    payment: UUID
    amount: int


class PaymentRefunding(EventData, frozen=True):
    """A payment that is given back, and why."""

    payment: UUID
    reason: str


class PaymentGivenUp(EventData, frozen=True):
    """A payment that is left to an operator."""

    payment: UUID


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


class LocationNamed(EventData, frozen=True):
    """A location of the brand."""

    location: str


class SymbologySet(EventData, frozen=True):
    """The symbology in which the brand's codes are drawn from now on."""

    symbology: str


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


class OfflineRuleSet(EventData, frozen=True):
    """The allowance of each of the brand's devices, value in pence, and the bearer of losses."""

    scans: int
    value: int
    hours: int
    losses: str


class ThemeNamed(EventData, frozen=True):
    """A theme of the team, by its id."""

    theme: str


class RefundPolicySet(EventData, frozen=True):
    """The days after which value returns, null for never, and the team and brand, null for all."""

    team_id: UUID | None
    brand_id: UUID | None
    after_days: int | None


class RefundPolicyRemoved(EventData, frozen=True):
    """The team and the brand of a policy that holds no more."""

    team_id: UUID | None
    brand_id: UUID | None


class RoleSet(EventData, frozen=True):
    """The role that a user has from now on."""

    role: str | None


class TeamPolicySet(EventData, frozen=True):
    """The people who see the codes of the team's claimed hugggs."""

    code_viewers: str  # holders or claimer


class TeamRetentionSet(EventData, frozen=True):
    """The days after the end of a huggg for which the data about its people are kept; null for ever."""

    keep_days: int | None


class TeamMessagesSet(EventData, frozen=True):
    """The language of messages to the team's receivers, and the slots of SMS reminders."""

    language: str | None
    legacy_sms: bool


class WalletAlarmSet(EventData, frozen=True):
    """The level below which the wallet's team is told; null for none."""

    below: int | None


class DeliveryChanged(EventData, frozen=True):
    """A message about the subject, and the reason of its state if there is one."""

    delivery_id: UUID
    kind: str  # gift, reminder, receipt, alarm or confirmation
    channel: str  # email or sms
    reason: str | None


class KeyCreated(EventData, frozen=True):
    """The scopes of an API key; null: no limit beyond its user's role."""

    scopes: list[str] | None


class SecretRotated(EventData, frozen=True):
    """Until when the secret before still opens."""

    previous_until: datetime | None


class ImportCount(Struct, frozen=True):
    """The entities of one sort that an import wrote, and those that it left as they were."""

    created: int
    updated: int
    unchanged: int


class CatalogueImported(EventData, frozen=True):
    """The rows that an import wrote, by sort."""

    brands: ImportCount
    products: ImportCount
    stores: ImportCount
    segments: ImportCount
    locations: ImportCount
    adjustment_codes: ImportCount
    choices: ImportCount

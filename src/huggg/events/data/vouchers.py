"""The data of events about vouchers, their issuers and pools."""

from __future__ import annotations

from uuid import UUID

from huggg.events.data import EventData


class VoucherMade(EventData, frozen=True):
    """A huggg's voucher, and the origin of its code."""

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

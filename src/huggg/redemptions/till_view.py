"""The till's view: all that a till must know before it rings a huggg up, from one question."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.redemptions.redemption import (
    Redemption,
    Spendable,
    check_honoured,
    check_location,
    refuse_unspendable,
)
from huggg.redemptions.store import find_redemption, location_from, spendable_from
from huggg.refusal import Refusal

queries = Queries(__file__)


class VoucherClass(StrEnum):
    """The class of a voucher in VAT law; `unknown` where the product's data lack it."""

    SINGLE = "single"  # taxed when it was sold
    MULTI = "multi"  # taxed when it is redeemed
    UNKNOWN = "unknown"


class Treatment(StrEnum):
    """The entry of a huggg at a till."""

    TENDER = "tender"  # ring the goods up with VAT; the huggg pays
    DISCOUNT = "discount"  # already taxed: take the huggg off the price, and charge no VAT on it again
    UNKNOWN = "unknown"


CLASSES = {"SPV": VoucherClass.SINGLE, "MPV": VoucherClass.MULTI}
TREATMENTS = {VoucherClass.SINGLE: Treatment.DISCOUNT, VoucherClass.MULTI: Treatment.TENDER}


class Vat(Struct, frozen=True):
    """The VAT of a huggg. `rate` in percent, where the class is single and the product has one."""

    voucher_class: VoucherClass
    rate: float | None


class StandingHold(Struct, frozen=True):
    """The hold that stands, for staff of its merchant; other staff learns when it ends."""

    id: UUID | None
    location_id: str | None
    reference: str | None
    ends_at: datetime


class TillView(Struct, frozen=True):
    """A huggg as a till sees it; `reason` is why it cannot be redeemed here now."""

    huggg: Spendable
    reason: Refusal | None
    location_id: str | None
    product_label: str | None
    adjustment_codes: list[str]
    value: int
    currency: str
    vat: Vat
    hold: StandingHold | None
    redemption: Redemption | None  # the one that stands, where it is the caller's merchant's

    @property
    def treatment(self) -> Treatment:
        """Give the huggg's entry at the till."""
        return TREATMENTS.get(self.vat.voucher_class, Treatment.UNKNOWN)


def lookup_at_till(
    database: Database,
    huggg: HugggReference,
    location_id: str | None,
    *,
    brand_id: UUID | None = None,
) -> Lookup:
    """Prepare to read a huggg as a till sees it, and the clock.

    `brand_id` is the till's merchant, where the caller is not read along.
    """
    return Lookup(database, queries.at_till, huggg, location_id=location_id, brand_id=brand_id)


async def view_at_till(
    database: Database, lookup: Lookup, huggg: HugggReference, *, caller: Caller, at_location: bool
) -> TillView:
    """Show the huggg of a lookup by `lookup_at_till` to staff of a merchant that honours it.

    `at_location`: the till told its location. `huggg` differs from the lookup's where a redeem code was
    resolved to an id. Raises HugggNotFound, CannotRedeem.
    """
    row = await lookup.at(huggg, brand_id=caller.brand_id).row()
    spendable, now = check_honoured(spendable_from(row), caller, row["now"]), row["now"]
    redemption = None
    if spendable.redemption_id is not None:
        redemption = await find_redemption(database, spendable.id, spendable.redemption_id)
    return TillView(
        huggg=spendable,
        reason=_reason(row, spendable, caller, now, at_location=at_location),
        location_id=row["location_id"] if row["location_brand_id"] == caller.brand_id else None,
        product_label=row["label"],
        adjustment_codes=row["codes"],
        value=row["value"],
        currency=row["currency"],
        vat=vat_of(row["voucher_type"], row["rate"]),
        hold=_hold(row, spendable, caller, now),
        redemption=redemption
        if redemption is not None and redemption.brand_id == caller.brand_id
        else None,
    )


def vat_of(voucher_type: str | None, rate: str | None) -> Vat:
    """Read a product's published `vat_voucher_type` and, as JSON, its `vat`; guess nothing."""
    voucher_class = CLASSES.get((voucher_type or "").strip().upper(), VoucherClass.UNKNOWN)
    if voucher_class is not VoucherClass.SINGLE:
        return Vat(voucher_class, None)
    try:
        return Vat(voucher_class, msgspec.json.decode(rate or "null", type=float | None, strict=False))
    except msgspec.MsgspecError:
        return Vat(voucher_class, None)


def _reason(
    row: Record, huggg: Spendable, caller: Caller, now: datetime, *, at_location: bool
) -> Refusal | None:
    """Give the first refusal that a redemption would meet."""
    try:
        refuse_unspendable(huggg, now)
        if at_location:
            check_location(location_from(row), huggg, caller)
    except Refusal as refusal:
        return refusal
    return None


def _hold(row: Record, huggg: Spendable, caller: Caller, now: datetime) -> StandingHold | None:
    if huggg.held_until is None or now >= huggg.held_until:
        return None
    if row["hold_brand_id"] != caller.brand_id:
        return StandingHold(None, None, None, huggg.held_until)
    return StandingHold(row["hold_id"], row["hold_location_id"], row["hold_reference"], huggg.held_until)

"""The redemption as a value, and the rules for redeeming and unredeeming, without a database."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.hugggs.errors import HugggNotFound, HugggNotYetSent
from huggg.hugggs.huggg import is_there_for
from huggg.identity.caller import Caller
from huggg.kit.ids import new_id
from huggg.redemptions.errors import (
    AlreadyUnredeemed,
    CannotRedeem,
    CannotUnredeem,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    HugggHeld,
    InvalidLocation,
    NoAdjustmentOnceRedeemed,
    NotTheLatest,
    RedemptionIdUsed,
    RedemptionNotFound,
)
from huggg.redemptions.sale import NO_SALE, Sale
from huggg.refusal import Refusal


class Redemption(Struct, frozen=True, gc=False):
    """The spending of a huggg at a location; `reversed_at` once it was taken back.

    `hold_id` names the hold that it confirmed.
    """

    id: UUID
    huggg_id: UUID
    brand_id: UUID
    location_id: str
    user_id: UUID | None
    client_id: str
    created_at: datetime
    updated_at: datetime
    reversed_at: datetime | None = None
    hold_id: UUID | None = None
    sale: Sale = NO_SALE

    @property
    def redeemed(self) -> bool:
        """Tell whether it still stands."""
        return self.reversed_at is None


class Location(Struct, frozen=True, gc=False):
    """The location of a redemption, and the merchant of its till."""

    id: str
    brand_id: UUID


class Spendable(Struct, frozen=True, gc=False):
    """The facts about a huggg that the decision to redeem needs."""

    id: UUID
    sender_id: UUID
    owner_id: UUID
    product_id: UUID
    honoured_by: frozenset[UUID]  # brands
    redemption_id: UUID | None
    cancelled_at: datetime | None
    sent_at: datetime
    expires_at: datetime
    held_until: datetime | None = None  # by a till that may confirm
    awaits_pick: bool = False  # a choice, of which its receiver has yet to pick a product


def decide_redemption(
    huggg: Spendable | None,
    location: Location | None,
    *,
    caller: Caller,
    now: datetime,
    sale: Sale = NO_SALE,
    redemption_id: UUID | None = None,
) -> Redemption:
    """Spend a huggg at a location; `redemption_id` is the till's own, if it gave one.

    Raises the first refusal in the published order: HugggNotFound (also before it is sent),
    CannotRedeem, HugggAlreadyRedeemed, HugggCancelled, HugggExpired, HugggNotYetSent, then HugggHeld,
    which is ours, and InvalidLocation. A caller without permission is refused before it learns whether
    the huggg is spent.
    """
    huggg = check_redeemable(huggg, caller, now)
    refuse_unspendable(huggg, now)
    location = check_location(location, huggg, caller)
    return Redemption(
        id=redemption_id or new_id(),
        huggg_id=huggg.id,
        brand_id=location.brand_id,
        location_id=location.id,
        user_id=caller.user_id,
        client_id=caller.client_id,
        created_at=now,
        updated_at=now,
        sale=sale,
    )


def repeat_redemption(
    before: Redemption, location_id: str | None, sale: Sale, *, caller: Caller
) -> Redemption:
    """Give the redemption that a till's own id names to the till that sends it again.

    Raises RedemptionIdUsed where it was another's, or another redemption, and AlreadyUnredeemed.
    """
    if caller.brand_id is None:
        is_own = before.user_id == caller.user_id
    else:
        is_own = before.brand_id == caller.brand_id
    if not is_own or (before.location_id, before.sale) != (location_id, sale):
        raise RedemptionIdUsed
    if not before.redeemed:
        raise AlreadyUnredeemed
    return before


def check_reversal(
    huggg: Spendable | None, before: Redemption | None, *, caller: Caller, now: datetime
) -> Spendable:
    """Decide whether the caller may reverse a redemption; `before` is None where none arrived.

    Raises HugggNotFound, and CannotUnredeem to all but staff of the merchant of the redemption.
    """
    huggg = _check_visible(caller, huggg, now)
    if before is None:
        if not caller.acts_for(huggg.honoured_by):
            raise CannotUnredeem
    elif before.brand_id != caller.brand_id or not caller.acts_at(before.location_id):
        raise CannotUnredeem
    return huggg


def is_spendable(huggg: Spendable, now: datetime) -> bool:
    """Tell whether some location can redeem a huggg at this instant."""
    try:
        refuse_unspendable(huggg, now)
    except Refusal:
        return False
    return True


def refuse_unspendable(huggg: Spendable, now: datetime) -> None:
    """Refuse a huggg that no location can redeem at this instant, in the published order.

    Raises HugggAlreadyRedeemed, HugggCancelled, HugggExpired, HugggNotYetSent, HugggHeld.
    """
    if huggg.redemption_id is not None:
        raise HugggAlreadyRedeemed
    if huggg.cancelled_at is not None:
        raise HugggCancelled
    if now >= huggg.expires_at:
        raise HugggExpired
    if now < huggg.sent_at:
        raise HugggNotYetSent
    if huggg.held_until is not None and now < huggg.held_until:
        raise HugggHeld


def check_location(location: Location | None, huggg: Spendable, caller: Caller) -> Location:
    """Give the location where the caller may redeem the huggg. Raises InvalidLocation."""
    if location is None or not _may_redeem_at(location, huggg, caller):
        raise InvalidLocation
    return location


def decide_adjustment(huggg: Spendable | None, *, caller: Caller, now: datetime) -> Spendable:
    """Decide whether a till may see the adjustment codes; those of an expired huggg it may.

    Raises HugggNotFound (also before it is sent), CannotRedeem, NoAdjustmentOnceRedeemed,
    HugggNotYetSent.
    """
    huggg = check_honoured(huggg, caller, now)
    if huggg.redemption_id is not None:
        raise NoAdjustmentOnceRedeemed
    if now < huggg.sent_at:
        raise HugggNotYetSent
    return huggg


def check_honoured(huggg: Spendable | None, caller: Caller, now: datetime) -> Spendable:
    """Give the huggg to staff of a merchant that honours it. Raises HugggNotFound, CannotRedeem."""
    huggg = _check_visible(caller, huggg, now)
    if huggg.awaits_pick or not caller.acts_for(huggg.honoured_by):
        raise CannotRedeem
    return huggg


class RedeemedHuggg(Struct, frozen=True, gc=False):
    """The facts that the decision to unredeem needs: the huggg and its latest redemption."""

    honoured_by: frozenset[UUID]
    latest: Redemption | None
    requested_exists: bool  # whether the requested redemption is one of this huggg's


LATEST = "latest"


def decide_unredemption(
    huggg: RedeemedHuggg | None, requested: UUID | None, *, caller: Caller, now: datetime
) -> Redemption:
    """Take a redemption back; `requested` is None for the alias `latest`.

    Raises, in this order, HugggNotFound, CannotUnredeem, RedemptionNotFound, NotTheLatest,
    AlreadyUnredeemed.
    """
    if huggg is None:
        raise HugggNotFound
    latest = huggg.latest
    redeemed_here = latest is not None and latest.brand_id == caller.brand_id
    if not redeemed_here and not caller.acts_for(huggg.honoured_by):
        raise CannotUnredeem
    if latest is None or (requested is not None and not huggg.requested_exists):
        raise RedemptionNotFound
    if requested is None and not latest.redeemed:
        raise RedemptionNotFound
    if latest.brand_id != caller.brand_id or not caller.acts_at(latest.location_id):
        raise CannotUnredeem
    if requested is not None and requested != latest.id:
        raise NotTheLatest
    if not latest.redeemed:
        raise AlreadyUnredeemed
    return msgspec.structs.replace(latest, updated_at=now, reversed_at=now)


def _check_visible(caller: Caller, huggg: Spendable | None, now: datetime) -> Spendable:
    if huggg is None or not is_there_for(
        caller.user_id, sender_id=huggg.sender_id, sent_at=huggg.sent_at, now=now
    ):
        raise HugggNotFound
    return huggg


def check_redeemable(huggg: Spendable | None, caller: Caller, now: datetime) -> Spendable:
    """Give the huggg to its owner, or staff that may redeem it. Raises HugggNotFound, CannotRedeem.

    A choice without a pick is for no merchant's goods yet, so it is redeemed for none.
    """
    huggg = _check_visible(caller, huggg, now)
    may_redeem = _owns(huggg, caller) or caller.acts_for(huggg.honoured_by)
    if huggg.awaits_pick or not may_redeem:
        raise CannotRedeem
    return huggg


def _owns(huggg: Spendable, caller: Caller) -> bool:
    return caller.user_id is not None and caller.user_id == huggg.owner_id


def _may_redeem_at(location: Location, huggg: Spendable, caller: Caller) -> bool:
    """Owners may stand at any location that honours the huggg, staff at their own."""
    if location.brand_id not in huggg.honoured_by:
        return False
    if _owns(huggg, caller):  # staff, too, if they received it
        return True
    return location.brand_id == caller.brand_id and caller.acts_at(location.id)

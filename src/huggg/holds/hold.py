"""The hold as a value, and the rules for holding, confirming and reversing, without a database."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from huggg.holds.errors import HoldLapsed, HoldNotFound, HoldReversed
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.huggg import is_there_for
from huggg.identity.caller import Caller
from huggg.kit.ids import new_id
from huggg.redemptions.errors import (
    AlreadyUnredeemed,
    CannotRedeem,
    HugggAlreadyRedeemed,
    InvalidLocation,
)
from huggg.redemptions.redemption import (
    Location,
    Redemption,
    Spendable,
    check_honoured,
    check_location,
    refuse_unspendable,
)
from huggg.redemptions.sale import NO_SALE, Sale

SECONDS = 120
SECONDS_MAX = 900


class HoldState(StrEnum):
    """The state of a hold."""

    HELD = "held"
    CONFIRMED = "confirmed"
    REVERSED = "reversed"
    LAPSED = "lapsed"


class Hold(Struct, frozen=True, gc=False):
    """A till's hold on a huggg; `reference` is the till's own."""

    id: UUID
    huggg_id: UUID
    brand_id: UUID
    location_id: str
    user_id: UUID | None
    client_id: str
    reference: str | None
    created_at: datetime
    ends_at: datetime
    reversed_at: datetime | None = None


class HoldFacts(Struct, frozen=True, gc=False):
    """The facts that the end of a hold depends on."""

    sender_id: UUID
    sent_at: datetime
    honoured_by: frozenset[UUID]  # brands
    hold: Hold | None
    standing_id: UUID | None  # the latest hold on the huggg itself, if nothing has ended it but time
    spent: bool  # by any redemption
    redemption: Redemption | None  # the hold's own


def state_of(facts: HoldFacts, hold: Hold, now: datetime) -> HoldState:
    """Derive the state of a hold at an instant."""
    if facts.redemption is not None and facts.redemption.redeemed:
        return HoldState.CONFIRMED
    if facts.redemption is not None or hold.reversed_at is not None:
        return HoldState.REVERSED
    if now >= hold.ends_at or facts.standing_id != hold.id:
        return HoldState.LAPSED
    return HoldState.HELD


def decide_hold(
    huggg: Spendable | None,
    location: Location | None,
    *,
    seconds: int,
    reference: str | None,
    caller: Caller,
    now: datetime,
) -> Hold:
    """Hold a huggg for a till of a merchant that honours it.

    Raises the refusals of a redemption there, in their order; a huggg is held by staff alone, so its
    owner gets CannotRedeem.
    """
    huggg = check_honoured(huggg, caller, now)
    refuse_unspendable(huggg, now)
    location = check_location(location, huggg, caller)
    if location.brand_id != caller.brand_id or not caller.acts_at(location.id):
        raise InvalidLocation  # staff that received it may redeem elsewhere, and holds at its own till
    return Hold(
        id=new_id(),
        huggg_id=huggg.id,
        brand_id=location.brand_id,
        location_id=location.id,
        user_id=caller.user_id,
        client_id=caller.client_id,
        reference=reference,
        created_at=now,
        ends_at=now + timedelta(seconds=seconds),
    )


def repeated_hold(
    facts: HoldFacts | None, location_id: str, reference: str, *, caller: Caller, now: datetime
) -> Hold | None:
    """Give the hold that stands to the till that placed it, when that asks again for the same sale.

    A till is a user at a location; many tills may share one log-in, so the reference names the sale.
    """
    if facts is None or facts.hold is None or state_of(facts, facts.hold, now) is not HoldState.HELD:
        return None
    hold = facts.hold
    sale = (caller.client_id, caller.user_id, location_id, reference)
    return hold if sale == (hold.client_id, hold.user_id, hold.location_id, hold.reference) else None


def decide_confirmation(
    facts: HoldFacts | None, *, caller: Caller, now: datetime, sale: Sale = NO_SALE
) -> Redemption:
    """Redeem the held huggg; a confirmation that comes again gives the redemption that the first made.

    The redemption is at the location of the hold. Without a reference of its own it has that of the
    hold. Raises the errors of `own_hold`, then AlreadyUnredeemed, HoldReversed, HugggAlreadyRedeemed,
    HoldLapsed.
    """
    facts, hold = own_hold(facts, caller, now=now)
    if facts.redemption is not None:
        if not facts.redemption.redeemed:
            raise AlreadyUnredeemed
        return facts.redemption
    if hold.reversed_at is not None:
        raise HoldReversed
    if state_of(facts, hold, now) is HoldState.LAPSED:
        raise HugggAlreadyRedeemed if facts.spent else HoldLapsed
    return Redemption(
        id=new_id(),
        huggg_id=hold.huggg_id,
        brand_id=hold.brand_id,
        location_id=hold.location_id,
        user_id=caller.user_id,
        client_id=caller.client_id,
        created_at=now,
        updated_at=now,
        hold_id=hold.id,
        sale=_with_reference(sale, hold.reference),
    )


def own_hold(facts: HoldFacts | None, caller: Caller, *, now: datetime) -> tuple[HoldFacts, Hold]:
    """Give the hold to staff who may stand at its till.

    Raises HugggNotFound, CannotRedeem, and HoldNotFound where it is missing or another merchant's.
    """
    if facts is None or not is_there_for(
        caller.user_id, sender_id=facts.sender_id, sent_at=facts.sent_at, now=now
    ):
        raise HugggNotFound
    hold = facts.hold if facts.hold is not None and facts.hold.brand_id == caller.brand_id else None
    if hold is None:
        raise HoldNotFound if caller.acts_for(facts.honoured_by) else CannotRedeem
    if not caller.acts_at(hold.location_id):
        raise CannotRedeem
    return facts, hold


def _with_reference(sale: Sale, reference: str | None) -> Sale:
    if reference is None or sale.reference is not None:
        return sale
    return Sale(reference, sale.receipt_number, sale.staff, sale.amount)

"""Holding, confirming and reversing: the permitted callers, the order of refusals, and the states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace as changed

from huggg.holds.errors import HoldLapsed, HoldNotFound, HoldReversed
from huggg.holds.hold import (
    Hold,
    HoldFacts,
    HoldState,
    decide_confirmation,
    decide_hold,
    own_hold,
    repeated_hold,
    state_of,
)
from huggg.hugggs.errors import HugggNotFound, HugggNotYetSent
from huggg.redemptions.errors import (
    AlreadyUnredeemed,
    CannotRedeem,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    HugggHeld,
    InvalidLocation,
)
from huggg.redemptions.redemption import Spendable
from huggg.redemptions.sale import NO_SALE, Sale
from huggg.refusal import Refusal
from tests.support.values import (
    AMARA,
    BO,
    BRISTOL,
    FIRST,
    HARBOUR,
    HUGGG,
    KETTLE,
    LANTERN,
    LEEDS,
    NOW,
    customer,
    redemption,
    spendable,
    till,
)

MOMENT = timedelta(microseconds=1)
HOLD, OTHER = UUID(int=0xE1), UUID(int=0xE2)


def hold(**changes: Any) -> Hold:
    """A hold of Harbour's till in Bristol, that a minute is left of."""
    fine: dict[str, Any] = {
        "id": HOLD,
        "huggg_id": HUGGG,
        "brand_id": HARBOUR,
        "location_id": "bristol17",
        "user_id": UUID(int=0xA9),
        "client_id": "pos",
        "reference": "A-1",
        "created_at": NOW - timedelta(minutes=1),
        "ends_at": NOW + timedelta(minutes=1),
    }
    return Hold(**(fine | changes))


def hold_facts(**changes: Any) -> HoldFacts:
    fine: dict[str, Any] = {
        "sender_id": AMARA,
        "sent_at": NOW - timedelta(days=1),
        "honoured_by": frozenset({HARBOUR}),
        "hold": hold(),
        "standing_id": HOLD,
        "spent": False,
        "redemption": None,
    }
    return HoldFacts(**(fine | changes))


def refusal_of(act: Callable[[], object]) -> type[Refusal]:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.type


def place(huggg: Spendable | None, caller: Any = None, location: Any = BRISTOL) -> Hold:
    return decide_hold(huggg, location, seconds=90, reference="A-1", caller=caller or till(), now=NOW)


def test_a_hold_says_whose_it_is_and_when_it_lapses() -> None:
    new_hold = place(spendable())
    assert new_hold == hold(id=new_hold.id, created_at=NOW, ends_at=NOW + timedelta(seconds=90))


@pytest.mark.parametrize(
    ("huggg", "refusal"),
    [
        (None, HugggNotFound),
        (spendable(sent_at=NOW + MOMENT), HugggNotFound),
        (spendable(honoured_by=frozenset({KETTLE})), CannotRedeem),
        (spendable(redemption_id=FIRST), HugggAlreadyRedeemed),
        (spendable(cancelled_at=NOW), HugggCancelled),
        (spendable(expires_at=NOW), HugggExpired),
        (spendable(held_until=NOW + MOMENT), HugggHeld),
    ],
)
def test_a_huggg_is_not_held_that_could_not_be_redeemed(
    huggg: Spendable | None, refusal: type[Refusal]
) -> None:
    assert refusal_of(lambda: place(huggg)) is refusal


def test_a_lapsed_hold_keeps_no_other_away() -> None:
    assert place(spendable(held_until=NOW)).huggg_id == HUGGG


def test_its_sender_at_a_till_of_their_own_holds_no_scheduled_huggg() -> None:
    huggg = spendable(sender_id=till().user_id, sent_at=NOW + MOMENT)
    assert refusal_of(lambda: place(huggg)) is HugggNotYetSent


def test_only_staff_holds_and_at_a_till_of_its_own() -> None:
    assert refusal_of(lambda: place(spendable(), customer(BO))) is CannotRedeem  # its owner
    assert refusal_of(lambda: place(spendable(), location=None)) is InvalidLocation
    assert refusal_of(lambda: place(spendable(), location=LEEDS)) is InvalidLocation
    bath = till(HARBOUR, "bath2")
    assert refusal_of(lambda: place(spendable(), bath)) is InvalidLocation
    assert refusal_of(lambda: place(spendable(owner_id=bath.user_id), bath)) is InvalidLocation


STANDS = redemption(hold_id=HOLD)
TAKEN_BACK = changed(STANDS, reversed_at=NOW)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, HoldState.HELD),
        ({"hold": hold(ends_at=NOW + MOMENT)}, HoldState.HELD),
        ({"hold": hold(ends_at=NOW)}, HoldState.LAPSED),
        ({"standing_id": OTHER}, HoldState.LAPSED),
        ({"hold": hold(reversed_at=NOW), "standing_id": None}, HoldState.REVERSED),
        ({"redemption": STANDS, "standing_id": None, "spent": True}, HoldState.CONFIRMED),
        ({"redemption": TAKEN_BACK, "standing_id": None}, HoldState.REVERSED),
        ({"redemption": STANDS, "hold": hold(ends_at=NOW)}, HoldState.CONFIRMED),
    ],
)
def test_a_hold_is_in_one_state_at_an_instant(facts: dict[str, Any], state: HoldState) -> None:
    known = hold_facts(**facts)
    assert known.hold is not None
    assert state_of(known, known.hold, NOW) is state


def test_a_confirmation_redeems_where_the_huggg_is_held_and_under_the_references_of_the_till() -> None:
    confirmation = decide_confirmation(hold_facts(), caller=till(), now=NOW, sale=NO_SALE)
    assert confirmation == redemption(
        id=confirmation.id, created_at=NOW, updated_at=NOW, hold_id=HOLD, sale=Sale("A-1")
    )
    sale = Sale(receipt_number="7", staff="Bo", amount=780)
    confirmation = decide_confirmation(hold_facts(), caller=till(), now=NOW, sale=sale)
    assert confirmation.sale == Sale("A-1", "7", "Bo", 780)
    own = decide_confirmation(hold_facts(), caller=till(), now=NOW, sale=Sale("B-2"))
    assert own.sale == Sale("B-2")
    nameless = hold_facts(hold=hold(reference=None))
    assert decide_confirmation(nameless, caller=till(), now=NOW, sale=NO_SALE).sale is NO_SALE


def test_a_confirmation_that_comes_again_gives_the_redemption_that_it_made() -> None:
    confirmation = decide_confirmation(hold_facts(redemption=STANDS), caller=till(), now=NOW)
    assert confirmation is STANDS


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"redemption": TAKEN_BACK}, AlreadyUnredeemed),
        ({"hold": hold(reversed_at=NOW)}, HoldReversed),
        ({"hold": hold(ends_at=NOW)}, HoldLapsed),
        ({"standing_id": OTHER}, HoldLapsed),
        ({"standing_id": None, "spent": True}, HugggAlreadyRedeemed),
    ],
)
def test_a_hold_that_ended_is_not_confirmed(facts: dict[str, Any], refusal: type[Refusal]) -> None:
    assert (
        refusal_of(lambda: decide_confirmation(hold_facts(**facts), caller=till(), now=NOW)) is refusal
    )


@pytest.mark.parametrize(
    ("facts", "caller", "refusal"),
    [
        (None, till(), HugggNotFound),
        ({"sent_at": NOW + MOMENT}, till(), HugggNotFound),
        ({}, customer(BO), CannotRedeem),
        ({}, till(LANTERN), CannotRedeem),
        ({"hold": None}, till(LANTERN), CannotRedeem),
        ({"hold": None}, till(), HoldNotFound),
        ({"honoured_by": frozenset({HARBOUR, KETTLE})}, till(KETTLE), HoldNotFound),
        ({}, till(HARBOUR, "bath2"), CannotRedeem),
    ],
)
def test_a_hold_is_ended_by_staff_of_its_till_alone(
    facts: dict[str, Any] | None, caller: Any, refusal: type[Refusal]
) -> None:
    known = None if facts is None else hold_facts(**facts)
    assert refusal_of(lambda: own_hold(known, caller, now=NOW)) is refusal


def test_a_hold_is_its_merchants_also_after_the_merchant_honours_the_product_no_more() -> None:
    known = hold_facts(honoured_by=frozenset())
    assert own_hold(known, till(), now=NOW) == (known, known.hold)


@pytest.mark.parametrize(
    ("changes", "location", "reference"),
    [
        ({"hold": None}, "bristol17", "A-1"),
        ({"hold": hold(reference=None)}, "bristol17", "A-1"),
        ({}, "bristol17", "A-2"),
        ({}, "bath2", "A-1"),
        ({"hold": hold(user_id=BO)}, "bristol17", "A-1"),
        ({"hold": hold(client_id="other")}, "bristol17", "A-1"),
        ({"hold": hold(ends_at=NOW)}, "bristol17", "A-1"),
        ({"hold": hold(reversed_at=NOW)}, "bristol17", "A-1"),
        ({"standing_id": OTHER}, "bristol17", "A-1"),
        ({"redemption": redemption(hold_id=HOLD)}, "bristol17", "A-1"),
    ],
)
def test_a_hold_is_given_again_for_the_same_sale_of_the_same_till_while_it_stands(
    changes: dict[str, Any], location: str, reference: str
) -> None:
    assert repeated_hold(hold_facts(), "bristol17", "A-1", caller=till(), now=NOW) == hold()
    assert repeated_hold(hold_facts(**changes), location, reference, caller=till(), now=NOW) is None
    assert repeated_hold(None, location, reference, caller=till(), now=NOW) is None

"""The pick of a choice, as a rule: its parties, its refusals in their order, and that it is final."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from huggg.hugggs.errors import (
    CannotPick,
    HugggAlreadyCancelled,
    HugggAlreadyClaimed,
    HugggAlreadyExpired,
    HugggAlreadyPicked,
    HugggAlreadySpent,
    HugggNotFound,
    HugggScheduled,
    NoChoice,
)
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.pick import OfferedProduct, decide_pick
from huggg.identity.caller import Caller
from huggg.refusal import Refusal
from tests.support.values import AMARA, BO, CLEO, COFFEE, FIRST, NOW, customer, huggg

TREAT, TEA = UUID(int=0xF1), UUID(int=0xF2)
DAY, ENDS = date(2026, 8, 31), NOW + timedelta(days=90, hours=5)
OFFERED = OfferedProduct(COFFEE, "https://pictures.test/coffee.png", DAY, ENDS)
PAGE, PROGRAM = Caller("page", None, shows_hugggs=True), Caller("program", None)


def choice(**changes: Any) -> Huggg:
    return huggg(**({"product_id": TREAT, "choice_id": TREAT} | changes))


def picked_by(caller: Caller, **changes: Any) -> Huggg:
    return decide_pick(choice(**changes), COFFEE, OFFERED, caller=caller, now=NOW)


@pytest.mark.parametrize("caller", [customer(BO), PAGE])
def test_a_pick_makes_the_huggg_one_of_the_picked_product(caller: Caller) -> None:
    picked = picked_by(caller, receiver_id=BO)
    assert picked == choice(
        receiver_id=BO,
        product_id=COFFEE,
        image_url=OFFERED.image_url,
        expiry_date=DAY,
        expires_at=ENDS,
        updated_at=NOW,
    )
    assert not picked.awaits_pick


@pytest.mark.parametrize("caller", [customer(AMARA), customer(CLEO), PAGE])
def test_without_a_named_receiver_each_holder_of_the_link_may_pick(caller: Caller) -> None:
    assert picked_by(caller).product_id == COFFEE


@pytest.mark.parametrize(
    ("caller", "changes", "refusal"),
    [
        (customer(AMARA), {"receiver_id": BO}, HugggNotFound),
        (customer(CLEO), {"receiver_id": BO}, HugggNotFound),
        (customer(CLEO), {"receiver_id": BO, "assigned_at": NOW}, HugggNotFound),
        (PROGRAM, {}, HugggNotFound),
        (customer(CLEO), {"assigned_at": NOW}, HugggAlreadyClaimed),
        (customer(BO), {"choice_id": None}, NoChoice),
        (customer(BO), {"product_id": TEA}, HugggAlreadyPicked),
        (customer(BO), {"product_id": TEA, "cancelled_at": NOW}, HugggAlreadyPicked),
        (customer(BO), {"sent_at": NOW + timedelta(days=1)}, HugggNotFound),
        (PAGE, {"sent_at": NOW + timedelta(days=1)}, HugggNotFound),
        (customer(AMARA), {"sent_at": NOW + timedelta(days=1)}, HugggScheduled),
        (customer(BO), {"redemption_id": FIRST}, HugggAlreadySpent),
        (customer(BO), {"cancelled_at": NOW}, HugggAlreadyCancelled),
        (customer(BO), {"expires_at": NOW}, HugggAlreadyExpired),
    ],
)
def test_each_refusal_has_its_reason(
    caller: Caller, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        picked_by(caller, **changes)


@pytest.mark.parametrize("offered", [None, OfferedProduct(COFFEE, None, DAY, NOW)])
def test_a_product_that_is_not_offered_or_over_is_not_picked(offered: OfferedProduct | None) -> None:
    with pytest.raises(CannotPick):
        decide_pick(choice(), COFFEE, offered, caller=PAGE, now=NOW)


@pytest.mark.parametrize("changes", [{}, {"redemption_id": FIRST}, {"cancelled_at": NOW}])
def test_the_same_pick_again_gives_the_huggg_as_it_is(changes: dict[str, Any]) -> None:
    before = choice(product_id=COFFEE, **changes)
    assert decide_pick(before, COFFEE, None, caller=PAGE, now=NOW) is before


def test_the_choice_itself_cannot_be_picked() -> None:
    with pytest.raises(CannotPick):
        decide_pick(choice(), TREAT, None, caller=PAGE, now=NOW)


def test_a_missing_huggg_is_not_found() -> None:
    with pytest.raises(HugggNotFound):
        decide_pick(None, COFFEE, None, caller=customer(BO), now=NOW)

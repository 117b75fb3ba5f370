"""Redeeming and unredeeming: the permitted callers and places, and the order of refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import TypeVar
from uuid import UUID

import pytest
from msgspec.structs import replace as changed

from huggg.hugggs.errors import HugggNotFound, HugggNotYetSent
from huggg.identity.caller import Caller
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
    RedemptionNotFound,
)
from huggg.redemptions.redemption import (
    Location,
    RedeemedHuggg,
    Redemption,
    Spendable,
    decide_adjustment,
    decide_redemption,
    decide_unredemption,
    is_spendable,
)
from huggg.refusal import Refusal
from tests.support.values import (
    AMARA,
    BO,
    BRISTOL,
    CLEO,
    COFFEE,
    FIRST,
    HARBOUR,
    HUGGG,
    KETTLE,
    LANTERN,
    LEEDS,
    NOW,
    SECOND,
    customer,
    redemption,
    spendable,
    till,
)

T = TypeVar("T")

MOMENT = timedelta(microseconds=1)


def subsets(faults: Iterable[T]) -> Iterable[tuple[T, ...]]:
    known = tuple(faults)
    return (some for size in range(1, len(known) + 1) for some in combinations(known, size))


def refusal_of(act: Callable[[], object]) -> type[Refusal]:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.type


@dataclass(frozen=True)
class Attempt:
    huggg: Spendable
    caller: Caller
    location: Location | None
    exists: bool = True

    def decide(self) -> Redemption:
        huggg = self.huggg if self.exists else None
        return decide_redemption(huggg, self.location, caller=self.caller, now=NOW)


def scheduled(huggg: Spendable, caller: Caller) -> Spendable:
    """Let the caller have sent it to themselves, for an instant from now."""
    assert caller.user_id is not None
    return changed(huggg, sender_id=caller.user_id, sent_at=NOW + MOMENT)


FINE = Attempt(spendable(), till(), BRISTOL)

REDEMPTION_REFUSALS: dict[type[Refusal], Callable[[Attempt], Attempt]] = {
    HugggNotFound: lambda at: replace(at, exists=False),
    CannotRedeem: lambda at: replace(at, caller=till(LANTERN)),
    HugggAlreadyRedeemed: lambda at: replace(at, huggg=changed(at.huggg, redemption_id=FIRST)),
    HugggCancelled: lambda at: replace(at, huggg=changed(at.huggg, cancelled_at=NOW)),
    HugggExpired: lambda at: replace(at, huggg=changed(at.huggg, expires_at=NOW)),
    HugggNotYetSent: lambda at: replace(at, huggg=scheduled(at.huggg, at.caller)),
    HugggHeld: lambda at: replace(at, huggg=changed(at.huggg, held_until=NOW + MOMENT)),
    InvalidLocation: lambda at: replace(at, location=None),
}
"""The published order of the page of redemptions, with the cancelled where an expired one stands, and
the scheduled, of which only its sender hears, and the held, which no page knows, behind it."""


def test_of_all_refusals_to_redeem_that_are_true_the_first_of_the_published_order_is_given() -> None:
    for faults in subsets(REDEMPTION_REFUSALS):
        attempt = FINE
        for fault in faults:
            attempt = REDEMPTION_REFUSALS[fault](attempt)
        assert refusal_of(attempt.decide) is faults[0], faults


def test_a_redemption_says_what_was_spent_where_by_whom_and_when() -> None:
    decided = FINE.decide()
    assert decided == Redemption(
        id=decided.id,
        huggg_id=HUGGG,
        brand_id=HARBOUR,
        location_id="bristol17",
        user_id=FINE.caller.user_id,
        client_id="pos",
        created_at=NOW,
        updated_at=NOW,
        reversed_at=None,
    )
    assert decided.redeemed
    assert isinstance(decided.id, UUID)


ANYWHERE = spendable(honoured_by=frozenset({HARBOUR, KETTLE}))
BATH = Location("bath2", HARBOUR)
YORK = Location("york1", LANTERN)


@pytest.mark.parametrize(
    ("huggg", "caller", "location"),
    [
        pytest.param(spendable(), till(), BATH, id="a merchant at any of their locations"),
        pytest.param(spendable(), till(HARBOUR, "bath2"), BATH, id="a till at its own location"),
        pytest.param(ANYWHERE, till(KETTLE), LEEDS, id="a consolidated product at one brand"),
        pytest.param(ANYWHERE, till(HARBOUR), BRISTOL, id="a consolidated product at another"),
        pytest.param(spendable(), customer(BO), BATH, id="the owner at any location"),
        pytest.param(ANYWHERE, customer(BO), LEEDS, id="the owner at any brand's location"),
        pytest.param(
            spendable(honoured_by=frozenset({KETTLE}), owner_id=till().user_id),
            till(),
            LEEDS,
            id="staff who own it at another merchant's location",
        ),
        pytest.param(
            spendable(owner_id=till().user_id),
            till(HARBOUR, "bath2"),
            BRISTOL,
            id="staff who own it away from their till",
        ),
    ],
)
def test_redeeming_is_allowed_to(huggg: Spendable, caller: Caller, location: Location) -> None:
    decided = decide_redemption(huggg, location, caller=caller, now=NOW)
    assert (decided.brand_id, decided.location_id) == (location.brand_id, location.id)


@pytest.mark.parametrize(
    ("huggg", "caller", "location", "refusal"),
    [
        pytest.param(spendable(), customer(CLEO), BRISTOL, CannotRedeem, id="a stranger"),
        pytest.param(spendable(), Caller("app"), BRISTOL, CannotRedeem, id="a client without a user"),
        pytest.param(
            spendable(), till(KETTLE), LEEDS, CannotRedeem, id="a merchant who does not sell it"
        ),
        pytest.param(ANYWHERE, till(KETTLE), BRISTOL, InvalidLocation, id="at another merchant's till"),
        pytest.param(spendable(), till(), LEEDS, InvalidLocation, id="at a location of no such brand"),
        pytest.param(
            spendable(),
            till(HARBOUR, "bath2"),
            BRISTOL,
            InvalidLocation,
            id="at another till of the brand",
        ),
        pytest.param(
            spendable(), customer(BO), YORK, InvalidLocation, id="the owner where it is not honoured"
        ),
        pytest.param(spendable(), customer(BO), None, InvalidLocation, id="the owner at no location"),
    ],
)
def test_redeeming_is_refused_to(
    huggg: Spendable, caller: Caller, location: Location | None, refusal: type[Refusal]
) -> None:
    decide = lambda: decide_redemption(huggg, location, caller=caller, now=NOW)  # noqa: E731
    assert refusal_of(decide) is refusal


def test_a_huggg_is_good_until_the_last_microsecond_before_it_ends() -> None:
    ends = datetime(2026, 6, 19, 23, 0, tzinfo=UTC)
    huggg = spendable(expires_at=ends)
    assert decide_redemption(huggg, BRISTOL, caller=till(), now=ends - MOMENT).redeemed
    with pytest.raises(HugggExpired):
        decide_redemption(huggg, BRISTOL, caller=till(), now=ends)


@pytest.mark.parametrize("caller", [till(), customer(BO), till(LANTERN), customer(CLEO), Caller("app")])
def test_a_huggg_is_there_for_nobody_but_its_sender_until_the_instant_it_is_sent(caller: Caller) -> None:
    sent = datetime(2026, 12, 24, tzinfo=UTC)
    huggg = spendable(sender_id=AMARA, sent_at=sent, expires_at=sent + timedelta(days=30))
    before = sent - MOMENT

    def redeem(now: datetime) -> Redemption:
        return decide_redemption(huggg, BRISTOL, caller=caller, now=now)

    assert refusal_of(lambda: redeem(before)) is HugggNotFound
    assert refusal_of(lambda: decide_adjustment(huggg, caller=caller, now=before)) is HugggNotFound
    if caller in (till(), customer(BO)):
        assert redeem(sent).redeemed
    else:
        assert refusal_of(lambda: redeem(sent)) is CannotRedeem


def test_its_sender_may_redeem_a_huggg_of_their_own_from_the_instant_it_is_sent() -> None:
    sent = datetime(2026, 12, 24, tzinfo=UTC)
    huggg = spendable(owner_id=AMARA, sent_at=sent, expires_at=sent + timedelta(days=30))

    def redeem(now: datetime) -> Redemption:
        return decide_redemption(huggg, BRISTOL, caller=customer(AMARA), now=now)

    assert refusal_of(lambda: redeem(sent - MOMENT)) is HugggNotYetSent
    assert redeem(sent).redeemed


def test_its_sender_may_not_redeem_a_scheduled_huggg_of_somebody_else() -> None:
    huggg = spendable(sent_at=NOW + MOMENT)
    redeem = lambda: decide_redemption(huggg, BRISTOL, caller=customer(AMARA), now=NOW)  # noqa: E731
    assert refusal_of(redeem) is CannotRedeem


# Adjustment codes ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    huggg: Spendable
    caller: Caller
    exists: bool = True

    def decide(self) -> Spendable:
        huggg = self.huggg if self.exists else None
        return decide_adjustment(huggg, caller=self.caller, now=NOW)


ADJUSTMENT_REFUSALS: dict[type[Refusal], Callable[[Question], Question]] = {
    HugggNotFound: lambda q: replace(q, exists=False),
    CannotRedeem: lambda q: replace(q, caller=till(LANTERN)),
    NoAdjustmentOnceRedeemed: lambda q: replace(q, huggg=changed(q.huggg, redemption_id=FIRST)),
    HugggNotYetSent: lambda q: replace(q, huggg=scheduled(q.huggg, q.caller)),
}


def test_of_all_refusals_to_tell_adjustment_codes_the_first_of_the_published_order_is_given() -> None:
    for faults in subsets(ADJUSTMENT_REFUSALS):
        question = Question(spendable(), till())
        for fault in faults:
            question = ADJUSTMENT_REFUSALS[fault](question)
        assert refusal_of(question.decide) is faults[0], faults


@pytest.mark.parametrize(
    "huggg",
    [
        pytest.param(spendable(), id="a live huggg"),
        pytest.param(spendable(expires_at=NOW - timedelta(days=9)), id="an expired huggg"),
    ],
)
def test_a_till_may_ask_for_adjustment_codes_of(huggg: Spendable) -> None:
    assert decide_adjustment(huggg, caller=till(), now=NOW).product_id == COFFEE


def test_adjustment_codes_are_for_tills_only_not_for_owners() -> None:
    with pytest.raises(CannotRedeem):
        decide_adjustment(spendable(), caller=customer(BO), now=NOW)


# Unredeeming ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class TakeBack:
    huggg: RedeemedHuggg
    requested_id: UUID | None
    caller: Caller
    exists: bool = True

    def decide(self) -> Redemption:
        huggg = self.huggg if self.exists else None
        return decide_unredemption(huggg, self.requested_id, caller=self.caller, now=NOW)


def spent(latest: Redemption | None, *, requested_exists: bool = True) -> RedeemedHuggg:
    return RedeemedHuggg(frozenset({HARBOUR, KETTLE}), latest, requested_exists)


LATER = redemption(id=SECOND)
UNDONE = redemption(id=SECOND, reversed_at=NOW - timedelta(minutes=5))


@pytest.mark.parametrize("requested_id", [SECOND, None])
def test_taking_back_keeps_when_it_was_and_changes_only_that_it_is_no_more(
    requested_id: UUID | None,
) -> None:
    assert TakeBack(spent(LATER), requested_id, till()).decide() == changed(
        LATER, updated_at=NOW, reversed_at=NOW
    )


@pytest.mark.parametrize(
    ("huggg", "caller"),
    [
        pytest.param(
            RedeemedHuggg(frozenset(), LATER, requested_exists=True), till(), id="not honoured any more"
        ),
        pytest.param(spent(LATER), till(HARBOUR, "bath2", "bristol17"), id="bound to where it was"),
    ],
)
def test_the_till_that_redeemed_may_take_it_back(huggg: RedeemedHuggg, caller: Caller) -> None:
    assert not TakeBack(huggg, None, caller).decide().redeemed


UNREDEMPTION_REFUSALS: dict[type[Refusal], Callable[[TakeBack], TakeBack]] = {
    HugggNotFound: lambda at: replace(at, exists=False),
    CannotUnredeem: lambda at: replace(at, caller=till(LANTERN)),
    RedemptionNotFound: lambda at: replace(at, huggg=changed(at.huggg, requested_exists=False)),
    NotTheLatest: lambda at: replace(at, requested_id=FIRST),
    AlreadyUnredeemed: lambda at: replace(at, huggg=changed(at.huggg, latest=UNDONE)),
}


def test_of_all_refusals_to_take_a_redemption_back_the_first_in_order_is_given() -> None:
    for faults in subsets(UNREDEMPTION_REFUSALS):
        attempt = TakeBack(spent(LATER), SECOND, till())
        for fault in faults:
            attempt = UNREDEMPTION_REFUSALS[fault](attempt)
        assert refusal_of(attempt.decide) is faults[0], faults


@pytest.mark.parametrize(
    ("attempt", "refusal"),
    [
        pytest.param(TakeBack(spent(None), None, till()), RedemptionNotFound, id="none there yet"),
        pytest.param(
            TakeBack(spent(UNDONE), None, till()),
            RedemptionNotFound,
            id="latest of one that is taken back",
        ),
        pytest.param(
            TakeBack(spent(LATER), None, customer(BO)), CannotUnredeem, id="its owner, who is no till"
        ),
        pytest.param(
            TakeBack(spent(LATER), None, till(KETTLE)), CannotUnredeem, id="redeemed at another merchant"
        ),
        pytest.param(
            TakeBack(spent(LATER), SECOND, till(KETTLE)), CannotUnredeem, id="by id, at another merchant"
        ),
        pytest.param(
            TakeBack(spent(LATER), FIRST, till(KETTLE)),
            CannotUnredeem,
            id="not the latest, which is another merchant's business",
        ),
        pytest.param(
            TakeBack(spent(LATER), None, till(HARBOUR, "bath2")),
            CannotUnredeem,
            id="redeemed at another till",
        ),
    ],
)
def test_taking_back_is_refused(attempt: TakeBack, refusal: type[Refusal]) -> None:
    assert refusal_of(attempt.decide) is refusal


def test_a_huggg_is_spendable_from_its_sending_to_its_last_instant_unless_spent_or_held() -> None:
    fine = spendable()
    last = fine.expires_at - timedelta(microseconds=1)
    assert is_spendable(fine, fine.sent_at)
    assert is_spendable(fine, last)
    assert not is_spendable(fine, fine.sent_at - timedelta(microseconds=1))
    assert not is_spendable(fine, fine.expires_at)
    for spent in ({"redemption_id": FIRST}, {"cancelled_at": NOW}, {"held_until": last}):
        assert not is_spendable(spendable(**spent), NOW), spent

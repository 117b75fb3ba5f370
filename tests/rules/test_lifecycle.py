"""The table of changes: each pair of a change and a state either has a row or a refusal of its own."""

from __future__ import annotations

import pytest

from huggg.hugggs.errors import (
    CannotChangeHuggg,
    HugggAlreadyCancelled,
    HugggAlreadyClaimed,
    HugggAlreadyExpired,
    HugggAlreadySpent,
    HugggNotFound,
    HugggScheduled,
)
from huggg.hugggs.huggg import State
from huggg.hugggs.lifecycle import TRANSITIONS, Change, Party, allow, possible
from huggg.refusal import Refusal

OVER = {
    State.REDEEMED: HugggAlreadySpent,
    State.CANCELLED: HugggAlreadyCancelled,
    State.EXPIRED: HugggAlreadyExpired,
}


def test_no_change_leads_to_two_ends_by_one_event() -> None:
    keys = [(row.change, row.before, row.after) for row in TRANSITIONS]
    assert len(keys) == len(set(keys))
    for change in Change:
        assert len({(row.event, row.money) for row in TRANSITIONS if row.change is change}) == 1


@pytest.mark.parametrize("state", [State.UNSENT, State.SENT])
def test_a_receiver_claims_what_is_sent(state: State) -> None:
    row = allow(Change.CLAIM, state, [Party.RECEIVER])
    assert (row.after, row.event) == (State.CLAIMED, "huggg.claimed")


@pytest.mark.parametrize(
    ("state", "refusal"),
    [*OVER.items(), (State.CLAIMED, HugggAlreadyClaimed), (State.SCHEDULED, HugggScheduled)],
)
def test_a_claim_of_anything_else_is_refused_by_its_state(state: State, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        allow(Change.CLAIM, state, [Party.RECEIVER])


def test_a_stranger_learns_nothing_and_another_party_that_it_may_not() -> None:
    for state in State:
        with pytest.raises(HugggNotFound):
            allow(Change.CLAIM, state, [])
        with pytest.raises(CannotChangeHuggg):
            allow(Change.CLAIM, state, [Party.TILL])


def test_the_possible_changes_are_those_that_are_allowed() -> None:
    for state in State:
        for party in Party:
            for change in Change:
                try:
                    allow(change, state, [party])
                except (CannotChangeHuggg, *OVER.values(), HugggAlreadyClaimed, HugggScheduled):
                    assert change not in possible(state, [party])
                else:
                    assert change in possible(state, [party])

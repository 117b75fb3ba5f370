"""The checker of histories, checked: it takes possible histories and no others."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.history import HistoryEntry, contradiction


def redeemed(asked_at: float, answered: float) -> HistoryEntry:
    return HistoryEntry(asked_at, answered, acted=True, spent=True)


def unredeemed(asked_at: float, answered: float) -> HistoryEntry:
    return HistoryEntry(asked_at, answered, acted=True, spent=False)


def seen_spent(asked_at: float, answered: float) -> HistoryEntry:
    return HistoryEntry(asked_at, answered, acted=False, spent=True)


def seen_unspent(asked_at: float, answered: float) -> HistoryEntry:
    return HistoryEntry(asked_at, answered, acted=False, spent=False)


def test_one_after_the_other_is_explained() -> None:
    assert contradiction([redeemed(0, 1), seen_spent(2, 3), unredeemed(4, 5), redeemed(6, 7)]) == []


def test_answers_out_of_turn_are_explained_when_their_times_overlap() -> None:
    assert contradiction([redeemed(0, 9), redeemed(1, 8), unredeemed(2, 3)]) == []
    assert contradiction([seen_spent(0, 2), redeemed(1, 9)]) == []


def test_two_redemptions_in_a_row_are_caught() -> None:
    twice = [redeemed(0, 1), redeemed(2, 3)]
    assert contradiction(twice) == [twice[1]]


def test_two_redemptions_at_once_are_caught_when_nothing_came_between() -> None:
    twice = [redeemed(0, 5), redeemed(1, 4)]
    assert contradiction(twice) == [twice[0]]


def test_an_unredemption_that_came_too_late_to_explain_is_caught() -> None:
    late = [redeemed(0, 1), redeemed(2, 3), unredeemed(4, 5)]
    assert contradiction(late) == late[1:]


def test_a_refusal_that_was_never_true_is_caught() -> None:
    stale = [redeemed(0, 1), seen_unspent(2, 3), unredeemed(4, 5)]
    assert contradiction(stale) == stale[1:]


instants = st.permutations(range(10))
kinds = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=5)


@given(instants, kinds)
def test_it_agrees_with_trying_every_order(times: list[int], entries: list[tuple[bool, bool]]) -> None:
    history = [
        HistoryEntry(min(pair), max(pair), acted, spent)
        for pair, (acted, spent) in zip(zip(times[::2], times[1::2], strict=True), entries, strict=False)
    ]
    explained = any(explains(order) for order in permutations(history))
    assert (contradiction(history) == []) == explained


def explains(order: tuple[HistoryEntry, ...]) -> bool:
    """Check one order by the letter of its definition."""
    spent, latest_asked = False, float("-inf")
    for entry in order:
        latest_asked = max(latest_asked, entry.asked_at)
        if entry.answered < latest_asked or entry.spent != (spent != entry.acted):
            return False
        spent = entry.spent
    return True

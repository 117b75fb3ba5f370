"""Whether the answers about one huggg can have happened in some order.

An answer is an *act* (redeemed, unredeemed) or a *sight* (it is spent, it is unspent: a refusal says
which). Each took place at one instant between question and answer. An order explains a history when
acts alternate, beginning with a redemption, and every sight tells the state after the acts before it.

Finding one needs no search. Of the answers that may come next, those whose question was asked before
any other left answer was given, sights that are true now may come now: they change nothing. Of acts,
only those that turn the present state over may come, and among them the one that was answered first:
in any order that explains the history, it could change places with the one chosen there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One answer: when it was asked for and given, whether it acted, and whether that left it spent."""

    asked_at: float
    answered: float
    acted: bool
    spent: bool


def contradiction(history: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """Give the answers that no order explains, in the order of their coming; none, if all is well."""
    left = sorted(history, key=lambda entry: entry.answered)
    spent = False
    while left:
        first_answered = left[0].answered
        possible = [entry for entry in left if entry.asked_at <= first_answered]
        true_now = [entry for entry in possible if not entry.acted and entry.spent == spent]
        turning = [entry for entry in possible if entry.acted and entry.spent != spent]
        if not true_now and not turning:
            return left
        taken = true_now or turning[:1]
        spent = taken[0].spent
        left = [entry for entry in left if not any(entry is gone for gone in taken)]
    return []

"""A clerk reads plain sentences with a next step, and never those that the API has for programs."""

from __future__ import annotations

import re

import pytest

from huggg.hugggs.errors import HugggNotFound
from huggg.kit.errors import Invalid, TooManyRequests
from huggg.refusal import Refusal
from huggg.till.clerk_words import WORDS, clerk_words
from tests.support.refusals import all_refusals

AT_THE_TILL = ("huggg.redemptions.", "huggg.offline.", "huggg.staff.", "huggg.devices.")
"""Packages whose refusals reach the till page."""

REACHING = [*WORDS, *(each for each in all_refusals() if each.__module__.startswith(AT_THE_TILL))]


@pytest.mark.parametrize("refusal", REACHING, ids=lambda refusal: refusal.__name__)
def test_no_sentence_for_programs_reaches_a_clerk(refusal: type[Refusal]) -> None:
    words = clerk_words(refusal.sentence)
    assert re.fullmatch(r"[A-Z].*\.", words), words
    assert "huggg" not in words.lower()


def test_a_refusal_and_its_kept_sentence_have_the_same_words() -> None:
    words = "No gift has this code. Ask the customer to open the gift's page, and scan the code there."
    assert clerk_words(HugggNotFound()) == clerk_words("huggg not found") == words
    assert "Wait some minutes" in clerk_words(TooManyRequests(3.0, "misses"))


def test_a_sentence_without_other_words_tells_itself() -> None:
    assert clerk_words(Invalid("pin: must be 4 to 8 digits.")) == "pin: must be 4 to 8 digits."

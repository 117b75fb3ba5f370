"""The words of a text: the same for a message and for the texts searched in it, in every script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huggg.hugggs.words import LENGTH_MAX, UNSPACED, _spelt, _split_up, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Happy birthday\U0001f389", ["happy", "birthday", "\U0001f389"]),
        ("O'Brien", ["o", "brien"]),
        ("O\u2019Brien", ["o", "brien"]),
        ("\u201cgreat\u201d", ["great"]),
        ("birthday/anniversary", ["birthday", "anniversary"]),
        ("\u00a35", ["\u00a3", "5"]),
        ("50%, C++ & a_b", ["50", "c", "+", "a", "b"]),
        ("caf\u00e9", ["caf\u00e9"]),
        ("CAFE\u0301", ["caf\u00e9"]),
        ("Stra\u00dfe STRASSE", ["strasse"]),
        (
            "\u1f48\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2",
            ["\u1f40\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c3"],
        ),
        ("\uff28\uff49 \ufb01ne \u2460", ["hi", "fine", "1"]),
        ("\u091c\u0928\u094d\u092e\u0926\u093f\u0928", ["\u091c\u0928\u094d\u092e\u0926\u093f\u0928"]),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            ["\u0645\u06cc\u062e\u0648\u0627\u0647\u0645"],
        ),
        ("\u0e27\u0e31\u0e19", ["\u0e27", "\u0e31", "\u0e19", "\u0e27\u0e31", "\u0e31\u0e19"]),
        ("iPhone\u3092", ["iphone", "\u3092"]),
        ("\ud55c\uad6d\uc5b4 \ucd95\ud558", ["\ud55c\uad6d\uc5b4", "\ucd95\ud558"]),
        ("\u2764\ufe0f \u2764", ["\u2764"]),
        ("\U0001f469\u200d\U0001f4bb", ["\U0001f469", "\U0001f4bb"]),
        ("co\u00adop a\u200bb \u202eabc", ["coop", "a", "b", "abc"]),
        ("co\u034fop \u1832\u180b\u3164", ["coop", "\u1832"]),
        ("tea tea Tea", ["tea"]),
        ("x" * 100, ["x" * LENGTH_MAX]),
        ("", []),
        (" !? \u2014 \u2026 \u3002", []),
    ],
)
def test_a_text_splits_into(text: str, words: list[str]) -> None:
    assert words_of(text) == words


SIGNS = (
    "aZ09\u00e9\u0301\u00df\u0130\u0131\u03a3\u03c2\u00a3\u20ac$+'\u2019\u201c\u201d/-_.,! \n\u00a0"
    "\u3000\U0001f389\u2764\ufe0f\u200d\u200b\u0939\u093f\u094d\u0e27\u0e31\u0e19\u798f\u3092\ud55c\ufb01\u2460"
    "\u1780\u1000\u0627\u064e"
)
scripts = st.sampled_from(SIGNS)
texts = st.text(scripts, max_size=40) | st.text(max_size=30)


@given(texts)
@example("Happy birthday\U0001f389 O'Brien \u201cgreat\u201d birthday/anniversary \u00a35")
@example("\u00b4a \u0345\u03b1")
def test_a_message_has_every_word_of_each_part_of_it_as_it_was_written(message: str) -> None:
    words = set(words_of(message))
    for part in message.split():
        assert set(words_of(part)) <= words, part
        letters = [sign for sign in part if unicodedata.category(sign)[0] in "LNS"]
        assert words_of(part) or not letters


@given(texts)
def test_how_a_letter_is_composed_and_cased_makes_no_difference(message: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert set(words_of(unicodedata.normalize(form, message))) == set(words_of(message))
    folded = unicodedata.normalize("NFC", message).casefold()
    assert set(words_of(folded)) == set(words_of(message))


@given(texts)
def test_words_fit_an_index_and_a_list_parted_by_blanks(message: str) -> None:
    words = words_of(message)
    assert len(set(words)) == len(words)
    for word in words:
        assert 1 <= len(word) <= LENGTH_MAX
        assert word.split() == [word]
        assert "\0" not in word


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_texts_go_the_short_way_to_the_same_words(message: str) -> None:
    assert words_of(message) == _split_up(_spelt(message))


def test_the_ranges_of_scripts_are_in_order_and_apart() -> None:
    edges = [edge for span in UNSPACED for edge in span]
    assert edges == sorted(set(edges))

"""Languages: one is chosen by tag or header; days and money are in the reader's form."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from huggg.languages.language import accepted_language, language


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (None, "en"),
        ("", "en"),
        ("cy", "cy"),
        ("CY", "cy"),
        ("de-at", "de-AT"),
        ("de_AT", "de-AT"),
        ("de-XX", "de"),
        ("de-';", "de"),
        ("fr-CH-1996", "fr-CH"),
        ("ja", "en"),
        ("en-US", "en-US"),
    ],
)
def test_a_tag_finds_its_language_or_english(tag: str | None, expected: str) -> None:
    assert language(tag).tag == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("ja, cy;q=0.8, fr;q=0.9", "fr"),
        ("de;q=0, es;q=0.1", "es"),
        ("de;q=much, es;q=0.1", "es"),
        ("*", "en"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr-CH"),
        ("EN-us", "en-US"),
    ],
)
def test_a_header_finds_the_reader_s_first_language_that_there_are_words_of(
    header: str, expected: str
) -> None:
    assert accepted_language(header).tag == expected


@pytest.mark.parametrize(
    ("tag", "day", "money"),
    [
        ("en", "Friday, 4 December 2026", "£1,234.50"),
        ("en-US", "Friday, December 4, 2026", "£1,234.50"),
        ("cy", "Dydd Gwener, 4 Rhagfyr 2026", "£1,234.50"),
        ("de", "Freitag, 4. Dezember 2026", "1.234,50\N{NO-BREAK SPACE}£"),
        ("fr", "vendredi 4 décembre 2026", "1\N{NARROW NO-BREAK SPACE}234,50\N{NO-BREAK SPACE}£GB"),
        ("es", "viernes, 4 de diciembre de 2026", "1.234,50\N{NO-BREAK SPACE}GBP"),
    ],
)
def test_days_and_money_are_in_the_reader_s_form(tag: str, day: str, money: str) -> None:
    reader = language(tag)
    assert (reader.day(date(2026, 12, 4)), reader.money(123450)) == (day, money)


def test_an_instant_is_written_in_the_zone_that_it_is_in() -> None:
    assert language("en").instant(datetime(2026, 12, 4, 9, 30)) == "4 December 2026, 09:30"  # noqa: DTZ001


def test_a_text_takes_values_where_it_names_them_and_keeps_percent_signs_without_any() -> None:
    english = language("en")
    assert english.say("For %(name)s", name="%(x)s") == "For %(x)s"
    assert english.say("100 %") == "100 %"
    assert english.say_many("%(number)s huggg", "%(number)s hugggs", 1) == "1 huggg"
    assert english.say_many("%(number)s huggg", "%(number)s hugggs", 2) == "2 hugggs"

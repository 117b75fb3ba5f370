"""Codes, without a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from huggg.vouchers import crockford
from huggg.vouchers.card_numbers import is_card_number
from huggg.vouchers.code_files.code_lines import read_lines
from huggg.vouchers.code_files.columns import layout_of
from huggg.vouchers.code_files.hints import Hints
from huggg.vouchers.code_flaws import CODE_LENGTH_MAX
from huggg.vouchers.weakness import are_rounded, warnings
from tests.support.minted import is_minted

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("4111111111111111", True),  # Visa's published test number
        ("4111 1111 1111 1111", True),
        ("378282246310005", True),  # American Express
        ("6304000000000000", True),  # Maestro
        ("4111111111111112", False),  # Luhn says no
        ("9111111111111110", False),  # a range without an issuer
        ("411111111111", False),  # too short
        ("32358028937698", False),  # the published sample of an EagleEye code
        ("41111111x1111111", False),
    ],
)
def test_card_numbers_are_recognised(code: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_card_number(code) is is_one


@pytest.mark.parametrize("code", [crockford.mint() for _ in range(50)], ids=range(50))
def test_a_minted_code_is_read_aloud_without_a_doubt_and_one_wrong_symbol_shows(code: str) -> None:
    assert is_minted(code)
    for place, symbol in enumerate(code):
        other = "7" if symbol != "7" else "8"
        assert not is_minted(code[:place] + other + code[place + 1 :])


def test_lines_may_have_an_expiry_and_a_day_lasts_to_its_end_in_london() -> None:
    text = "A-1111111\nB-2222222,2027-06-30\nC-3333333,2027-06-30 12:00:00\nD-4444444,2020-01-01\n\n"
    read = read_lines(text, first=1, layout=layout_of("A1", Hints()), time_zone="Europe/London", now=NOW)
    assert [(line.line, line.code, line.valid_until) for line in read.codes] == [
        (1, "A-1111111", None),
        (2, "B-2222222", datetime(2027, 6, 30, 23, tzinfo=UTC)),
        (3, "C-3333333", datetime(2027, 6, 30, 11, tzinfo=UTC)),
    ]
    assert (read.expired, read.blank, read.problems) == ([4], [5], [])


def test_a_heading_names_the_columns() -> None:
    text = 'serial,voucher_code,expires\n1,"XK-1,2",2027-01-31\n2,XK-3,\n'
    layout = layout_of(text, Hints(ignored=["Serial"]))
    read = read_lines(text, first=1, layout=layout, time_zone="Europe/London", now=NOW)
    assert [(line.code, line.valid_until) for line in read.codes] == [
        ("XK-1,2", datetime(2027, 2, 1, tzinfo=UTC)),
        ("XK-3", None),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x" * (CODE_LENGTH_MAX + 1), "is too long: a code has at most 64 characters"),
        ("4111111111111111", "looks like a payment card number, which must not be kept here"),
        ("A-1111111,soon", "has an expiry that is not like 2027-10-31 or 2027-10-31 23:59:00"),
        ("A-1111111,2027-01-01,9", "has something in column 3, which is not understood"),
        ("A\x00B", "has characters that cannot be printed"),
        (",2027-01-01", "has no code"),
    ],
)
def test_an_impossible_code_is_named_by_its_line_only(line: str, reason: str) -> None:
    read = read_lines(line, first=7, layout=layout_of("A1", Hints()), time_zone="Europe/London", now=NOW)
    assert read.problems == [(7, reason)]


def test_weak_codes_are_warned_about() -> None:
    assert list(warnings([f"CINEMA{number:010d}" for number in range(50)])) == [
        "Codes count up: a holder of one can guess the next."
    ]
    assert list(warnings(["123456", "908172"])) == [
        "Some codes are short: 20 bits at most, guessable below 40."
    ]
    assert list(warnings([crockford.mint() for _ in range(200)])) == []


@pytest.mark.parametrize(
    ("code", "warned"),
    [
        ("https://gifts.example/AB12CD34", True),
        ("HTTP://GIFTS.EXAMPLE/AB12CD34", True),
        ("//gifts.example/AB12CD34", True),
        ("www.gifts.example", True),
        ("gifts.example/AB12CD34", True),
        ("AB12/CD34/EF56", False),
        ("12.34.56/78-AB", False),
        ("AB12:CD34:EF56", False),
    ],
)
def test_web_addresses_are_warned_about(code: str, warned: bool) -> None:  # noqa: FBT001
    sentence = "Some codes are web addresses: a till may want only the part that names the gift."
    assert list(warnings([code, crockford.mint()])) == [sentence] * warned


@pytest.mark.parametrize(
    ("codes", "warned"),
    [
        (["83124076951382", "7312407695138", "61240769513827"], True),
        (["83124076951382", "07312407695138"], False),  # a zero is still there
        (["83124076951382", "73124076951381"], False),  # of one length
        (["83124076951382", "7312407695138A"], False),
        (["83124076951382"], False),
    ],
)
def test_numbers_whose_leading_zeros_may_be_gone_are_warned_about(
    codes: list[str],
    warned: bool,  # noqa: FBT001
) -> None:
    sentence = (
        "Codes are numbers of several lengths, none of which begins with 0:"
        " a spreadsheet may have removed zeros."
    )
    assert list(warnings(codes)) == [sentence] * warned


@pytest.mark.parametrize("code", ["\uff21\uff22\uff11\uff12\uff23\uff24\uff13\uff14", "AB12CD34\ufb01"])
def test_characters_that_no_till_has_keys_for_are_warned_about(code: str) -> None:
    assert list(warnings([code, crockford.mint()])) == [
        "Some codes have full-width or joined characters, for which a till has no keys."
    ]


@pytest.mark.parametrize(
    ("codes", "rounded"),
    [
        (["6334120000000010"] * 6, True),
        (["6334120000000010"] * 5, False),  # too few to tell
        (["633412000000001000", "633412000000002000"], True),
        (["633412000000001000", "633412000000002001"], False),
        (["633412000000001", "633412000000000"], False),
        ([], False),
    ],
)
def test_numbers_that_a_spreadsheet_rounded_are_told_by_their_zeros(
    codes: list[str],
    rounded: bool,  # noqa: FBT001
) -> None:
    assert are_rounded(codes) is rounded

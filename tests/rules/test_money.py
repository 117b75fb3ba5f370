"""Money is pence; pounds are text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.kit.money import parse_pounds, pounds


@pytest.mark.parametrize(
    ("pence", "text"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (10, "0.10"),
        (99, "0.99"),
        (350, "3.50"),
        (2000, "20.00"),
        (10_000_000_001, "100000000.01"),
    ],
)
def test_pence_are_written_as_pounds_with_two_decimals(pence: int, text: str) -> None:
    assert pounds(pence) == text


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("20", 2000),
        ("20.00", 2000),
        ("£5,000", 500_000),
        (" £3.50 ", 350),
        ("0.01", 1),
        ("0", 0),
        ("1,234,567.89", 123_456_789),
        ("1,250", 125_000),
        ("12,500.00", 1_250_000),
        ("123,456,789,012.00", 12_345_678_901_200),
        ("007", 700),
    ],
)
def test_pounds_are_read_as_people_write_them(text: str, pence: int) -> None:
    assert parse_pounds(text) == pence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "£",
        "-1",
        "+1",
        "1.5",
        "1.",
        ".5",
        "1.234",
        "1e3",
        "NaN",
        "inf",
        "$5",
        "five",
        "1 000",
        "\u0663",
        "1" * 13,
        "1.00\n2",
        "12,50",
        "12,5",
        "1250,00",
        "1.250,00",
        "1.250.00",
        "1,2500",
        "12,34,567",  # lakhs
        "1250,000",
        ",250",
        "1,250,",
        "1,,250",
        "1, 250",
        "1'250",
        "1_000",
        "12.50.00",
        "1,250.5",
        "0x10",
        "€20",
        "20 GBP",
        "20£",
        "££20",
        "£-20",
        "-£20",
        "(20)",
        "\u221220",
        "1\u00a0000",
        "\u00a020",
        "20\u2009",
        "\uff11\uff10",
        "1\uff0c000",
        "\uffe120",
        "20\t",
        "1,000,000,000,000",
    ],
)
def test_anything_finer_than_a_penny_or_no_amount_at_all_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount of pounds"):
        parse_pounds(text)


@given(st.integers(0, 10**14 - 1))
def test_reading_undoes_writing(pence: int) -> None:
    assert parse_pounds(pounds(pence)) == pence
    assert parse_pounds(f"£{pence // 100:,}.{pence % 100:02d}") == pence

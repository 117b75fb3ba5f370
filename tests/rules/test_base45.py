"""Base45, by the examples of RFC 9285."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.kit.base45 import ALPHABET, base45, read_base45


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")],
)
def test_the_examples_of_the_standard(raw: bytes, text: str) -> None:
    assert (base45(raw), read_base45(text)) == (text, raw)


@given(st.binary(max_size=120))
def test_bytes_are_read_as_they_were_written(raw: bytes) -> None:
    text = base45(raw)
    assert read_base45(text) == raw
    assert set(text) <= set(ALPHABET)


@pytest.mark.parametrize("text", ["A", "BB8A", ":::", "::", "GGW", "bb8", "BB8Ä"])
def test_a_text_that_stands_for_no_bytes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="symbol"):
        read_base45(text)

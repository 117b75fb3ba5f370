"""The code in a text that was scanned, typed or pasted at the till page."""

from __future__ import annotations

import pytest

from huggg.till.scan import code_in


@pytest.mark.parametrize(
    "text",
    [
        "qL4ZFtiazoE5i75X",
        " qL4ZFtiazoE5i75X\r\n",
        "https://gifts.example/qL4ZFtiazoE5i75X",
        "https://gifts.example/qL4ZFtiazoE5i75X/",
        "https://gifts.example/qL4ZFtiazoE5i75X?utm_source=chat/1",
        "https://gifts.example/qL4ZFtiazoE5i75X#:~:text=a/b",
        "\u200bqL4ZFtiazoE5i75X\ufeff",
        "\u2068https://gifts.example/qL4ZFtia\u00adzoE5i75X\u2069",
        "\xa0qL4ZFtiazoE5i75X\u202f",
    ],
)
def test_the_code_is_what_is_seen_at_the_end_of_an_address(text: str) -> None:
    assert code_in(text) == "qL4ZFtiazoE5i75X"


@pytest.mark.parametrize("text", ["", "\u200b", "?", "#"])
def test_a_text_may_have_no_code(text: str) -> None:
    assert code_in(text) == ""


def test_an_address_without_a_path_ends_with_its_host() -> None:
    assert code_in("https://gifts.example/?x") == "gifts.example"

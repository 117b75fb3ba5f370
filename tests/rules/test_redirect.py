"""Redirects: to a path of this site, as every browser reads it, and to nothing else."""

from __future__ import annotations

import pytest

from huggg.html.redirect import is_own_path, see_other


@pytest.mark.parametrize(
    "target", ["/", "/docs", "/a/b?c=d&e=%2F%2Fx#f", "/%5Cevil", "/a//b", "/?to=//x"]
)
def test_a_path_of_this_site_is_led_to(target: str) -> None:
    assert is_own_path(target)
    answer = see_other(target, cookies=("a=1",))
    assert (answer.status, answer.headers, answer.body) == (303, {"Location": target}, b"")
    assert answer.cookies == ("a=1",)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "docs",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\..\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        " /docs",
        "/docs ",
        "\t//evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nSet-Cookie: a=1",
        "/\0",
        "/caf\u00e9",
        "/\uff0fevil.example",
    ],
)
def test_any_other_address_is_refused(target: str) -> None:
    assert not is_own_path(target)
    with pytest.raises(ValueError, match="a path of this site"):
        see_other(target)

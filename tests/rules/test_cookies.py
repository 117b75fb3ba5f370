"""Cookies: sealed here, for this host, until their end, and under every key that is still there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from huggg.html.cookies import Cookie
from huggg.http.web import Request
from huggg.kit.codes import KeysInDoubtError, Vault
from tests.support.requests import request_with

OLD, NEW = b"o" * 32, b"n" * 32
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = 3600


class Guest(Struct):
    name: str
    visits: int = 1


GUEST = Cookie("guest", Guest, seconds=HOUR)
AMARA = Guest("Amara 🎁; Path=/")


def kept(line: str) -> str:
    """Keep the part of a `Set-Cookie` line that a browser gives back."""
    return line.partition(";")[0]


def back(*cookies: str) -> Request:
    return request_with(*(("Cookie", cookie) for cookie in cookies))


@pytest.fixture
def vault() -> Vault:
    return Vault({1: OLD})


@pytest.fixture
def cookie(vault: Vault) -> str:
    return kept(GUEST.line(AMARA, vault, now=NOW))


def test_a_cookie_is_for_this_host_and_its_own_pages(vault: Vault) -> None:
    name, _, rest = GUEST.line(AMARA, vault, now=NOW).partition("=")
    text, *attributes = rest.split("; ")
    assert name == "__Host-guest"
    assert attributes == ["Path=/", "Max-Age=3600", "Secure", "HttpOnly", "SameSite=Lax"]
    assert "Amara" not in text
    assert GUEST.end() == "__Host-guest=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"


def test_a_cookie_that_a_browser_gives_back_is_read(vault: Vault, cookie: str) -> None:
    assert GUEST.read(back(f"a=1; {cookie}; b=2"), vault, now=NOW) == AMARA
    assert GUEST.read(back("a=1", cookie), vault, now=NOW) == AMARA
    assert GUEST.read(back(), vault, now=NOW) is None
    assert GUEST.read(back("guest=x; __Host-guest"), vault, now=NOW) is None


def test_a_cookie_ends_whatever_its_browser_says(vault: Vault, cookie: str) -> None:
    until = NOW + timedelta(seconds=HOUR)
    assert GUEST.read(back(cookie), vault, now=until - timedelta(seconds=1)) == AMARA
    assert GUEST.read(back(cookie), vault, now=until) is None


def test_a_cookie_that_was_changed_anywhere_is_none(vault: Vault, cookie: str) -> None:
    begin = len("__Host-guest=")
    for place in range(begin, len(cookie)):
        other = "A" if cookie[place] != "A" else "B"
        changed = cookie[:place] + other + cookie[place + 1 :]
        assert GUEST.read(back(changed), vault, now=NOW) is None, place
    for changed in (cookie[:-1], cookie + "A", cookie + "=", cookie[: begin + 20], cookie + "\xff"):
        assert GUEST.read(back(changed), vault, now=NOW) is None


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_no_text_at_all_is_a_defect(text: str) -> None:
    assert GUEST.read(back(f"__Host-guest={text}"), Vault({1: OLD}), now=NOW) is None


def test_a_cookie_is_read_under_no_other_name(vault: Vault, cookie: str) -> None:
    staff = Cookie("staff", Guest, seconds=HOUR)
    renamed = cookie.replace("__Host-guest", "__Host-staff")
    assert staff.read(back(renamed), vault, now=NOW) is None


def test_of_two_cookies_of_one_name_none_is_believed(vault: Vault, cookie: str) -> None:
    other = kept(GUEST.line(Guest("Bo"), vault, now=NOW))
    assert GUEST.read(back(f"{cookie}; {other}"), vault, now=NOW) is None
    assert GUEST.read(back(cookie, other), vault, now=NOW) is None


def test_a_rotation_of_keys_ends_no_cookie_until_the_key_is_gone(cookie: str) -> None:
    both = Vault({1: OLD, 2: NEW})
    assert GUEST.read(back(cookie), both, now=NOW) == AMARA
    anew = kept(GUEST.line(AMARA, both, now=NOW))
    only_new = Vault({2: NEW})
    assert GUEST.read(back(anew), only_new, now=NOW) == AMARA
    assert GUEST.read(back(cookie), only_new, now=NOW) is None
    assert GUEST.read(back(cookie), Vault({1: NEW}), now=NOW) is None


def test_where_this_server_may_lack_the_key_the_visitor_is_not_taken_for_a_stranger(cookie: str) -> None:
    lacking = Vault({2: NEW})
    lacking.rely_on({1, 2}, newest=2, lacks={1})
    with pytest.raises(KeysInDoubtError):
        GUEST.read(back(cookie), lacking, now=NOW)


def test_a_value_of_another_shape_is_none(vault: Vault) -> None:
    older = Cookie("guest", int, seconds=HOUR)
    assert GUEST.read(back(kept(older.line(7, vault, now=NOW))), vault, now=NOW) is None


def test_a_value_that_browsers_would_drop_is_a_defect(vault: Vault) -> None:
    with pytest.raises(ValueError, match="__Host-guest is too long"):
        GUEST.line(Guest("x" * 3000), vault, now=NOW)
    line = GUEST.line(Guest("x" * 2700), vault, now=NOW)
    assert len(line) <= 4096

"""Forms of other sites: a browser tells where a form comes from, and only this site's are taken."""

from __future__ import annotations

import pytest

from huggg.http.origin import CrossSiteForm, is_same_origin, refuse_cross_site_form
from tests.support.requests import request_with

HOST = ("Host", "gifts.example")
HERE = ("Origin", "https://gifts.example")
ELSEWHERE = ("Origin", "https://evil.example")


@pytest.mark.parametrize("site", ["same-origin", "none"])
@pytest.mark.parametrize("origin", [(), (HERE,), (ELSEWHERE,)])
def test_sec_fetch_site_decides_where_there_is_one(
    site: str, origin: tuple[tuple[str, str], ...]
) -> None:
    refuse_cross_site_form(request_with(HOST, ("Sec-Fetch-Site", site), *origin))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Same-Origin", "same-origin, none", "x"])
@pytest.mark.parametrize("origin", [(), (HERE,)])
def test_any_other_site_is_refused_whatever_the_origin(
    site: str, origin: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(CrossSiteForm):
        refuse_cross_site_form(request_with(HOST, ("Sec-Fetch-Site", site), *origin))


def test_of_two_lines_none_is_believed() -> None:
    lines = [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")]
    with pytest.raises(CrossSiteForm):
        refuse_cross_site_form(request_with(HOST, HERE, *lines))
    with pytest.raises(CrossSiteForm):
        refuse_cross_site_form(request_with(HOST, HERE, ELSEWHERE))


def test_without_either_header_a_form_is_refused() -> None:
    with pytest.raises(CrossSiteForm):
        refuse_cross_site_form(request_with(HOST))
    with pytest.raises(CrossSiteForm):
        refuse_cross_site_form(request_with(HERE))  # HTTP/1.0 may name no host


@pytest.mark.parametrize(
    ("origin", "scheme", "host", "ours"),
    [
        ("https://gifts.example", "https", "gifts.example", True),
        ("http://gifts.example", "http", "gifts.example", True),
        ("https://gifts.example", "http", "gifts.example", True),  # a proxy ends TLS and says nothing
        ("http://gifts.example", "https", "gifts.example", False),  # a stranger on the line
        ("https://GIFTS.example", "https", "gifts.EXAMPLE", True),
        ("https://gifts.example", "https", "gifts.example:443", True),
        ("http://gifts.example", "http", "gifts.example:80", True),
        ("https://gifts.example", "https", "gifts.example:80", False),
        ("http://127.0.0.1:8080", "http", "127.0.0.1:8080", True),
        ("http://[::1]:8080", "http", "[::1]:8080", True),
        ("http://127.0.0.1:8081", "http", "127.0.0.1:8080", False),
        ("http://localhost:8080", "http", "127.0.0.1:8080", False),
        ("https://shop.gifts.example", "https", "gifts.example", False),
        ("https://gifts.example.evil.example", "https", "gifts.example", False),
        ("https://gifts.example@evil.example", "https", "gifts.example", False),
        ("https://gifts.example/", "https", "gifts.example", False),  # no browser writes a path
        ("https://gifts.example, https://evil.example", "https", "gifts.example", False),
        ("null", "https", "gifts.example", False),
        ("file://", "http", "", False),
        ("http://", "http", "", False),
        ("", "http", "gifts.example", False),
        ("", "http", "", False),
        ("chrome-extension://gifts.example", "https", "gifts.example", False),
    ],
)
def test_an_origin_is_ours_if_the_browser_reached_us_there(
    origin: str, scheme: str, host: str, *, ours: bool
) -> None:
    assert is_same_origin(origin, scheme=scheme, host=host) is ours


def test_behind_a_trusted_proxy_the_host_is_the_one_it_reports() -> None:
    inside = ("Host", "huggg.internal:8080")
    refuse_cross_site_form(request_with(inside, HERE, scheme="https", vouched="gifts.example"))
    with pytest.raises(CrossSiteForm):
        refuse_cross_site_form(request_with(inside, HERE, scheme="https"))

"""Addresses: a forwarded address is believed only as far as trusted proxies vouch for it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.http.edge.addresses import Proxies, counted_address, parse_address

NOBODY = Proxies(())
OURS = Proxies((ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48")))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "origin"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the first is its own claim
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),  # two of ours in a row
        ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),  # all ours: a call from within
        ("10.0.0.1", "198.51.100.7, unknown", "10.0.0.1"),  # an address that a proxy did not tell
        ("10.0.0.1", "198.51.100.7,", "10.0.0.1"),
        ("10.0.0.1", "x" * 5000, "10.0.0.1"),
        ("10.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("10.0.0.1", "[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:ffff::1", "198.51.100.7", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # a stranger's word
        ("198.51.100.7", "10.0.0.1", "198.51.100.7"),
        ("unknown", "203.0.113.9", "unknown"),
    ],
)
def test_the_rightmost_hop_that_is_not_ours_is_who_asks(
    peer: str, forwarded_for: str, origin: str
) -> None:
    assert OURS.origin(peer, forwarded_for) == origin


def test_only_networks_that_are_named_are_believed() -> None:
    proxies = Proxies([ip_network("192.0.2.0/24")])
    assert [proxies.trusts(peer) for peer in ("192.0.2.1", "192.0.3.1", "")] == [True, False, False]
    assert proxies.origin("192.0.2.1", "198.51.100.7") == "198.51.100.7"
    assert proxies.origin("192.0.3.1", "198.51.100.7") == "192.0.3.1"


@given(st.text(alphabet="0123456789abcdef.:[], %x", max_size=60))
def test_without_trusted_proxies_no_header_changes_anything(forwarded_for: str) -> None:
    assert NOBODY.origin("198.51.100.7", forwarded_for) == "198.51.100.7"
    assert not NOBODY.trusts("10.0.0.1")


@given(st.text(alphabet="0123456789abcdef.:[], ", max_size=60))
def test_addresses_that_a_client_writes_before_its_own_change_nothing(forged: str) -> None:
    assert OURS.origin("10.0.0.1", f"{forged}, 198.51.100.7") == "198.51.100.7"


@given(st.ip_addresses(v=6))
def test_all_addresses_of_one_line_count_as_one(address: object) -> None:
    read = parse_address(str(address))
    assert read is not None
    text = counted_address(read)
    assert text.endswith("::/64") or "/" in text or "." in text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:80", "198.51.100.7"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("localhost", None),
        ("198.51.100.256", None),
        ("1.2.3.4, 5.6.7.8", None),
    ],
)
def test_an_address_is_read_as_proxies_write_it(text: str, address: str | None) -> None:
    read = parse_address(text)
    assert (None if read is None else str(read)) == address

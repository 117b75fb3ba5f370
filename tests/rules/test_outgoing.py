"""Outgoing addresses: public ones may be called, also embedded ones, and listed ones."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from huggg.kit.outgoing.addresses import is_listed, reachable
from huggg.kit.outgoing.judge import Judge
from huggg.kit.outgoing.target import BadTargetError, read_target

PRIVATE = [ip_network("10.1.0.0/16"), ip_network("fd00:1::/32"), ip_network("127.0.0.1/32")]

INSIDE = [
    "0.0.0.0",  # noqa: S104 - to judge, not to listen
    "0.1.2.3",
    "10.0.0.1",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::169.254.169.254",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "::ffff:0:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2002:a00:1::",
    "2620:4f:8000::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "8000::1",
    "e000::1",
]

OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.254",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2a00:1450::1",
    "64:ff9b::808:808",
    "2002:808:808::",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("text", INSIDE)
def test_a_server_that_is_not_public_is_not_called(text: str) -> None:
    assert not reachable(ip_address(text), [])


@pytest.mark.parametrize("text", OUTSIDE)
def test_public_servers_are_called(text: str) -> None:
    assert reachable(ip_address(text), [])


def test_an_address_with_a_zone_is_somebodys_inside() -> None:
    assert not reachable(ip_address("2606:4700::1111%eth0"), [])


def test_an_address_that_the_operator_lists_is_called_in_any_embedding() -> None:
    for text in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00:1::9", "127.0.0.1"):
        assert reachable(ip_address(text), PRIVATE), text
        assert is_listed(ip_address(text), PRIVATE), text
    for text in ("10.2.0.1", "127.0.0.2", "fd00:2::1"):
        assert not reachable(ip_address(text), PRIVATE), text
    assert not is_listed(ip_address("8.8.8.8"), PRIVATE)


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://0/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.0.0.0x1/",
        "https://1.2.3.4.5/",
        "https://1.2.3.256/",
        "https://shop.example./",
        "https://127.0.0.1./",
        "https://[fe80::1%25eth0]/",
        "https://[::1%lo]/",
        "https://[::1",
        "https://①②⑦.0.0.1/",
        "https://127。0。0。1/",
        "https://shöp.example/",
        "https://exa_mple.com/",
        "https://-a.example/",
        "https://a..example/",
        "https://.example/",
        "https:///",
        "https://user@shop.example/",
        "https://u:p@shop.example/",
        "https://@shop.example/",
        "https://shop.example/?a=b",
        "https://shop.example/?",
        "https://shop.example/#x",
        "https://shop.example/#",
        "https://shop.example:0/",
        "https://shop.example:65536/",
        "https://shop.example:x/",
        "https://shop.example\\@10.0.0.1/",
        "https://10.0.0.1\\.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "shop.example",
        "//shop.example/",
        "javascript:1",
        "https:shop.example",
        "http://",
    ],
)
def test_a_url_in_an_odd_spelling_is_refused(url: str) -> None:
    with pytest.raises(BadTargetError):
        read_target(url)


def test_blanks_control_characters_and_lengths_are_refused() -> None:
    for url in (
        "https://shop.example/a b",
        "https://shop.example/\r\nHost: x",
        "https://shop.example/\x7f",
    ):
        with pytest.raises(BadTargetError, match="printable ASCII"):
            read_target(url)
    with pytest.raises(BadTargetError):
        read_target("https://shop.example/" + "a" * 2048)
    with pytest.raises(BadTargetError):
        read_target("https://" + "a" * 64 + ".example/")


def test_a_url_is_read() -> None:
    target = read_target("https://Shop.Example:8443/codes")
    assert (target.scheme, target.host, target.port, target.address) == (
        "https",
        "shop.example",
        8443,
        None,
    )
    assert target.is_for_the_public
    assert read_target("https://[2606:4700::1111]/").address == ip_address("2606:4700::1111")
    assert read_target("http://127.0.0.1:9000/").port == 9000
    for url in ("http://shop.example/", "http://shop.example:443/", "https://shop.example:22/"):
        assert not read_target(url).is_for_the_public


async def judged(url: str, *answers: str) -> list[str]:
    async def resolving(_: str, __: int) -> list[str]:
        return list(answers)

    return [str(each) for each in await Judge(PRIVATE, resolving).addresses(read_target(url))]


async def test_every_answer_of_the_resolver_has_to_pass() -> None:
    assert await judged("https://shop.example/", "8.8.8.8", "2606:4700::1111") == [
        "8.8.8.8",
        "2606:4700::1111",
    ]
    with pytest.raises(BadTargetError, match=r"^shop\.example is not at a public address"):
        await judged("https://shop.example/", "8.8.8.8", "169.254.169.254")
    with pytest.raises(BadTargetError, match=r"^shop\.example has no address"):
        await judged("https://shop.example/")
    with pytest.raises(BadTargetError, match=r"^shop\.example has no address"):
        await judged("https://shop.example/", "not an address")


async def test_plain_http_and_other_ports_are_for_listed_addresses_only() -> None:
    for url in ("http://shop.example/", "https://shop.example:5432/", "http://shop.example:443/"):
        assert await judged(url, "10.1.2.3") == ["10.1.2.3"]
        with pytest.raises(
            BadTargetError, match=r"^must begin with https:// and be at port 443 or 8443"
        ):
            await judged(url, "8.8.8.8")
        with pytest.raises(BadTargetError, match=r"^must begin with https://"):
            await judged(url, "10.1.2.3", "8.8.8.8")

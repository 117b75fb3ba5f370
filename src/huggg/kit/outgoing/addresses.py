"""The rule of outgoing addresses: public ones may be called, those of a private network may not.

The text of an address is never judged: resolvers read `0x7f.1`, `2130706433` and digits of other scripts
as 127.0.0.1. The address that will be connected to is judged, and the one that it embeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

from huggg.kit.ip import IpAddress, IpNetwork

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "100.64.0.0/10",  # a provider's inside; some clouds' metadata
        "168.63.129.16/32",  # a cloud's metadata, at an address that looks public
        "192.0.0.0/24",  # for protocols; a cloud's metadata
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # for protocols, Teredo
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
"""Networks without public servers that Python's `is_global` calls global, in some version or in all."""


EVERY_NETWORK = (ip_network("0.0.0.0/0"), ip_network("::/0"))
"""The networks of a URL that is the operator's own, which leads wherever the operator chose."""


def reachable(address: IpAddress, private: Iterable[IpNetwork]) -> bool:
    """Say whether an address may be called: it is public, or in the operator's `private` networks."""
    return all(_is_public(each) or is_listed(each, private) for each in _embedded_addresses(address))


def is_listed(address: IpAddress, private: Iterable[IpNetwork]) -> bool:
    """Tell whether an address, or one that it embeds, is in one of these networks."""
    networks = tuple(private)
    return all(any(each in network for network in networks) for each in _embedded_addresses(address))


def _embedded_addresses(address: IpAddress) -> Iterator[IpAddress]:
    """Give the IPv4 address that an IPv6 address leads to, if it leads to one, or else the address."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    else:
        yield address


def _is_public(address: IpAddress) -> bool:
    if isinstance(address, IPv6Address) and (address.scope_id or address not in _GLOBAL_UNICAST):
        return False  # loopback, unique local, link and site local, multicast, IPv4-compatible, …
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)

"""The address of a request's caller, behind proxies.

Any client can send `X-Forwarded-For`. A hop counts only if the hop that reported it is a trusted proxy:
read from right to left, the first address that is no trusted proxy is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv6Address,
    ip_address,
    ip_network,
)

from huggg.kit.ip import IpAddress, IpNetwork

UNKNOWN = "unknown"
IPV6_PREFIX = 64
"""One customer's line: its owner can send from all addresses of a /64."""

CACHED = 4096


class Proxies:
    """The networks that are ours to believe."""

    def __init__(self, trusted: Sequence[IpNetwork]) -> None:
        self._trusted = tuple(trusted)
        self.trusts = lru_cache(CACHED)(self._trusts)
        self.origin = lru_cache(CACHED)(self._origin)

    def _trusts(self, peer: str) -> bool:
        address = parse_address(peer)
        return address is not None and self._ours(address)

    def _origin(self, peer: str, forwarded_for: str) -> str:
        """Give the caller's address; `forwarded_for` is all such headers, joined in their order."""
        origin = parse_address(peer)
        if origin is None:
            return UNKNOWN
        hops = forwarded_for.split(",") if forwarded_for else []
        while hops and self._ours(origin):
            hop = parse_address(hops.pop().strip())
            if hop is None:  # nothing that was said further out can be told from an invention
                break
            origin = hop
        return counted_address(origin)

    def _ours(self, address: IpAddress) -> bool:
        return any(address in network for network in self._trusted)


def counted_address(address: IpAddress) -> str:
    """Write an address as limits count it."""
    if address.version == IPV6:
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)


IPV6 = 6


def parse_address(text: str) -> IpAddress | None:
    """Read an address as proxies write it: maybe with a port, maybe in brackets, maybe IPv4 in IPv6."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

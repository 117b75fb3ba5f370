"""Internet addresses and networks of either version."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


def in_url(host: str) -> str:
    """Write a name or an address as a URL has it: one of version 6 in brackets."""
    return f"[{host}]" if ":" in host else host

"""The judge: it resolves the name of a target, and checks each of its addresses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address

from huggg.kit.ip import IpAddress, IpNetwork
from huggg.kit.outgoing.addresses import is_listed, reachable
from huggg.kit.outgoing.target import BadTargetError, Target

Resolving = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives all addresses of a name, as text. Raises OSError."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver. Raises OSError."""
    records = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in records))


class Judge:
    """Decides which addresses a target may be called at."""

    def __init__(self, private: Iterable[IpNetwork], resolving: Resolving = resolve) -> None:
        """Take the networks that are not public and may be called all the same."""
        self._private = tuple(private)
        self._resolving = resolving

    async def addresses(self, target: Target) -> list[IpAddress]:
        """Give the addresses to connect to. Raises BadTargetError when one may not be called."""
        addresses = await self._resolve(target)
        for address in addresses:
            if not reachable(address, self._private):
                raise BadTargetError(
                    f"{target.host} is not at a public address, nor at one of HUGGG_PRIVATE_ADDRESSES."
                )
            if not target.is_for_the_public and not is_listed(address, self._private):
                raise BadTargetError("must begin with https:// and be at port 443 or 8443.")
        return addresses

    async def _resolve(self, target: Target) -> list[IpAddress]:
        if target.address is not None:
            return [target.address]
        try:
            addresses = [ip_address(text) for text in await self._resolving(target.host, target.port)]
        except (OSError, ValueError):
            addresses = []
        if not addresses:
            raise BadTargetError(f"{target.host} has no address.")
        return addresses

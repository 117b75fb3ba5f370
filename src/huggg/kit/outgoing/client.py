"""The client: it resolves a name, checks the addresses, and connects to a checked one.

Sizes and times are bounded.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

import httpcore2
import httpx2
import structlog

from huggg.kit.ip import IpAddress, IpNetwork
from huggg.kit.outgoing.addresses import is_listed, reachable
from huggg.kit.outgoing.target import BadTargetError, Target, read_target

CONNECTIONS_MAX = 100
IDLE_SECONDS_MAX = 15.0
BODY_BYTES_MAX = 64 * 1024

FAILURES = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    httpcore2.ConnectionNotAvailable,
    OSError,
)

log = structlog.get_logger()

Resolving = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives all addresses of a name, as text. Raises OSError."""


class UnreachableError(Exception):
    """No answer that could be read: a host that is away, not to be called, too slow or too talkative."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of a service; its headers are named in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None  # none where there is more of it than BODY_BYTES_MAX


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
        addresses = await self._resolved(target)
        for address in addresses:
            if not reachable(address, self._private):
                raise BadTargetError(
                    f"{target.host} is not at a public address, nor at one of HUGGG_PRIVATE_ADDRESSES."
                )
            if not target.is_for_the_public and not is_listed(address, self._private):
                raise BadTargetError("must begin with https:// and be at port 443 or 8443.")
        return addresses

    async def _resolved(self, target: Target) -> list[IpAddress]:
        if target.address is not None:
            return [target.address]
        try:
            addresses = [ip_address(text) for text in await self._resolving(target.host, target.port)]
        except (OSError, ValueError):
            addresses = []
        if not addresses:
            raise BadTargetError(f"{target.host} has no address.")
        return addresses


class _JudgedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to an address that was judged in this very moment.

    Were a name judged and then connected to, its resolver could give another answer the second time.
    """

    def __init__(self, judge: Judge, scheme: str) -> None:
        self._judge = judge
        self._scheme = scheme
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Try one address after another.

        Raises BadTargetError, and the last address's error of connecting.
        """
        *others, last = await self._judge.addresses(read_target(f"{self._scheme}://{host}:{port}"))

        async def connected(address: IpAddress) -> httpcore2.AsyncNetworkStream:
            return await self._network.connect_tcp(
                str(address), port, timeout, local_address, socket_options
            )

        for address in others:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return await connected(address)
        return await connected(last)


class Outgoing:
    """Sends requests to addresses that customers gave."""

    def __init__(self, private: Iterable[IpNetwork] = (), resolving: Resolving = resolve) -> None:
        """Take the networks that are not public and may be called all the same."""
        self._judge = Judge(private, resolving)
        self._pools: dict[str, httpcore2.AsyncConnectionPool] = {}

    async def check(self, url: str) -> None:
        """Judge an address before it is kept. Raises BadTargetError."""
        await self._judge.addresses(read_target(url))

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        seconds_max: float,
    ) -> Reply:
        """Send one request and read its reply, of any status.

        Raises UnreachableError, also when connecting, sending and reading together take too long: a
        timeout of each read alone would let a host send one byte at a time for ever.
        """
        try:
            target = read_target(url)
            async with asyncio.timeout(seconds_max):
                return await self._exchange(target, method, url, headers, content)
        except BadTargetError as refused:
            log.warning("address not called", why=str(refused))
            raise UnreachableError(str(refused)) from refused
        except (*FAILURES, TimeoutError) as failed:
            raise UnreachableError(f"{type(failed).__name__}: {failed}") from failed

    async def close(self) -> None:
        """Close the connections that are kept."""
        for pool in self._pools.values():
            await pool.aclose()

    async def _exchange(
        self, target: Target, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> Reply:
        # A few compressed bytes may swell to any number.
        sent = {"Accept-Encoding": "identity", "User-Agent": "huggg", **headers}
        pool = self._pool(target.scheme)
        async with pool.stream(
            method, url, headers=list(sent.items()), content=content or None
        ) as response:
            read = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
                if len(body) > BODY_BYTES_MAX:
                    return Reply(response.status, read, None)
            return Reply(response.status, read, bytes(body))

    def _pool(self, scheme: str) -> httpcore2.AsyncConnectionPool:
        """Give the connections of a scheme: certificates take a while to load, and few servers call."""
        if scheme not in self._pools:
            self._pools[scheme] = httpcore2.AsyncConnectionPool(
                ssl_context=httpx2.create_ssl_context() if scheme == "https" else None,
                max_connections=CONNECTIONS_MAX,
                keepalive_expiry=IDLE_SECONDS_MAX,
                network_backend=_JudgedNetwork(self._judge, scheme),
            )
        return self._pools[scheme]

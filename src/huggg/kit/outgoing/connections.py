"""The connections of outgoing requests, each to an address that was judged.

The client imports this module with the first request: its library takes an eighth of a second to import
and fifteen megabytes, and few servers send one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

import httpcore2
import httpx2

from huggg.kit.ip import IpAddress, in_url
from huggg.kit.outgoing.judge import Judge
from huggg.kit.outgoing.reply import BODY_BYTES_MAX, Reply, UnreachableError
from huggg.kit.outgoing.target import Target, read_target

CONNECTIONS_MAX = 100
IDLE_SECONDS_MAX = 15.0

FAILURES = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    httpcore2.ConnectionNotAvailable,
    OSError,
)


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
        target = read_target(f"{self._scheme}://{in_url(host)}:{port}")
        *others, last = await self._judge.addresses(target)

        async def connected(address: IpAddress) -> httpcore2.AsyncNetworkStream:
            return await self._network.connect_tcp(
                str(address), port, timeout, local_address, socket_options
            )

        for address in others:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return await connected(address)
        return await connected(last)


class OutgoingConnections:
    """Exchanges requests and replies over connections that are kept for a while."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._pools: dict[str, httpcore2.AsyncConnectionPool] = {}

    async def exchange(
        self, target: Target, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> Reply:
        """Send one request and read its reply. Raises BadTargetError, UnreachableError."""
        try:
            return await self._exchange(target, method, url, headers, content)
        except FAILURES as error:
            raise UnreachableError(f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Close all."""
        for pool in self._pools.values():
            await pool.aclose()

    async def _exchange(
        self, target: Target, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> Reply:
        # A few compressed bytes may swell to any number.
        all_headers = {"Accept-Encoding": "identity", "User-Agent": "huggg", **headers}
        pool = self._pool(target.scheme)
        async with pool.stream(
            method, url, headers=list(all_headers.items()), content=content or None
        ) as response:
            response_headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
                if len(body) > BODY_BYTES_MAX:
                    return Reply(response.status, response_headers, None)
            return Reply(response.status, response_headers, bytes(body))

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

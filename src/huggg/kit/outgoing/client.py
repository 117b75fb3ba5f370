"""The client: it sends requests to addresses that customers gave, in bounded time, to judged addresses.

The sizes of replies are bounded, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import structlog

from huggg.kit.ip import IpNetwork
from huggg.kit.outgoing.judge import Judge, Resolving, resolve
from huggg.kit.outgoing.reply import Reply, UnreachableError
from huggg.kit.outgoing.target import BadTargetError, read_target

if TYPE_CHECKING:
    from huggg.kit.outgoing.connections import OutgoingConnections

log = structlog.get_logger()


class Outgoing:
    """Sends requests to addresses that customers gave."""

    def __init__(self, private: Iterable[IpNetwork] = (), resolving: Resolving = resolve) -> None:
        """Take the networks that are not public and may be called all the same."""
        self._judge = Judge(private, resolving)
        self._connections: OutgoingConnections | None = None

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
        query: str = "",
    ) -> Reply:
        """Send one request and read its reply, of any status.

        `query` is written by the caller: an address that a customer gave has none.

        Raises UnreachableError, also when connecting, sending and reading together take too long: a
        timeout of each read alone would let a host send one byte at a time for ever.
        """
        try:
            target = read_target(url)
            async with asyncio.timeout(seconds_max):
                connections = await self._load()
                whole = f"{url}?{query}" if query else url
                return await connections.exchange(target, method, whole, headers, content)
        except BadTargetError as error:
            log.warning("address not called", why=str(error))
            raise UnreachableError(str(error)) from error
        except TimeoutError as error:
            raise UnreachableError(f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Close the connections that are kept."""
        if self._connections is not None:
            await self._connections.close()

    async def _load(self) -> OutgoingConnections:
        if self._connections is None:
            # In a thread: other requests do not wait while the library is imported.
            connections = await asyncio.to_thread(_connections, self._judge)
            self._connections = self._connections or connections  # another call may have been faster
        return self._connections


def _connections(judge: Judge) -> OutgoingConnections:
    from huggg.kit.outgoing.connections import OutgoingConnections  # noqa: PLC0415

    return OutgoingConnections(judge)

"""A transport that sends answers when the work of a step is done, and closes in two steps."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol


class TransportUser(Protocol):
    """The protocol of a connection, which knows if its caller still sends."""

    def begin_to_linger(self) -> bool:
        """Say if a refused request may still be arriving, and read and drop it from now on."""
        ...


class BufferedTransport:
    """A transport that collects all writes of one step of the event loop, and sends them at its end.

    The loop sends each write at once, and its caller wakes while the server works for others. That was
    measured: a sixth fewer answers a second, and no answer sooner.

    A connection that is closed while bytes of the caller are unread is reset by the kernel, and the
    caller loses the answer. So the first close ends only the sending if the caller still sends, and the
    second one closes the connection.
    """

    __slots__ = ("_is_lingering", "_is_lost", "_loop", "_parts", "_transport", "_user")

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, user: TransportUser
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._user = user
        self._parts: list[bytes] = []
        self._is_lost = False
        self._is_lingering = False

    def write(self, data: bytes) -> None:
        """Send, when this step of the loop is over."""
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(data)

    def close(self) -> None:
        """Send the collected writes, and close; or end the sending, if the caller still sends."""
        self._send()
        if self._may_linger() and self._user.begin_to_linger():
            self._is_lingering = True
            self._transport.write_eof()
        else:
            self._transport.close()

    def is_closing(self) -> bool:
        """Say if nothing more is to be sent."""
        return self._is_lingering or self._transport.is_closing()

    def _may_linger(self) -> bool:
        """Say if a connection is open, and its two directions end apart (those of TLS do not)."""
        is_open = not (self._is_lingering or self._is_lost or self._transport.is_closing())
        return is_open and self._transport.can_write_eof()

    def lost(self) -> None:
        """Drop all writes, because the connection is gone.

        The loop takes a write to it for a defect, so each caller that hangs up would leave a traceback.
        """
        self._is_lost = True

    def _send(self) -> None:
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            if not self._is_lost:
                self._transport.write(data)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the transport's own
        return getattr(self._transport, name)

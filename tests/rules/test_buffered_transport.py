"""The buffered transport: the parts of an answer leave in one go, and nothing else with them."""

from __future__ import annotations

import asyncio
from typing import Any

from huggg.http.buffered_transport import BufferedTransport


class Wire:
    """A transport that remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[str | bytes] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def close(self) -> None:
        self.calls.append("closed")

    def pause_reading(self) -> None:
        self.calls.append("paused")


def connected() -> tuple[Wire, BufferedTransport]:
    wire: Any = Wire()
    return wire, BufferedTransport(wire, asyncio.get_running_loop())


async def test_parts_written_in_one_step_are_sent_at_its_end_as_one() -> None:
    wire, transport = connected()
    transport.write(b"head ")
    transport.write(b"body")
    assert wire.calls == []
    await asyncio.sleep(0)
    assert wire.calls == [b"head body"]
    transport.write(b"next")
    await asyncio.sleep(0)
    assert wire.calls == [b"head body", b"next"]


async def test_closing_sends_what_was_written_first_and_once() -> None:
    wire, transport = connected()
    transport.write(b"goodbye")
    transport.close()
    await asyncio.sleep(0)
    assert wire.calls == [b"goodbye", "closed"]


async def test_all_else_is_the_transports_own() -> None:
    wire, transport = connected()
    transport.pause_reading()
    assert wire.calls == ["paused"]


async def test_nothing_is_sent_where_the_connection_is_gone() -> None:
    wire, transport = connected()
    transport.write(b"head ")
    transport.lost()
    transport.write(b"body")
    await asyncio.sleep(0)
    assert wire.calls == []

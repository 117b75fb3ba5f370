"""The buffered transport: the parts of an answer leave in one go, and nothing else with them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from huggg.http.buffered_transport import BufferedTransport


class Wire:
    """A transport that remembers its calls."""

    def __init__(self, *, has_two_ends: bool) -> None:
        self.calls: list[str | bytes] = []
        self.has_two_ends = has_two_ends

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def write_eof(self) -> None:
        self.calls.append("sending ended")

    def can_write_eof(self) -> bool:
        return self.has_two_ends

    def is_closing(self) -> bool:
        return "closed" in self.calls

    def close(self) -> None:
        self.calls.append("closed")

    def pause_reading(self) -> None:
        self.calls.append("paused")


@dataclass
class User:
    """A caller that still sends, or that has sent all."""

    still_sends: bool

    def begin_to_linger(self) -> bool:
        return self.still_sends


def connected(*, still_sends: bool = False, has_two_ends: bool = True) -> tuple[Wire, BufferedTransport]:
    wire: Any = Wire(has_two_ends=has_two_ends)
    return wire, BufferedTransport(wire, asyncio.get_running_loop(), User(still_sends))


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


async def test_closing_on_a_caller_that_still_sends_ends_the_sending_and_then_the_connection() -> None:
    wire, transport = connected(still_sends=True)
    transport.write(b"goodbye")
    transport.close()
    assert (wire.calls, transport.is_closing()) == ([b"goodbye", "sending ended"], True)
    transport.close()
    assert wire.calls == [b"goodbye", "sending ended", "closed"]


async def test_a_connection_of_one_direction_is_closed_at_once() -> None:
    wire, transport = connected(still_sends=True, has_two_ends=False)
    transport.close()
    assert (wire.calls, transport.is_closing()) == (["closed"], True)


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

"""A second signal is told from the first, and both reach the handler that was there."""

from __future__ import annotations

import asyncio
import signal

from huggg.processes.second_signal import on_second_signal


async def test_the_second_signal_of_either_kind_is_acted_on_and_each_is_handled() -> None:
    handled: list[int] = []
    acted: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda signal_number, _: handled.append(signal_number))
    try:
        with on_second_signal(lambda: acted.append(len(handled))):
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(0)
            assert acted == []
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0.01)
        assert handled == [signal.SIGTERM, signal.SIGINT]
        assert acted == [2]
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0.01)
        assert (len(handled), acted) == (3, [2])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

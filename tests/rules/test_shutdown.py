"""The signals to a process that leaves, while it serves on and while it puts things away."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from huggg.processes.shutdown import Shutdown
from huggg.processes.worker_process import FINAL_STOP


@pytest.fixture
def stops() -> Iterator[list[int]]:
    """The signals heard by the HTTP server's own handler, which is there first."""
    numbers: list[int] = []
    before = [
        (number, signal.signal(number, lambda number, _: numbers.append(number)))
        for number in (signal.SIGTERM, FINAL_STOP)
    ]
    yield numbers
    for number, handler in before:
        signal.signal(number, handler)


async def test_the_second_time_it_is_meant(stops: list[int]) -> None:
    shutdown = Shutdown(drain_seconds=3600)
    with shutdown.on_sigterm():
        signal.raise_signal(signal.SIGTERM)
        assert (shutdown.draining, stops) == (True, [])
        signal.raise_signal(signal.SIGTERM)
        assert stops == [signal.SIGTERM]


async def test_the_word_that_nobody_comes_after_it_ends_nobody_who_puts_things_away(
    stops: list[int],
) -> None:
    with Shutdown(drain_seconds=0).on_sigterm():
        pass
    signal.raise_signal(FINAL_STOP)
    assert (signal.getsignal(FINAL_STOP), stops) == (signal.SIG_IGN, [])

"""The signals to a process that leaves, while it serves on and while it puts things away."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from huggg.kit.cached import CachedValue
from huggg.processes.shutdown import Shutdown
from huggg.processes.worker_process import FINAL_STOP
from huggg.refusal import Unavailable
from huggg.server.health import ready


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


async def test_a_process_that_is_told_to_stop_while_it_asks_the_database_is_not_ready(
    stops: list[int],
) -> None:
    shutdown = Shutdown(drain_seconds=3600)

    async def find_no_hindrance_and_stop() -> None:
        signal.raise_signal(signal.SIGTERM)

    readiness = CachedValue(find_no_hindrance_and_stop)
    platform = SimpleNamespace(vault=SimpleNamespace(doubt=None))
    with shutdown.on_sigterm(), pytest.raises(Unavailable, match="about to stop"):
        await ready.answer(readiness, platform, shutdown)
    assert stops == []


async def test_the_word_that_nobody_comes_after_it_ends_nobody_who_puts_things_away(
    stops: list[int],
) -> None:
    with Shutdown(drain_seconds=0).on_sigterm():
        pass
    signal.raise_signal(FINAL_STOP)
    assert (signal.getsignal(FINAL_STOP), stops) == (signal.SIG_IGN, [])

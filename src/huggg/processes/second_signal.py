"""The second signal: a process that is told twice to stop waits for nothing any more."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOP = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_second_signal(act: Callable[[], object]) -> Iterator[None]:
    """Call `act` when SIGTERM or SIGINT comes again; the handlers in place run each time as before."""
    handlers = {number: signal.getsignal(number) for number in STOP}
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, signals = asyncio.get_running_loop(), 0

    def count(number: int, frame: FrameType | None) -> None:
        nonlocal signals
        signals += 1
        if signals > 1:
            loop.call_soon_threadsafe(act)
        handler = handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in STOP:
        signal.signal(number, count)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)

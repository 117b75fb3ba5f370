"""Leaving: a process that is told to stop says so first, and serves on until others have heard it.

On SIGTERM `/health/ready` answers 503 at once and every answer asks its caller to connect anew, so that
a load balancer sends new requests elsewhere. When the time for that is over, the HTTP server stops as
it always does: it takes no more connections, and what is under way is finished.

A worker that is replaced by another leaves in the same way, but for readiness: the server stays ready.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

from huggg.server.supervisor import FOR_GOOD

log = structlog.get_logger()


class Leaving:
    """Whether this process is about to stop."""

    def __init__(self, drain_seconds: float) -> None:
        self._drain_seconds = drain_seconds
        self._for_good = multiprocessing.parent_process() is None  # or else the supervisor says so
        self.now = False

    @property
    def not_ready(self) -> bool:
        """Whether requests should be sent elsewhere, as nobody will be here to serve them."""
        return self.now and self._for_good

    @contextmanager
    def on_sigterm(self) -> Iterator[None]:
        """Stand before the HTTP server's own handler, in a process that has one."""
        stop = signal.getsignal(signal.SIGTERM)
        if not callable(stop) or threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def leave(number: int, frame: FrameType | None) -> None:
            if self.now:  # told twice: it is meant
                stop(number, frame)
                return
            self.now = True
            loop.call_soon_threadsafe(drain, number, frame)

        def drain(number: int, frame: FrameType | None) -> None:
            # Not in the handler, which may interrupt the writing of another line.
            log.info("process drains", seconds=self._drain_seconds, for_good=self._for_good)
            loop.call_later(self._drain_seconds, stop, number, frame)

        def leave_for_good(_: int, __: FrameType | None) -> None:
            self._for_good = True

        signal.signal(FOR_GOOD, leave_for_good)
        signal.signal(signal.SIGTERM, leave)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop)
            # It may still come, and by default it would end us amid what is left to put away.
            signal.signal(FOR_GOOD, signal.SIG_IGN)

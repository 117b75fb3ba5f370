"""Shutdown: on SIGTERM a process drains first, so that load balancers send new requests elsewhere.

While it drains, `/health/ready` answers 503 and every answer closes its connection. After
HUGGG_DRAIN_SECONDS the HTTP server stops as usual: it accepts no more connections, and finishes the
requests under way.

A worker that the supervisor replaces drains too, but stays ready, because its server goes on.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from types import FrameType

import structlog

from huggg.processes.worker_process import FINAL_STOP

log = structlog.get_logger()


class Shutdown:
    """Whether this process drains, and whether its server stops with it."""

    def __init__(self, drain_seconds: float) -> None:
        self._drain_seconds = drain_seconds
        self._is_final = (
            multiprocessing.parent_process() is None
        )  # a worker hears it from the supervisor
        self.draining = False

    @property
    def not_ready(self) -> bool:
        """Whether load balancers should send requests to another server."""
        return self.draining and self._is_final

    @contextmanager
    def on_sigterm(self) -> Iterator[None]:
        """Drain before the HTTP server's own handler of SIGTERM runs, in a process that has one."""
        stop = signal.getsignal(signal.SIGTERM)
        if not callable(stop) or threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(number: int, frame: FrameType | None) -> None:
            if self.draining:  # the second SIGTERM asks for a stop at once
                stop(number, frame)
                return
            self.draining = True
            # In a context of its own: the signal may interrupt a request, whose id the line would carry.
            loop.call_soon_threadsafe(drain, number, frame, context=Context())

        def drain(number: int, frame: FrameType | None) -> None:
            # Not in the handler, which may interrupt the writing of another line.
            log.info("process drains", seconds=self._drain_seconds, final=self._is_final)
            loop.call_later(self._drain_seconds, stop, number, frame)

        def note_final(_: int, __: FrameType | None) -> None:
            self._is_final = True

        signal.signal(FINAL_STOP, note_final)
        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop)
            # It may still come, and by default it would end the process before everything is closed.
            signal.signal(FINAL_STOP, signal.SIG_IGN)

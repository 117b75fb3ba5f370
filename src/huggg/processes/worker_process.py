"""A worker process, and the supervisor's knowledge of it. No method waits for the process."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from socket import socket
from time import monotonic

import structlog
import uvicorn
from uvicorn.supervisors.multiprocess import Process

FINAL_STOP = signal.SIGUSR1
"""The signal before SIGTERM when all workers stop; a worker that is replaced gets SIGTERM alone."""

SILENCE_SECONDS_MAX = 15
"""Seconds without an answer after which a worker hangs; a start on a busy machine takes some of them."""

PING_SECONDS = 0.5

PAUSE_SECONDS_MAX = 32
"""The longest pause between attempts to start a worker: they are 1, 2, 4, … seconds."""

log = structlog.get_logger()


class WorkerProcess(Process):
    """A process that serves. It answers pings through a pipe, and says whether it accepts requests."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], *, attempt: int = 1) -> None:
        """Take the number of the attempt to start a worker that serves."""
        super().__init__(config, sockets)
        self.has_served = False
        self.restart_at: float | None = None
        self._attempt = attempt
        self._started_at = self._answered_at = 0.0
        self._pinged_at: float | None = None

    def start(self) -> None:
        """Start the process, and leave its end of the pipe to it alone."""
        super().start()
        self.child_conn.close()
        self._started_at = self._answered_at = monotonic()

    def target(self, sockets: list[socket] | None = None) -> None:
        """Serve, in the process; the HTTP server is there before the thread of the pings asks for it."""
        self._server = self.server
        super().target(sockets)

    def pong(self) -> None:
        """Answer a ping, in the process.

        Once it serves, the loop of its requests answers: a process whose loop hangs answers none, though
        the thread of the pings runs.
        """
        self.child_conn.recv()
        if not self.server.started:
            self.child_conn.send(False)
            return
        with suppress(RuntimeError):  # the loop has just ended, and the process is about to
            self.server.servers[0].get_loop().call_soon_threadsafe(self.child_conn.send, True)

    def terminate(self) -> None:
        """Ask the process to end. The pipe stays open, so that one that hangs meanwhile is killed."""
        self._send(signal.SIGTERM)

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self.exitcode is not None

    @property
    def could_not_start(self) -> bool:
        """Whether it gave up before it served; one that was killed says nothing about the next."""
        return not self.has_served and (self.exitcode or 0) > 0

    @property
    def next_attempt(self) -> int:
        """The number of the attempt that follows this one."""
        return 1 if self.has_served else self._attempt + 1

    @property
    def is_late(self) -> bool:
        """Whether it should have served by now."""
        return not self.has_served and monotonic() - self._started_at > SILENCE_SECONDS_MAX

    def look(self) -> None:
        """Read the answer to the last ping, or ping again; kill the process if it hangs."""
        if self.has_ended:
            self.parent_conn.close()
            return
        now = monotonic()
        with suppress(OSError, EOFError):  # it has just ended, as its exit code will tell
            if self.parent_conn.poll():
                self.has_served |= self.parent_conn.recv()
                self._answered_at, self._pinged_at = now, None
            elif self._pinged_at is None and now - self._answered_at > PING_SECONDS:
                self.parent_conn.send(b"ping")
                self._pinged_at = now
        if self._pinged_at is not None and now - self._pinged_at > SILENCE_SECONDS_MAX:
            self.process.kill()

    def bury(self) -> float:
        """Log the end of the process, or cause it, and give the pause before another attempt."""
        self.kill()
        event = "worker could not start" if self.could_not_start or self.is_late else "worker died"
        log.warning(event, process=self.pid, exit_code=self.exitcode)
        return 0 if self.has_served else min(PAUSE_SECONDS_MAX, 2.0 ** (self._attempt - 1))

    def tell_final_stop(self) -> None:
        """Tell it that SIGTERM means the stop of the server, not a replacement."""
        self._send(FINAL_STOP)

    def _send(self, number: signal.Signals) -> None:
        if self.pid is not None and not self.has_ended:
            os.kill(self.pid, number)

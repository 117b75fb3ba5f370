"""The supervisor: one process that keeps several workers serving on one port."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from socket import socket

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from huggg.processes.exit_reason import ExitReason

STARTUP_FAILURE = 3
"""The exit code of uvicorn's processes that cannot serve."""

FINAL_STOP = signal.SIGUSR1
"""The signal before SIGTERM when all workers stop; a worker that is replaced gets SIGTERM alone."""

STOP = {signal.SIGTERM, signal.SIGINT}

JOIN_SECONDS = 0.1
"""How often a supervisor that waits for its workers looks for a signal of its own."""

log = structlog.get_logger()


class Supervisor(Multiprocess):
    """uvicorn's supervisor: it replaces a dead worker, and on SIGHUP every worker, one by one."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], exit_reason: ExitReason) -> None:
        """Ignore the signal of a final stop: workers inherit that, so it ends none that still starts."""
        super().__init__(config, sockets)
        self._exit_reason = exit_reason
        signal.signal(FINAL_STOP, signal.SIG_IGN)

    def handle_signals(self) -> None:
        """Handle the signals, and keep a second request to stop for the wait in `join_all`."""
        stops = [number for number in self.signal_queue if number in STOP]
        super().handle_signals()
        self.signal_queue.extend(stops[1:])

    def handle_hup(self) -> None:
        """Replace every worker, and log how many were kept."""
        before = {process.pid for process in self.processes}
        log.info("workers are replaced", reason="SIGHUP")
        super().handle_hup()
        survivors = sum(process.pid in before for process in self.processes)
        log.info("workers were replaced", kept=survivors)

    def handle_term(self) -> None:
        """Tell every worker that this is the final stop, then stop."""
        self._exit_reason.note("SIGTERM")
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.kill(process.pid or 0, FINAL_STOP)
        super().handle_term()

    def handle_int(self) -> None:
        """Stop as on SIGTERM."""
        self._exit_reason.note("SIGINT")
        self.handle_term()

    def join_all(self) -> None:
        """Wait for every worker; a second request to stop ends the wait, and is passed on to them."""
        for process in self.processes:
            while process.process.is_alive():
                process.process.join(JOIN_SECONDS)
                if STOP & set(self.signal_queue):
                    self.signal_queue.clear()
                    self.terminate_all()


def supervise(config: uvicorn.Config, exit_reason: ExitReason) -> int:
    """Run workers until stopped, and give the exit code."""
    with config.bind_socket() as bound:
        supervisor = Supervisor(config, [bound], exit_reason)
        supervisor.run()
    failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    return STARTUP_FAILURE if failed else 0

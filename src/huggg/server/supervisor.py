"""The supervisor: one process that keeps several workers serving on one port."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from socket import socket

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from huggg.server.ending import Ending

STARTUP_FAILURE = 3
"""With which uvicorn's processes exit that cannot serve."""

FOR_GOOD = signal.SIGUSR1
"""What workers are told before SIGTERM when all of them go, and not when each is replaced by another."""

STOP = {signal.SIGTERM, signal.SIGINT}

JOIN_SECONDS = 0.1
"""How often a supervisor that waits for its workers looks whether it was told anything."""

log = structlog.get_logger()


class Supervisor(Multiprocess):
    """uvicorn's, which replaces the dead, and on SIGHUP all of them one by one."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], ending: Ending) -> None:
        """Ignore what workers are told: they begin so, and it does not end one that still starts."""
        super().__init__(config, sockets)
        self._ending = ending
        signal.signal(FOR_GOOD, signal.SIG_IGN)

    def handle_signals(self) -> None:
        """Do as told, and keep what is told once more for those who wait for the workers."""
        told = [number for number in self.signal_queue if number in STOP]
        super().handle_signals()
        self.signal_queue.extend(told[1:])

    def handle_hup(self) -> None:
        """Replace every worker, and say so."""
        before = {process.pid for process in self.processes}
        log.info("workers are replaced", reason="SIGHUP")
        super().handle_hup()
        kept = sum(process.pid in before for process in self.processes)
        log.info("workers were replaced", kept=kept)

    def handle_term(self) -> None:
        """Tell every worker that nobody comes after it, then stop."""
        self._ending.because("SIGTERM")
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.kill(process.pid or 0, FOR_GOOD)
        super().handle_term()

    def handle_int(self) -> None:
        """Stop as on SIGTERM."""
        self._ending.because("SIGINT")
        self.handle_term()

    def join_all(self) -> None:
        """Wait for every worker; who is told to stop once more means it, and they are told so too."""
        for process in self.processes:
            while process.process.is_alive():
                process.process.join(JOIN_SECONDS)
                if STOP & set(self.signal_queue):
                    self.signal_queue.clear()
                    self.terminate_all()


def supervise(config: uvicorn.Config, ending: Ending) -> int:
    """Run workers until told to stop, and give the exit code."""
    with config.bind_socket() as bound:
        supervisor = Supervisor(config, [bound], ending)
        supervisor.run()
    failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    return STARTUP_FAILURE if failed else 0

"""The supervisor: one process that keeps several workers serving on one port."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import uvicorn
from uvicorn.supervisors import Multiprocess

STARTUP_FAILURE = 3
"""With which uvicorn's processes exit that cannot serve."""

FOR_GOOD = signal.SIGUSR1
"""What workers are told before SIGTERM when all of them go, and not when each is replaced by another."""


class Supervisor(Multiprocess):
    """uvicorn's, which replaces the dead, and on SIGHUP all of them one by one."""

    def handle_term(self) -> None:
        """Tell every worker that nobody comes after it, then stop."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.kill(process.pid or 0, FOR_GOOD)
        super().handle_term()


def supervise(config: uvicorn.Config) -> int:
    """Run workers until told to stop, and give the exit code."""
    with config.bind_socket() as socket:
        supervisor = Supervisor(config, [socket])
        supervisor.run()
    failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    return STARTUP_FAILURE if failed else 0

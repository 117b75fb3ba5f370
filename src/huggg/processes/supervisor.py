"""The supervisor: one process that keeps several workers serving on one port.

It is a loop of short steps, and no step waits for a worker. So a signal, a dead worker and the next step
of a replacement are handled at once, while other workers start, hang or drain.
"""

from __future__ import annotations

import signal
from collections import deque
from dataclasses import dataclass
from socket import socket
from time import monotonic, sleep

import structlog
import uvicorn

from huggg.processes.exit_reason import UNKNOWN, ExitReason
from huggg.processes.worker_process import FINAL_STOP, WorkerProcess

STARTUP_FAILURE = 3
"""The exit code of uvicorn's processes that cannot serve."""

STEP_SECONDS = 0.1

log = structlog.get_logger()


@dataclass(slots=True)
class Replacement:
    """A replacement of workers, one by one: the places still to do, and the new worker for the first."""

    places: deque[int]
    successor: WorkerProcess | None = None


class Supervisor:
    """Keeps a worker in each place, replaces all of them on SIGHUP, and stops on SIGTERM or SIGINT."""

    def __init__(self, config: uvicorn.Config, listener: socket, exit_reason: ExitReason) -> None:
        """Take over the signals. FINAL_STOP is ignored, also by workers until they have a handler."""
        self._config = config
        self._listener = listener
        self._exit_reason = exit_reason
        self._workers: list[WorkerProcess] = []
        self._leavers: list[WorkerProcess] = []
        self._replacement: Replacement | None = None
        self._is_stopping = False
        self._signals: deque[int] = deque()
        signal.signal(FINAL_STOP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _: self._signals.append(number))

    def run(self) -> None:
        """Supervise until the server stops and every worker has ended."""
        self._workers = [self._start() for _ in range(self._config.workers)]
        while self._leavers or not self._is_stopping:
            sleep(STEP_SECONDS)
            self._step()

    def _step(self) -> None:
        if self._signals:  # one in each step: two at once may be one to a worker that they are passed to
            self._handle(signal.Signals(self._signals.popleft()))
        self._look_after_leavers()
        if not self._is_stopping:
            self._keep_places()
        if self._replacement is not None:
            self._continue(self._replacement)

    def _look_after_leavers(self) -> None:
        for worker in self._leavers:
            worker.look()
        self._leavers = [worker for worker in self._leavers if not worker.has_ended]

    def _start(self, *, attempt: int = 1) -> WorkerProcess:
        worker = WorkerProcess(self._config, [self._listener], attempt=attempt)
        worker.start()
        return worker

    def _retire(self, worker: WorkerProcess) -> None:
        worker.terminate()
        self._leavers.append(worker)

    def _handle(self, number: signal.Signals) -> None:
        if number == signal.SIGHUP:
            self._begin_replacement(number.name)
        elif self._is_stopping:
            for worker in self._leavers:  # told twice, they drain no longer
                worker.terminate()
        else:
            self._stop(number.name)

    def _stop(self, reason: str, *, code: int = 0) -> None:
        """Stop every worker, also one that starts and one that a replacement stops already."""
        self._exit_reason.note(reason, code=code)
        self._is_stopping = True
        self._listener.close()  # the last worker that closes its copy closes the port
        successors = [self._replacement.successor] if self._replacement else []
        self._replacement = None
        workers = [worker for worker in (*self._workers, *successors) if worker is not None]
        for worker in (*workers, *self._leavers):
            worker.tell_final_stop()
        for worker in workers:
            self._retire(worker)

    def _keep_places(self) -> None:
        """Start a worker in each place whose worker has ended; stop if no worker can start.

        After a worker that could not start, the next one starts only while another serves. So a server
        whose workers all fail ends, and its init system learns of it.
        """
        now = monotonic()
        serves = any(worker.has_served and not worker.has_ended for worker in self._workers)
        for place, worker in enumerate(self._workers):
            if not worker.has_ended:
                worker.look()
                continue
            if worker.restart_at is None:
                worker.restart_at = now + worker.bury()
            if worker.restart_at <= now and (serves or not worker.could_not_start):
                self._workers[place] = self._start(attempt=worker.next_attempt)
        if all(worker.could_not_start for worker in self._workers):
            self._stop(UNKNOWN, code=STARTUP_FAILURE)

    def _begin_replacement(self, reason: str) -> None:
        """Begin to replace all workers; a successor that starts may have loaded an older release."""
        if self._is_stopping:
            return
        if self._replacement is not None and self._replacement.successor is not None:
            self._retire(self._replacement.successor)
        log.info("workers are replaced", reason=reason)
        self._replacement = Replacement(deque(range(len(self._workers))))

    def _continue(self, replacement: Replacement) -> None:
        """Do the next step of a replacement, if the last one has had its effect."""
        successor, places = replacement.successor, replacement.places
        if successor is None:
            if self._leavers:
                return
            if places:
                replacement.successor = self._start()
            else:
                self._end_replacement(old_workers=0)
            return
        successor.look()
        if successor.has_ended or successor.is_late:
            successor.bury()
            self._leavers.append(successor)
            self._end_replacement(old_workers=len(places))
        elif successor.has_served:
            place = places.popleft()
            self._retire(self._workers[place])
            self._workers[place], replacement.successor = successor, None

    def _end_replacement(self, *, old_workers: int) -> None:
        self._replacement = None
        log.info("workers were replaced", kept=old_workers)


def supervise(config: uvicorn.Config, exit_reason: ExitReason) -> int:
    """Run workers until stopped, and give the exit code."""
    with config.bind_socket() as listener:
        Supervisor(config, listener, exit_reason).run()
    return exit_reason.code

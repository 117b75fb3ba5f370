"""The supervisor's knowledge of a worker: that it serves, that it hangs, and when to start the next."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import pytest
import uvicorn

from huggg.processes import worker_process
from huggg.processes.worker_process import SILENCE_SECONDS_MAX, WorkerProcess


class FakeProcess:
    """A process of which the operating system knows nothing."""

    pid = None

    def __init__(self, exit_code: int | None = None) -> None:
        self.exitcode = exit_code

    def start(self) -> None:
        """Start nothing."""

    def kill(self) -> None:
        """End as a killed process ends."""
        if self.exitcode is None:
            self.exitcode = -signal.SIGKILL


class Clock:
    """A clock that a test moves."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(worker_process, "monotonic", clock)
    return clock


@contextmanager
def started(
    process: FakeProcess | None = None, *, attempt: int = 1
) -> Iterator[tuple[WorkerProcess, Connection[Any, Any]]]:
    """Start a worker, and give its own end of the pipe, too."""
    worker = WorkerProcess(uvicorn.Config("none"), [], attempt=attempt)
    setattr(worker, "process", process or FakeProcess())  # noqa: B010 - another class, to the type checker
    with Connection(os.dup(worker.child_conn.fileno())) as pipe, worker.parent_conn:
        worker.start()
        yield worker, pipe


def look_after(seconds: float, worker: WorkerProcess, clock: Clock) -> None:
    clock.seconds += seconds
    worker.look()


def test_a_worker_serves_once_it_says_so(clock: Clock) -> None:
    with started() as (worker, pipe):
        for answer in (False, True, False):
            look_after(1, worker, clock)
            assert pipe.recv() == b"ping"
            pipe.send(answer)
            look_after(0.1, worker, clock)
        assert (worker.has_served, worker.has_ended) == (True, False)


def test_a_worker_that_answers_no_ping_is_killed(clock: Clock) -> None:
    with started() as (worker, _):
        look_after(1, worker, clock)
        look_after(SILENCE_SECONDS_MAX, worker, clock)
        assert not worker.has_ended
        look_after(1, worker, clock)
        assert worker.exitcode == -signal.SIGKILL


def test_a_supervisor_that_slept_itself_kills_no_worker(clock: Clock) -> None:
    with started() as (worker, pipe):
        look_after(1, worker, clock)
        pipe.send(True)
        look_after(3600, worker, clock)
        look_after(3600, worker, clock)
        assert not worker.has_ended


@pytest.mark.parametrize(
    ("attempt", "exit_code", "gives_up", "pause"),
    [(1, 3, True, 1), (2, 1, True, 2), (9, 3, True, 32), (1, -9, False, 1), (3, 0, False, 4)],
)
def test_a_worker_that_ends_before_it_serves_has_a_successor_after_a_pause(
    *, attempt: int, exit_code: int, gives_up: bool, pause: float
) -> None:
    with started(FakeProcess(exit_code), attempt=attempt) as (worker, _):
        assert (worker.could_not_start, worker.bury()) == (gives_up, pause)
        assert worker.next_attempt == attempt + 1


class Serving:
    """An HTTP server that started, whose loop is turned by hand."""

    started = True

    def __init__(self) -> None:
        self.servers = [self]
        self.to_do: list[Callable[[], None]] = []

    def get_loop(self) -> Serving:
        return self

    def call_soon_threadsafe(self, callback: Callable[..., None], *values: object) -> None:
        self.to_do.append(partial(callback, *values))

    def turn(self) -> None:
        for callback in self.to_do:
            callback()


@contextmanager
def pinged(server: object) -> Iterator[WorkerProcess]:
    """Have a worker receive a ping, as its process would."""
    worker = WorkerProcess(uvicorn.Config("none"), [])
    setattr(worker, "_server", server)  # noqa: B010 - another class, to the type checker
    with worker.parent_conn, worker.child_conn:
        worker.parent_conn.send(b"ping")
        worker.pong()
        yield worker


def test_a_worker_whose_loop_hangs_answers_no_ping() -> None:
    server = Serving()
    with pinged(server) as worker:
        assert not worker.parent_conn.poll()
        server.turn()
        assert worker.parent_conn.recv() is True


def test_a_worker_answers_that_it_still_starts() -> None:
    with pinged(uvicorn.Server(uvicorn.Config("none"))) as worker:
        assert worker.parent_conn.recv() is False


def test_a_worker_that_served_has_a_successor_at_once() -> None:
    with started(FakeProcess(3), attempt=5) as (worker, _):
        worker.has_served = True
        assert (worker.could_not_start, worker.bury(), worker.next_attempt) == (False, 0, 1)

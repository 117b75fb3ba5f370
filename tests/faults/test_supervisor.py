"""A supervisor waits for no single worker: one that hangs, fails or drains holds up nothing else."""

from __future__ import annotations

import signal
import socket
from functools import partial
from pathlib import Path

import pytest

from huggg.keys.load import FILE_NAME
from tests.faults.launch import without
from tests.faults.lines import all_serve, lines_to, request
from tests.support.installation import Installation
from tests.support.processes import (
    LOOPBACK,
    Server,
    eventually,
    has_taken,
    send_signal,
    serving,
)

LONG_DRAIN = {"HUGGG_DRAIN_SECONDS": "3600", "HUGGG_LOG_LEVEL": "info"}

SILENCE_SECONDS = 6
"""Of a worker that hangs; a start on a busy machine takes as long."""

HANGING = """
import signal, time
signal.signal(signal.SIGUSR2, lambda *_: time.sleep(3600))
"""
"""Has each process of Python's hang on a signal, in the thread of its loop."""

DRAINS = "process drains"
FAILED = "worker could not start"


def signal_worker(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    send_signal(pid, number, only_if="spawn_main")


async def stopped_by_two_signals(server: Server) -> int | None:
    """Ask it to stop, and once it has taken the request, to stop at once; give its exit code."""
    server.process.terminate()
    await eventually(partial(has_taken, server, signal.SIGTERM))
    return await server.stop()


async def test_a_stop_ends_a_replacement_whose_worker_drains(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async with serving(environment | LONG_DRAIN, tmp_path, "--workers", "3") as server:
        await all_serve(server, 3)
        before = set(server.workers)
        server.process.send_signal(signal.SIGHUP)
        await eventually(lambda: DRAINS in server.log_text())  # an hour, if it was waited for
        after = set(server.workers)
        assert await stopped_by_two_signals(server) == 0
    assert (len(before & after), len(after - before)) == (3, 1)
    assert "workers were replaced" not in server.log_text()


async def test_a_stop_ends_a_replacement_whose_worker_still_starts(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async with serving(environment | LONG_DRAIN, tmp_path, "--workers", "2") as server:
        await all_serve(server, 2)
        server.process.send_signal(signal.SIGHUP)
        await eventually(lambda: len(server.workers) == 3)
        assert await stopped_by_two_signals(server) == 0


async def test_a_worker_that_hangs_delays_neither_a_replacement_nor_a_stop(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"HUGGG_LOG_LEVEL": "info"}
    async with serving(environment, tmp_path, "--workers", "3") as server:
        await all_serve(server, 3)
        victim, stuck, other = server.workers
        signal_worker(stuck, signal.SIGSTOP)
        signal_worker(victim)
        await eventually(lambda: len(server.workers) == 3 and victim not in server.workers)
        assert {stuck, other} < set(server.workers)  # it is not killed yet

        server.process.terminate()
        await eventually(lambda: DRAINS in server.log_text())
        assert stuck in server.workers
        signal_worker(stuck, signal.SIGCONT)
        await server.ended()
        assert server.process.returncode == 0


async def test_a_worker_whose_loop_hangs_is_replaced(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """The thread that reads its pings runs on, as it would beside a loop of any length."""
    (tmp_path / "sitecustomize.py").write_text(HANGING)
    environment |= {"PYTHONPATH": str(tmp_path)}
    command = without(silence=SILENCE_SECONDS)
    async with serving(environment, tmp_path, "--workers", "2", command=command) as server:
        await all_serve(server, 2)
        stuck, other = server.workers
        signal_worker(stuck, signal.SIGUSR2)
        await eventually(lambda: len(server.workers) == 2 and stuck not in server.workers)
        assert other in server.workers
        await all_serve(server, 2)
        await eventually(lambda: '"exit_code":-9' in server.log_text())


async def test_a_server_that_stops_refuses_new_connections_while_it_finishes_requests(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        order = request("POST", "/api/v2/transactions", world.amara, world.order(quantity=1))
    async with serving(installation.environment, tmp_path, "--workers", "2") as server:
        await all_serve(server, 2)
        async with lines_to([server], 1) as (line,):
            line.hold(order)
            server.process.terminate()
            await eventually(partial(refuses_connections, server))
            assert server.process.poll() is None
            line.let_go()
            answer = await line.answer()
        await server.ended()
        assert (answer.status, server.process.returncode) == (201, 0)


def refuses_connections(server: Server) -> bool:
    """Ask once: a connection that waits while its listener closes is reset; the next one is refused."""
    try:
        with socket.create_connection((LOOPBACK, server.port), timeout=1):
            return False
    except ConnectionResetError:
        return False
    except ConnectionRefusedError:
        return True


@pytest.fixture
def key_file(environment: dict[str, str], tmp_path: Path) -> Path:
    """The file of the server's keys, which the environment does not have."""
    del environment["HUGGG_KEYS"]
    return tmp_path / FILE_NAME


def move(file: Path, place: Path) -> None:
    file.rename(place)


async def test_a_worker_that_cannot_start_leaves_the_others_serving_and_is_tried_again(
    environment: dict[str, str], key_file: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    async with serving(environment, tmp_path, "--workers", "2") as server:
        await all_serve(server, 2)
        victim, survivor = server.workers
        move(key_file, backup)
        signal_worker(victim)
        await eventually(lambda: FAILED in server.log_text())
        assert survivor in server.workers
        await server.ready()

        move(backup, key_file)
        await all_serve(server, 2)
        assert survivor in server.workers
        assert await server.stop() == 0


async def test_a_server_none_of_whose_workers_can_start_fails(
    environment: dict[str, str], key_file: Path, tmp_path: Path
) -> None:
    async with serving(environment, tmp_path, "--workers", "2") as server:
        await all_serve(server, 2)
        move(key_file, tmp_path / "backup")
        for pid in server.workers:
            signal_worker(pid)
        await server.ended()
        assert server.process.returncode == 3
    assert FAILED in server.log_text()

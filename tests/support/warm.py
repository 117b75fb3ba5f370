"""Commands without the CPU that importing huggg and building its commands takes.

A process that has done both forks once for each command. The fork has words, an environment and
standard streams of its own, and ends as `huggg` ends. Run as a module, this is that process.
"""

from __future__ import annotations

import array
import asyncio
import atexit
import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, suppress
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

import huggg
from huggg.database.queries import Queries

ROOT = Path(__file__).parents[2]
PLAIN = {"PATH": "/usr/bin:/bin"}
REQUEST_BYTES_MAX = 1 << 20
NUMBER_BYTES = 16

LAUNCH = "tests.faults.launch"
"""The module that takes something away before it is `huggg`."""

Streams = Sequence[IO[bytes]]
"""Standard input, output and error."""


class Request(msgspec.Struct):
    """One command: its words, and all of its environment."""

    words: list[str]
    environment: dict[str, str]


class Ended(NamedTuple):
    """How a command ended: its exit code, negative for a signal, and its output."""

    code: int
    out: bytes
    err: bytes


class Forked:
    """A command that is under way, as `subprocess.Popen` shows one."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], streams: Streams) -> None:
        """Fork for a command, which reads and writes these streams."""
        request = msgspec.json.encode(Request(list(words), dict(environment)))
        reading, writing = os.pipe()
        try:
            descriptors = [stream.fileno() for stream in streams]
            socket.send_fds(_started(), [request], [*descriptors, writing])
        finally:
            os.close(writing)
        self._answer = os.fdopen(reading, "rb", buffering=0)
        self.pid = int(self._answer.read(NUMBER_BYTES))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Give its exit code, negative for a signal, or None while it runs."""
        if self.returncode is None and select.select([self._answer], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most `timeout` seconds. Raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._answer], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            with self._answer:
                self.returncode = int(self._answer.read(NUMBER_BYTES))
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal it, unless it ended: then another process may have its number."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


async def run(words: Sequence[str], environment: Mapping[str, str], typed: bytes) -> Ended:
    """Run one command to its end, with these bytes at its standard input."""
    with (
        tempfile.TemporaryFile() as input_file,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        input_file.write(typed)
        input_file.seek(0)
        process = await asyncio.to_thread(Forked, words, environment, (input_file, out, err))
        code = await asyncio.to_thread(process.wait)
        return Ended(code, _content(out), _content(err))


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@cache
def _started() -> socket.socket:
    """Start the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", __name__, str(theirs.fileno())]
    process = subprocess.Popen(command, cwd=ROOT, env=PLAIN, pass_fds=[theirs.fileno()])
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _import_all() -> None:
    for module in pkgutil.walk_packages(huggg.__path__, "huggg."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _rehearse() -> None:
    """Do once, before any fork, the work whose result a process keeps from its first use on."""
    command = importlib.import_module("huggg.cli").build_command()
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere), suppress(SystemExit):
        command(["user", "role", "a name without a role"])
    for queries in [thing for thing in gc.get_objects() if isinstance(thing, Queries)]:
        list(queries)
    gc.freeze()


def _next_command(requests: socket.socket) -> Request | None:
    """Fork for each request; gives it in the fork, and None where requests end."""
    while True:
        content, descriptors, *_ = socket.recv_fds(requests, REQUEST_BYTES_MAX, 4)
        if not content:
            return None
        *streams, answer = array.array("i", descriptors)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            if child := os.fork():
                os.write(answer, str(child).encode().ljust(NUMBER_BYTES))
                _, status = os.waitpid(child, 0)
                os.write(answer, str(os.waitstatus_to_exitcode(status)).encode().ljust(NUMBER_BYTES))
                os._exit(0)
            os.close(answer)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            return msgspec.json.decode(content, type=Request)
        for descriptor in descriptors:
            os.close(descriptor)


def _serve(descriptor: int) -> None:
    _import_all()
    _rehearse()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the forks that wait
    request = _next_command(socket.socket(fileno=descriptor))
    if request is None:
        return
    os.environ.clear()
    os.environ.update(request.environment)
    if request.words[1:3] == ["-m", LAUNCH]:
        sys.argv[:] = request.words[2:]
        importlib.import_module(LAUNCH).run()
    else:
        sys.argv[:] = request.words
        importlib.import_module("huggg.cli").main()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

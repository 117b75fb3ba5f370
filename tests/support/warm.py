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


class Request(msgspec.Struct):
    """One command: its words, `huggg` first, and all of its environment."""

    words: list[str]
    environment: dict[str, str]


class Ended(NamedTuple):
    """How a command ended: its exit code, negative for a signal, and its output."""

    code: int
    out: bytes
    err: bytes


async def run(words: Sequence[str], environment: Mapping[str, str], typed: bytes) -> Ended:
    """Run one command to its end, with these bytes at its standard input."""
    request = msgspec.json.encode(Request(list(words), dict(environment)))
    with (
        tempfile.TemporaryFile() as input_file,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        input_file.write(typed)
        input_file.seek(0)
        code = await asyncio.to_thread(_ask, request, (input_file, out, err))
        return Ended(code, _content(out), _content(err))


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _ask(request: bytes, streams: Sequence[IO[bytes]]) -> int:
    reading, writing = os.pipe()
    try:
        descriptors = [stream.fileno() for stream in streams]
        socket.send_fds(_started(), [request], [*descriptors, writing])
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        return int(answer.read())


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
    """Do once the work that each command would do anew: it is done, or kept, at the first use."""
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
                _, status = os.waitpid(child, 0)
                os.write(answer, str(os.waitstatus_to_exitcode(status)).encode())
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
    sys.argv[:] = request.words
    os.environ.clear()
    os.environ.update(request.environment)
    importlib.import_module("huggg.cli").main()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

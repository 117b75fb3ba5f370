"""The real `huggg serve` in processes of its own, and the kernel's facts about them.

A server ends with the test that started it, by its process id, in any state.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from huggg.settings.settings import Settings
from tests.support import warm
from tests.support.warm import Forked

LOOPBACK = "127.0.0.1"
ROOT = Path(__file__).parents[2]

HUGGG: tuple[str, ...] = (str(Path(sys.executable).with_name("huggg")),)
"""The command as it is installed; a test that needs another beginning passes its own."""

START_SECONDS_MAX = 30.0
REPLACED_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 45.0  # in-flight requests have 25


@dataclass(slots=True)
class Server:
    """One `huggg serve` that was started."""

    port: int
    process: subprocess.Popen[bytes] | Forked
    log: Path
    seconds_to_ready: float = 0.0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def workers(self) -> list[int]:
        """Name the worker processes, without the helper that Python starts beside them."""
        return [pid for pid in children(self.process.pid) if "spawn_main" in command_line(pid)]

    async def ready(self, *, seconds: float = START_SECONDS_MAX) -> None:
        """Wait until it serves, and note how long that took."""
        began = time.monotonic()
        async with httpx2.AsyncClient(base_url=self.url, timeout=1, trust_env=False) as client:
            while time.monotonic() - began < seconds:
                if self.process.poll() is not None:
                    raise AssertionError(f"It ended with {self.process.returncode}:\n{self.log_text()}")
                with suppress(httpx2.TransportError):
                    if (await client.get("/health/ready")).status_code == 200:
                        self.seconds_to_ready = time.monotonic() - began
                        return
                await asyncio.sleep(0.02)
        raise AssertionError(f"It does not serve within {seconds} s:\n{self.log_text()}")

    async def stop(self) -> int:
        """Ask it to stop, as an init system does, and give its exit code."""
        self.process.terminate()
        await self.ended()
        return self.process.wait()

    async def ended(self) -> None:
        """Wait until it is gone, without holding up the event loop."""
        until = time.monotonic() + STOP_SECONDS_MAX
        while self.process.poll() is None:
            assert time.monotonic() < until, f"It does not stop:\n{self.log_text()}"
            await asyncio.sleep(0.02)

    def kill(self) -> None:
        """Kill -9, and wait until the kernel is done with it."""
        self.process.kill()
        self.process.wait()

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")


@asynccontextmanager
async def serving(
    environment: dict[str, str],
    folder: Path,
    *options: str,
    command: Sequence[str] = HUGGG,
    port: int | None = None,
    verb: str = "serve",
) -> AsyncIterator[Server]:
    """Run one server, or with another verb a worker, while the block lasts, from its first answer on."""
    started = start(environment, folder, *options, command=command, port=port, verb=verb)
    async with _seen_through([started]) as (server,):
        yield server


@asynccontextmanager
async def fleet(
    environment: dict[str, str], folder: Path, size: int, *, command: Sequence[str] = HUGGG
) -> AsyncIterator[list[Server]]:
    """Run several servers, separate processes on one database, while the block lasts."""
    started = [start(environment, folder, command=command) for _ in range(size)]
    async with _seen_through(started) as servers:
        yield servers


@asynccontextmanager
async def _seen_through(servers: list[Server]) -> AsyncIterator[list[Server]]:
    try:
        for server in servers:
            await server.ready()
        yield servers
    except BaseException:
        for server in servers:
            print(f"--- the server on port {server.port} said:\n{server.log_text()}")  # noqa: T201
        raise
    finally:
        await asyncio.gather(*(end(server) for server in servers))


def start(
    environment: dict[str, str],
    folder: Path,
    *options: str,
    command: Sequence[str] = HUGGG,
    port: int | None = None,
    verb: str = "serve",
) -> Server:
    """Start a server and do not wait; its output goes to a file in `folder`.

    It is forked from a process that has imported huggg, unless another program begins it.
    """
    port = port or free_port()
    log = folder / f"serve-{port}.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUGGG_")}
    words = [*command, verb, "--port", str(port), *options]
    with log.open("ab") as output, Path(os.devnull).open("rb") as no_input:
        if tuple(command) == HUGGG or warm.LAUNCH in command:
            return Server(port, Forked(words, inherited | environment, (no_input, output, output)), log)
        process = subprocess.Popen(
            words, cwd=ROOT, env=inherited | environment, stdin=no_input, stdout=output, stderr=output
        )
    return Server(port, process, log)


async def end(server: Server) -> None:
    """See to it that nothing of it is left."""
    workers = server.workers
    try:
        if server.process.poll() is None:
            await server.stop()
    finally:
        if server.process.poll() is None:
            server.kill()
        for pid in workers:
            send_signal(pid, signal.SIGKILL, only_if="spawn_main")


def environment_of(settings: Settings) -> dict[str, str]:
    """Write a test's settings as environment variables."""
    return {
        "HUGGG_DATABASE_URL": settings.database_url or "",
        "HUGGG_DATA_DIR": str(settings.data_dir),
        "HUGGG_KEYS": settings.keys or "",
        "HUGGG_LAUNCH_URL": settings.launch_url,
        "HUGGG_CARD_PROCESSOR": settings.card_processor or "",
        "HUGGG_LOG_LEVEL": "warning",
        "HUGGG_DRAIN_SECONDS": "0",
        "HUGGG_PRIVATE_ADDRESSES": ",".join(str(network) for network in settings.private_addresses),
    }


def free_port() -> int:
    """Find a port that no process listens on."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    """Tell whether a server could be started there now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def children(pid: int) -> list[int]:
    """Name the processes whose parent this is; dead ones that are not reaped are left out."""
    return [child for child, parent, state in _processes() if parent == pid and state != "Z"]


def command_line(pid: int) -> str:
    """Read how it was called; nothing if it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def send_signal(pid: int, number: int, *, only_if: str) -> None:
    """Signal a process, if it is still the one that is meant: its command line says so."""
    if only_if in command_line(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def has_taken(server: Server, number: signal.Signals) -> bool:
    """Tell whether the kernel has handed the signal over; until then it would merge a second one."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    pending = int(re.findall(r"^ShdPnd:\s*(\w+)$", status, re.MULTILINE)[0], 16)
    return not pending & 1 << number - 1


def memory_mb(pid: int) -> tuple[float, float]:
    """Read how much memory it holds, and the most that it ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    now, peak = (int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak


def _processes() -> Iterator[tuple[int, int, str]]:
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            before, _, after = status.read_text(errors="replace").rpartition(") ")
            state, parent, *_ = after.split()
            yield int(before.split(" ", 1)[0]), int(parent), state


async def eventually(holds: Callable[[], bool], *, seconds: float = REPLACED_SECONDS_MAX) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "It never came true."
        await asyncio.sleep(0.02)

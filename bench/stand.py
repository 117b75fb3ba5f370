"""The stand: a throw-away database with a demo world in it, and servers to measure."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.bare import GIVEN
from huggg.database.embedded import EmbeddedPostgres, start_embedded
from huggg.database.migrate import migrate
from huggg.demo.seed import seed
from huggg.hugggs.huggg import Huggg
from huggg.identity.caller import Caller, UserKind
from huggg.identity.create import find_user
from huggg.identity.log_in import open_session
from huggg.identity.passwords import Passwords
from huggg.kit.platform import Platform
from huggg.payments.disabled import DisabledProcessor
from huggg.server.process import platform_of
from huggg.settings.settings import Settings, read_settings
from huggg.transactions.buy_from_wallet import buy_from_wallet
from huggg.transactions.order import Order
from huggg.wallets.top_up import top_up

CHUNK = 10_000

NEVER_REACHED = "1000000000"
SETTINGS = {
    "HUGGG_LOG_LEVEL": "error",
    "HUGGG_DRAIN_SECONDS": "0",
    "HUGGG_CALLER_REQUESTS_MAX": NEVER_REACHED,
    "HUGGG_ADDRESS_REQUESTS_MAX": NEVER_REACHED,
    "HUGGG_LOGIN_FAILURES_MAX": NEVER_REACHED,
    "HUGGG_MISSES_MAX": NEVER_REACHED,
}
"""Limits are on, so that their cost is measured, and out of reach, so that no request is refused."""

READY_SECONDS_MAX = 30

EPOS, POOLED = 5, 4
"""Integrations: tills that scan hugggs, and codes that were loaded beforehand."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Everything a measurement starts from."""

    postgres: EmbeddedPostgres
    environment: dict[str, str]
    settings: Settings
    world: dict[str, Any]


@contextmanager
def stand() -> Iterator[Stand]:
    """Start a database of its own, migrated and seeded, and throw it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="huggg-bench-") as folder:
        data_dir = Path(folder)
        data_dir.chmod(0o711)
        with start_embedded(data_dir) as postgres:
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            environment = {
                **SETTINGS,
                "HUGGG_DATABASE_URL": postgres.url,
                "HUGGG_DATA_DIR": folder,
                "HUGGG_KEYS": f"1:{key}",
            }
            settings = read_settings(environment)
            asyncio.run(migrate(postgres.url))
            yield Stand(postgres, environment, settings, asyncio.run(_seeded(settings)))


async def _seeded(settings: Settings) -> dict[str, Any]:
    async with platform_of(settings) as platform:
        return await seed(platform, Passwords(), DisabledProcessor(), base_url="")


@asynccontextmanager
async def platform(at: Stand) -> AsyncIterator[Platform]:
    """Work on the stand's database directly, for preparing a measurement."""
    async with platform_of(at.settings) as opened:
        yield opened


async def bought(at: Stand, tools: Platform, count: int, *, integration: int = EPOS) -> list[Huggg]:
    """Buy hugggs of the first product of a merchant of this integration."""
    product = merchant(at, integration)["products"][0]
    wallet = UUID(str(at.world["buyer"]["wallet_id"]))
    await top_up(tools.database, wallet_id=wallet, amount=count * product["sale_price"])
    hugggs: list[Huggg] = []

    caller = Caller(
        at.world["client_id"],
        UUID(str(at.world["buyer"]["user_id"])),
        UserKind.CUSTOMER,
        team_id=UUID(str(at.world["buyer"]["team_id"])),
    )
    for start in range(0, count, CHUNK):
        order = Order(wallet, UUID(str(product["id"])), min(CHUNK, count - start))
        purchase = await buy_from_wallet(tools.database, tools.vault, order, caller=caller)
        hugggs += purchase.hugggs
    return hugggs


def merchant(at: Stand, integration: int = EPOS) -> dict[str, Any]:
    """Pick the first merchant of an integration."""
    merchant: dict[str, Any] = next(
        m for m in at.world["merchants"] if m["integration_id"] == integration
    )
    return merchant


async def till_token(at: Stand, tools: Platform) -> str:
    """Log the merchant's till in, without the cost of a password."""
    username = merchant(at)["username"]
    return await _token(at, tools, await find_user(tools.database, tools.vault, username))


async def buyer_token(at: Stand, tools: Platform) -> str:
    """Log the buyer in."""
    return await _token(at, tools, UUID(str(at.world["buyer"]["user_id"])))


async def _token(at: Stand, tools: Platform, user_id: UUID) -> str:
    pair = await open_session(
        tools.database, tools.vault, client_id=at.world["client_id"], user_id=user_id
    )
    return pair.access


@contextmanager
def served(at: Stand, *, workers: int) -> Iterator[int]:
    """Run `huggg serve` with this many processes on the stand's database; gives the port."""
    with serving(at, workers=workers) as (port, _):
        yield port


@contextmanager
def serving(at: Stand, *, workers: int) -> Iterator[tuple[int, int]]:
    """Do the same, and give the id of the process too."""
    port = free_port()
    with _running(["-m", "huggg", *_serve(port, workers)], at.environment, port) as server:
        yield port, server.pid


@contextmanager
def embedded_served(data_dir: Path, keys: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `huggg serve` with the database it embeds; gives the process."""
    port = free_port()
    environment = {
        **SETTINGS,
        "HUGGG_DATABASE_URL": "",
        "HUGGG_DATA_DIR": str(data_dir),
        "HUGGG_KEYS": keys,
    }
    with _running(["-m", "huggg", *_serve(port, 1)], environment, port) as server:
        yield server


@contextmanager
def bare_served(app: str, file: Path, *, workers: int) -> Iterator[int]:
    """Run a bare application under the same HTTP server; gives the port."""
    port = free_port()
    command = ["-m", "uvicorn", "--factory", app, "--no-access-log"]
    command += ["--log-level", "warning", "--port", str(port), "--workers", str(workers)]
    with _running(command, {GIVEN: str(file)}, port):
        yield port


def resident_bytes(pid: int) -> int:
    """Read how much memory a process holds (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_bytes(pid: int) -> int:
    """Read how much memory a process ever held (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(kilobytes) * 1024


def _serve(port: int, workers: int) -> list[str]:
    return ["serve", "--port", str(port), "--workers", str(workers)]


@contextmanager
def _running(
    command: list[str], environment: dict[str, str], port: int
) -> Iterator[subprocess.Popen[bytes]]:
    full = {**os.environ, **environment}
    server = subprocess.Popen([sys.executable, *command], env=full, start_new_session=True)
    try:
        wait_until_ready(port, server)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def free_port() -> int:
    """Ask the kernel for a port that no process has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait for /health/ready. Raises RuntimeError when the server is gone or takes too long."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the server did not become ready")

"""The number of processes that serve: one for each core that the database leaves.

A server process keeps one core busy. The database takes about as much of the processor as the servers
do, so where both share a machine half of the cores are left. More processes share no batches, and take
turns with the database: with two cores for all, one or two redeem the most, and four a fifth less.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

AUTO = "auto"
WORKERS_MAX = 64
AUTO_MAX = 8
"""Eight processes with ten connections each stay below PostgreSQL's default of a hundred."""

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""The processor time of a container, in microseconds, and the time within which it is counted."""


def worker_count(text: str) -> int | None:
    """Read a number of workers; None for `auto`. Raises ValueError."""
    if text == AUTO:
        return None
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= WORKERS_MAX:
        raise ValueError(f"{text!r} is neither a number from 1 to {WORKERS_MAX} nor {AUTO}.")
    return int(text)


def workers_for(cores: int, *, beside_database: bool) -> int:
    """Give the number of server processes for a machine."""
    return min(AUTO_MAX, max(1, cores // 2 if beside_database else cores))


def cores_here(quota: Path = QUOTA) -> int:
    """Count the cores that this process may use, at least one; a container's quota counts, too."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        time, period = quota.read_text(encoding="ascii").split()
        return max(1, min(allowed, int(time) // int(period)))
    return allowed


def is_on_this_machine(database_url: str) -> bool:
    """Tell whether a database is reached by a socket or a loopback address."""
    parts = urlsplit(database_url)
    hosts = parse_qs(parts.query).get("host", [])
    host = unquote(hosts[0] if hosts else parts.hostname or "")
    if host in ("", "localhost") or host.startswith("/"):
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False

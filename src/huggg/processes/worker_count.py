"""The number of processes that serve: one for each core that the database leaves.

A server process keeps one core busy. The database takes about as much of the processor as the servers
do, so where both share a machine half of the cores are left. More processes share no batches, and take
turns with the database: with two cores for all, one or two redeem the most, and four a fifth less.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

AUTO = "auto"
WORKERS_MAX = 64
AUTO_MAX = 8
"""Eight processes with ten connections each stay below PostgreSQL's default of a hundred."""

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
"""The groups of this process, one in each tree of groups."""


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


def cores_here(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Count the cores that this process may use, at least one; the quotas of its groups count, too.

    A container's quota is that of its group, and a service's that of a group inside of others.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([allowed, *_quotas(cgroups, membership)]))


def _quotas(cgroups: Path, membership: Path) -> Iterator[int]:
    """List the whole cores that the groups of a process leave it, and the groups around those."""
    with suppress(OSError):
        for line in membership.read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                mounts = [cgroups, cgroups / "unified"]
            elif "cpu" in controllers.split(","):
                mounts = [cgroups / controllers, cgroups / "cpu"]
            else:
                mounts = []
            for mount in mounts:
                group = mount / path.lstrip("/")
                for folder in (group, *group.parents):
                    if folder.is_relative_to(mount):
                        yield from _quota_of(folder)


def _quota_of(group: Path) -> Iterator[int]:
    """Divide a group's processor time by the period that it is given for; nothing if it has no bound."""
    unbounded = (OSError, ValueError, ZeroDivisionError)
    with suppress(*unbounded):
        time, period = (group / "cpu.max").read_text(encoding="ascii").split()
        yield int(time) // int(period)
    with suppress(*unbounded):
        time, period = (
            (group / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period")
        )
        if int(time) > 0:  # -1 is no bound
            yield int(time) // int(period)


def is_on_this_machine(database_url: str) -> bool:
    """Tell whether a database is reached by a socket or a loopback address."""
    parts = urlsplit(database_url)
    hosts = parse_qs(parts.query).get("host", [])
    host = unquote(hosts[0] if hosts else parts.hostname or os.environ.get("PGHOST", ""))
    if host in ("", "localhost") or host.startswith("/"):
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False

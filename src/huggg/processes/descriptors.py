"""File descriptors: a server takes as many as its operating system lets it have.

Each connection of a client takes one. Many systems give a process 1,024 at first, half of the requests
that a server takes at once, and let it have far more.
"""

from __future__ import annotations

import resource
from contextlib import suppress

import structlog

log = structlog.get_logger()

RAISED_MAX = 65_536
"""The number up to which a server raises the limit: some systems let it have a thousand million."""

BESIDES = 128
"""The descriptors of a process that are no client's: the database's connections, files, jobs."""


def raise_limit() -> int:
    """Raise this process's limit, which its workers inherit, and give it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = RAISED_MAX if hard == resource.RLIM_INFINITY else min(hard, RAISED_MAX)
    if soft == resource.RLIM_INFINITY or soft >= limit:
        return RAISED_MAX if soft == resource.RLIM_INFINITY else soft
    with suppress(OSError, ValueError):  # macOS permits fewer than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        return limit
    return soft


def tell_few(limit: int, *, requests: int, connections: int) -> None:
    """Log a warning if a process cannot serve as many requests at once as it may."""
    need = needed(requests=requests, connections=connections)
    if limit < need:
        log.warning("few file descriptors", limit=limit, needed=need)


def needed(*, requests: int, connections: int) -> int:
    """Add up the descriptors of a process that serves as many requests at once as it may."""
    return requests + connections + BESIDES

"""Offloading: long work runs in a thread, so that one large request delays no other.

Slow operations have threads of their own. Sixteen callers who printed took all threads of the process
for seconds, and a clerk who signed in waited behind them: the process hashes passwords in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import TypeVar

from huggg.database.errors import TooManyWaiting

T = TypeVar("T")

SLOW_THREADS = 2
SLOW_WAIT_SECONDS_MAX = 20.0
"""Seconds that the work of a slow operation waits for its thread, before its caller is refused."""

BULK_FROM = 500
"""Items; fewer take less time than it takes to hand them to a thread."""


async def offload(work: Callable[[], T], *, items: int) -> T:
    """Do `work` on so many items, in a thread if they are many.

    It must touch nothing that others do, but for a vault, which is made for it.
    """
    return work() if items < BULK_FROM else await asyncio.to_thread(work)


async def in_slow_thread(work: Callable[[], T]) -> T:
    """Do the work of a slow operation, as to write a large file. Raises TooManyWaiting."""
    running = _slow_threads().submit(copy_context().run, work)
    result = asyncio.wrap_future(running)
    try:
        await asyncio.wait([result], timeout=SLOW_WAIT_SECONDS_MAX)
        if not result.done() and running.cancel():
            raise TooManyWaiting
        return await result
    finally:
        running.cancel()  # where the caller left before its turn


@cache
def _slow_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="slow")

"""Offloading: long work runs in a thread, so that one large request delays no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

BULK_FROM = 500
"""Items; fewer take less time than it takes to hand them to a thread."""


async def offload(work: Callable[[], T], *, items: int) -> T:
    """Do `work` on so many items, in a thread if they are many.

    It must touch nothing that others do, but for a vault, which is made for it.
    """
    return work() if items < BULK_FROM else await asyncio.to_thread(work)

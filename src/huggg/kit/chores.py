"""Chores: what a server process does now and then, beside serving; twice at once is harmless."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from huggg.kit.errors import Unavailable

log = structlog.get_logger()


async def every(seconds: float, chore: Callable[[], Awaitable[object]], *, called: str) -> NoReturn:
    """Do a chore again and again, with a pause before each time, until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await chore()
        except Unavailable:
            continue
        except Exception:  # whatever it is, the next round may do better
            log.exception("chore not done", chore=called)

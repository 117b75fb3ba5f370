"""Retention: rows that have served their time are removed, beside the requests, in every process."""

from __future__ import annotations

import asyncio
from functools import partial

from huggg.identity.sweep import sweep_sessions
from huggg.kit.chores import every
from huggg.kit.platform import Platform

SWEEP_SECONDS = 10.0


async def look_after_old_rows(platform: Platform) -> None:
    """Sweep logins and kept answers, until cancelled. Two processes pass each other's rows over."""
    await asyncio.gather(
        every(SWEEP_SECONDS, partial(sweep_sessions, platform.database), called="sessions"),
        every(SWEEP_SECONDS, platform.idempotency.sweep, called="idempotency keys"),
    )

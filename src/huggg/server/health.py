"""`/health/live`: this process runs. `/health/ready`: it can serve, database and schema included."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from huggg.database.readiness import AWAY
from huggg.http.operation import Operation
from huggg.http.route import get
from huggg.http.web import Response, json_response
from huggg.kit.cached import CachedValue
from huggg.kit.platform import Platform
from huggg.processes.shutdown import Shutdown
from huggg.refusal import Unavailable

DOUBT_SECONDS_MAX = 1.0
"""Seconds that a process in doubt, which cannot be ready, waits for the database to name the reason."""


class Health(Struct):
    """The health of a process."""

    status: str


LIVENESS = Operation(
    id="showLiveness",
    tag="Health",
    summary="Liveness",
    answer=Health,
    limited=False,
)
READINESS = Operation(
    id="showReadiness",
    tag="Health",
    summary="Readiness",
    answer=Health,
    refuses=(Unavailable,),
    limited=False,
)


@get("/health/live", operation=LIVENESS)
async def live() -> Response:
    """Answer 200: the process runs."""
    return json_response(Health("live"))


@get("/health/ready", operation=READINESS)
async def ready(readiness: CachedValue[str | None], platform: Platform, shutdown: Shutdown) -> Response:
    """Answer 200 if this process can serve, or 503 with the reason.

    It is 503 while the database is away, read-only, at another schema or sealed with a key that the
    process lacks, and while the process drains. The database is asked once a second at most.
    """
    hindrance = await _hindrance(readiness, platform.vault.doubt)
    if shutdown.not_ready:  # looked at last: the signal may come while the database is asked
        raise Unavailable("This process is about to stop.")
    if hindrance is not None:
        raise Unavailable(hindrance)
    return json_response(Health("ready"))


async def _hindrance(readiness: CachedValue[str | None], doubt: str | None) -> str | None:
    """Name the reason. A vault is in doubt where the database is away, too, so that is told first."""
    if doubt is None:
        return await readiness.get()
    try:
        async with asyncio.timeout(DOUBT_SECONDS_MAX):
            return await readiness.get() or doubt
    except TimeoutError:
        return AWAY


ROUTES = [live, ready]

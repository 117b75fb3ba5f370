"""The sessions of a process: the number of its connections of each kind, and their settings."""

from __future__ import annotations

import asyncio
from functools import partial
from math import ceil

import asyncpg

from huggg.database.connections import Connections
from huggg.database.driver_errors import refuse_lost
from huggg.database.durability import refuse_unsafe
from huggg.database.meter import Meter
from huggg.database.pool import Database

ACQUIRE_SECONDS_MAX = 1.0

SESSION = {
    "application_name": "huggg",
    "statement_timeout": "130s",  # beyond all deadlines, for statements whose caller is gone
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",  # compiling a plan costs more than running any of ours
    "timezone": "UTC",
    "default_transaction_isolation": "read committed",  # a faster change is looked at anew, no error
}

SPARE = 0.25
"""The part of the connections that no caller has alone."""

SLOW_PART = 8
"""One in so many connections is for slow operations; a smaller pool has none of that kind."""

SLOW_ACQUIRE_SECONDS_MAX = 5.0
DEADLINE = {"statement_timeout": "11s"}  # a second after its caller is gone
SLOW_SESSION = {**SESSION, **DEADLINE}

LANES_MAX = 4
LANE_SESSION = {
    **SESSION,
    **DEADLINE,
    "lock_timeout": "800ms",  # less than others wait for a lane
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""The session settings of lanes: shared statements find each row by an index and are planned once.

PostgreSQL expects ten rows of an array and a batch of one is cheaper, so it would plan anew each time,
for longer than the statement takes. And a plan that it settled on while a table was small would stay
when the table is large.
"""


async def connect(
    url: str,
    *,
    connections_max: int = 10,
    meter: Meter | None = None,
    seconds_max: float | None = None,
) -> Database:
    """Make a pool. It connects at its first statement, so a database that is away delays no start.

    Of `connections_max`, at least 3, one is for the bulk thread, up to half are lanes, and one in 8 is
    for slow operations. A statement that is not shared may take `seconds_max`, or ten seconds for None.
    """
    lanes_max, slow_max = min(LANES_MAX, connections_max // 2), connections_max // SLOW_PART
    others_max = max(1, connections_max - lanes_max - slow_max - 1)

    def of(
        session: dict[str, str], most: int, *, spare: int = 0, wait: float = ACQUIRE_SECONDS_MAX
    ) -> Connections:
        return Connections(partial(_open, url, session), most, wait_seconds_max=wait, spare=spare)

    return Database(
        of(SESSION, others_max, spare=ceil((others_max - 1) * SPARE)),
        of(LANE_SESSION, lanes_max),
        partial(_open, url, SESSION),
        meter,
        slow=of(SLOW_SESSION, slow_max, wait=SLOW_ACQUIRE_SECONDS_MAX) if slow_max else None,
        seconds_max=seconds_max,
    )


async def _open(url: str, session: dict[str, str]) -> asyncpg.Connection:
    async with asyncio.timeout(ACQUIRE_SECONDS_MAX):
        connection = await asyncpg.connect(url, server_settings=session)
        try:
            await refuse_unsafe(connection)
        except BaseException as error:
            if isinstance(error, Exception):
                refuse_lost(connection, error)
            connection.terminate()
            raise
    return connection

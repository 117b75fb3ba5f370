"""Limits: buckets that all server processes share, and each process's way to draw from them.

`Buckets` draws from the table, exactly, one statement a draw. A `Limiter` applies one policy and keeps
leases, so that most draws of a fast caller need only memory.

A limit is a courtesy between callers, and no safety depends on it: while the database is away, or slow
to answer, every caller passes. A database that is away refuses by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from contextvars import Context

from huggg.database.meter import Meter
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.bucket import Draw, Policy
from huggg.kit.codes import Vault
from huggg.kit.errors import TooManyRequests
from huggg.kit.lease import Lease, Wish
from huggg.refusal import Unavailable

PATIENCE_SECONDS = 0.5
BLIND_SECONDS = 1.0
"""Seconds without further draws after one that did not come in time."""

ATTEMPTS_MAX = 3

queries = Queries(__file__, "limits.sql")

ONE = Wish(needed=1, spare=0, back=0)
PEEK = Wish(needed=0, spare=0, back=0)
RETURN = Wish(needed=0, spare=0, back=1)


class Buckets:
    """The shared table; it names the owner of a bucket by a fingerprint."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def draw(self, policy: Policy, key: str, wish: Wish = ONE) -> Draw:
        """Draw. Raises Unavailable."""
        for _ in range(ATTEMPTS_MAX):
            row = await self._database.each(
                queries.draw,
                key=self._vault.fingerprint(f"bucket {policy.name}", key),
                quota=policy.quota,
                gap=policy.gap,
                needed=wish.needed,
                spare=wish.spare,
                back=wish.back,
            )
            if row is not None:
                return Draw(policy, row["granted"], row["owed"])
        raise Unavailable

    async def draw_all(self, draws: Iterable[tuple[Policy, str]], wish: Wish = ONE) -> list[Draw]:
        """Draw from several buckets, in one round trip. Raises Unavailable."""
        return await asyncio.gather(*(self.draw(policy, key, wish) for policy, key in draws))

    async def sweep(self) -> None:
        """Forget the buckets that are full again. Raises Unavailable."""
        await self._database.rows(queries.sweep)


class Limiter:
    """Lets callers pass at a policy's pace, across all processes."""

    def __init__(self, policy: Policy, buckets: Buckets, meter: Meter) -> None:
        self.policy = policy
        self._buckets = buckets
        self._meter = meter
        self._leases: dict[str, Lease] = {}
        self._draws: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, int] = {}
        self._blind_until = float("-inf")

    def lease(self, key: str) -> Lease:
        """Find this process's lease for a caller, or begin an empty one."""
        lease = self._leases.get(key)
        if lease is None:
            lease = self._leases[key] = Lease(self.policy)
        return lease

    def passes(self, key: str, lease: Lease) -> bool:
        """Spend a token of a caller's lease, and ask for more in the background when it runs low.

        False says nothing yet: `spend` fetches one.
        """
        now = time.monotonic()
        if not lease.take(now):
            return False
        if lease.runs_low and key not in self._draws and now >= self._blind_until:
            self._begin_draw(key, lease)
        return True

    async def spend(self, key: str) -> bool:
        """Spend a token, fetching one if need be; False if the table gave no answer: the caller passes.

        Raises TooManyRequests.
        """
        lease = self.lease(key)
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            return await self._spend(key, lease)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]

    async def _spend(self, key: str, lease: Lease) -> bool:
        while not lease.take(now := time.monotonic()):
            if now < lease.empty_until:
                self._meter.count("huggg_limited_total", self.policy.name)
                raise TooManyRequests(lease.empty_until - now, self.policy.name)
            if now < self._blind_until or not await self._await_draw(key, lease):
                self._meter.count("huggg_limits_blind_total", self.policy.name)
                return False
        return True

    async def _await_draw(self, key: str, lease: Lease) -> bool:
        """Wait for this key's one draw that is under way; False if it did not come, or not in time."""
        draw = self._draws.get(key) or self._begin_draw(key, lease)
        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.shield(draw)  # others wait for it too, and late is better than never
            return True
        self._blind_until = time.monotonic() + BLIND_SECONDS
        return False

    def _begin_draw(self, key: str, lease: Lease) -> asyncio.Task[None]:
        # In a context of its own: the draw belongs to no request in particular.
        draw = asyncio.get_running_loop().create_task(self._draw(key, lease), context=Context())
        self._draws[key] = draw
        draw.add_done_callback(_error_retrieved)
        return draw

    async def _draw(self, key: str, lease: Lease) -> None:
        try:
            wish = lease.wish(time.monotonic(), needed=self._waiting.get(key, 0))
            lease.receive(await self._buckets.draw(self.policy, key, wish), time.monotonic())
        finally:
            del self._draws[key]

    async def let_go(self, *, every_lease: bool = False) -> None:
        """Give back lapsed tokens, or all of them, and forget callers that went away."""
        now = float("inf") if every_lease else time.monotonic()
        busy = self._waiting.keys() | self._draws.keys()
        idle = [key for key, lease in self._leases.items() if now >= lease.ends and key not in busy]
        lapsed = {key: self._leases.pop(key).lapsed(now) for key in idle}
        await asyncio.gather(*(self._give_back(key, count) for key, count in lapsed.items() if count))

    async def _give_back(self, key: str, count: int) -> None:
        with suppress(Unavailable):  # then it comes back as everything does, by and by
            await self._buckets.draw(self.policy, key, Wish(needed=0, spare=0, back=count))


def _error_retrieved(draw: asyncio.Task[None]) -> None:
    """Retrieve the error of a task, because the caller that waited for it may be gone."""
    if not draw.cancelled():
        draw.exception()

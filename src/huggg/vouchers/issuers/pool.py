"""Pool: the code was loaded beforehand and is drawn now.

Drawing reserves: one statement marks the code with its huggg and a lease. What is reserved is assigned
by the statement that records the voucher; a drawer that dies leaves nothing behind but a lease that
ends. So "empty" is a claim about the future of other drawers, and it is only made after waiting for
them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.hugggs.voucher_code import VoucherCode
from huggg.kit.coalesce import Coalescer
from huggg.kit.codes import Vault
from huggg.kit.errors import Unavailable
from huggg.vouchers.errors import NoIssuer, PoolEmpty
from huggg.vouchers.issuers.issuer import Issued, Issuer, Need, OutrunError, code_sealed_for
from huggg.vouchers.store import queries

LEASE = timedelta(seconds=10)
PATIENCE = timedelta(seconds=12)  # more than a lease: whoever waits sees the last drawer's end
PAUSE_SECONDS = 0.05
DRAWING = "draw codes"
"""What their batches are counted under; a bucket is drawn from, too."""


class Drawing:
    """Draws from pools."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        lease: timedelta = LEASE,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._database = database
        self._vault = vault
        self._lease = lease
        self._patience = patience.total_seconds()
        self._together: dict[tuple[UUID, UUID], Coalescer[UUID, Record | None]] = {}

    async def issue(self, issuer: Issuer, needs: Sequence[Need]) -> list[Issued]:
        """Reserve a code for each need; all or none.

        Raises NoIssuer when it is not clear which pool, PoolEmpty, OutrunError, and Unavailable while
        others hold codes that may come back.
        """
        pool_id = needs[0].segment_id or issuer.pool_id
        if pool_id is None:
            raise NoIssuer
        rows = await self._drawn(pool_id, needs)
        by_huggg = {row["huggg_id"]: row for row in rows}
        return [self._opened(by_huggg[need.huggg_id]) for need in needs]

    async def _drawn(self, pool_id: UUID, needs: Sequence[Need]) -> list[Record]:
        deadline = time.monotonic() + self._patience
        waiting = False
        while True:
            rows = await self._draw(pool_id, needs, waiting=waiting)
            if len(rows) == len(needs):
                return rows
            await self._put_back(rows)
            if waiting and not await self._enough_may_come_back(pool_id, len(needs)):
                raise PoolEmpty(_empty(pool_id, len(needs)))
            if time.monotonic() > deadline:
                raise Unavailable
            if waiting:
                await asyncio.sleep(PAUSE_SECONDS)
            waiting = True

    async def _draw(self, pool_id: UUID, needs: Sequence[Need], *, waiting: bool) -> list[Record]:
        """Skip what others have locked; the second look waits for them instead."""
        brand_id, huggg_ids = needs[0].brand_id, [need.huggg_id for need in needs]
        values = self._values(pool_id, brand_id, huggg_ids)
        if waiting:  # for others, or for a twin who has drawn for the same huggg
            renewed = await self._database.bulk(queries.renew, **values)
            if renewed:
                return renewed
        try:
            if waiting:
                return await self._database.bulk(_without_skipping(queries.draw), **values)
            if len(needs) == 1:
                return await self._draw_together(pool_id, brand_id, huggg_ids[0])
            return await self._database.bulk(queries.draw, **values)
        except asyncpg.UniqueViolationError:
            # Reserved for this huggg already: by a twin, or before a crash.
            renewed = await self._database.bulk(queries.renew, **values)
            if not renewed:
                raise OutrunError from None
            return renewed

    async def _draw_together(self, pool_id: UUID, brand_id: UUID, huggg_id: UUID) -> list[Record]:
        """Draw one, with whoever else draws from the pool just now: alone, all skip past each other."""
        together = self._together.get((pool_id, brand_id))
        if together is None:
            run = partial(self._draw_each, pool_id, brand_id)
            together = Coalescer(run, name=DRAWING, meter=self._database.meter)
            self._together[pool_id, brand_id] = together
        row = await together.submit(huggg_id)
        return [] if row is None else [row]

    async def _draw_each(
        self, pool_id: UUID, brand_id: UUID, huggg_ids: list[UUID]
    ) -> list[Record | None]:
        values = self._values(pool_id, brand_id, huggg_ids)
        rows = await self._database.bulk(queries.draw, **values)
        by_huggg = {row["huggg_id"]: row for row in rows}
        return [by_huggg.get(huggg_id) for huggg_id in huggg_ids]

    def _values(self, pool_id: UUID, brand_id: UUID, huggg_ids: list[UUID]) -> dict[str, object]:
        return {
            "pool_id": pool_id,
            "brand_id": brand_id,
            "huggg_ids": huggg_ids,
            "lease": self._lease,
        }

    async def _put_back(self, rows: Sequence[Record]) -> None:
        if rows:
            await self.put_back(rows[0]["brand_id"], [row["huggg_id"] for row in rows])

    async def put_back(self, brand_id: UUID, huggg_ids: Sequence[UUID]) -> None:
        """Free what was reserved for these hugggs and is not assigned."""
        await self._database.bulk(queries.put_back, brand_id=brand_id, huggg_ids=list(huggg_ids))

    async def _enough_may_come_back(self, pool_id: UUID, wanted: int) -> bool:
        row = await self._database.one(queries.may_come_back, pool_id=pool_id, wanted=wanted)
        return bool(row["enough"])

    def _opened(self, row: Record) -> Issued:
        bound_to = code_sealed_for(row["brand_id"], row["fingerprint"])
        secret = VoucherCode.unpacked(self._vault.open(row["code"], bound_to=bound_to))
        expires_at: datetime | None = row["expires_at"]
        return Issued(secret.code, row["fingerprint"], expires_at, secret.pin, from_pool=True)


def _without_skipping(draw: Statement) -> Statement:
    return replace(draw, sql=draw.sql.replace(" SKIP LOCKED", ""))


def _empty(pool_id: UUID, wanted: int) -> str:
    if wanted == 1:
        return f"No codes are left for segment {pool_id}. Load more with `huggg codes import`."
    return (
        f"Fewer than {wanted} codes are left for segment {pool_id}. Load more with `huggg codes import`."
    )

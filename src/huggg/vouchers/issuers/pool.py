"""Pool: the code was imported before and is drawn now.

Drawing reserves: one statement marks the code with its huggg and a lease. The statement that records the
voucher assigns the reserved code; the lease of a drawer that dies ends. So a pool can only be declared
empty after waiting for the other drawers.
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

from huggg.database.coalesce import Coalescer
from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.hugggs.voucher_code import VoucherCode
from huggg.hugggs.voucher_seal import code_sealed_for
from huggg.kit.codes import Vault
from huggg.refusal import Unavailable
from huggg.vouchers.errors import NoIssuer, PoolEmpty
from huggg.vouchers.issuers.issuer import IssuedCode, IssuerConfig, Need, OutrunError
from huggg.vouchers.store import queries

LEASE = timedelta(seconds=10)
PATIENCE = timedelta(seconds=12)  # more than a lease, so that a waiting call sees the last drawer's end
PAUSE_SECONDS = 0.05
DRAWING = "draw codes"
"""The name of these batches in metrics, apart from draws of buckets."""


class PoolIssuer:
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
        self._together: dict[tuple[UUID, UUID], Coalescer[Need, Record | None]] = {}

    async def issue(self, issuer: IssuerConfig, needs: Sequence[Need]) -> list[IssuedCode]:
        """Reserve a code for each need; all or none.

        Raises NoIssuer when it is not clear which pool, PoolEmpty, OutrunError, and Unavailable while
        others hold codes that may come back.
        """
        pool_id = needs[0].segment_id or issuer.pool_id
        if pool_id is None:
            raise NoIssuer
        rows = await self._draw_all(pool_id, needs)
        by_huggg = {row["huggg_id"]: row for row in rows}
        return [self._issued_code(by_huggg[need.huggg_id]) for need in needs]

    async def _draw_all(self, pool_id: UUID, needs: Sequence[Need]) -> list[Record]:
        deadline = time.monotonic() + self._patience
        waiting = False
        while True:
            rows = await self._draw(pool_id, needs, waiting=waiting)
            if len(rows) == len(needs):
                return rows
            await self._put_back(rows)
            if waiting:
                await self._refuse_if_empty(pool_id, needs)
            if time.monotonic() > deadline:
                raise Unavailable
            if waiting:
                await asyncio.sleep(PAUSE_SECONDS)
            waiting = True

    async def _draw(self, pool_id: UUID, needs: Sequence[Need], *, waiting: bool) -> list[Record]:
        """Skip codes that others have locked; the second draw waits for them instead."""
        brand_id = needs[0].brand_id
        if waiting:  # for other drawers, or for a concurrent draw for the same huggg
            renewed = await self._renew(pool_id, brand_id, needs)
            if renewed:
                return renewed
        try:
            if waiting:
                return await self._draw_waiting(pool_id, needs)
            if len(needs) == 1:
                return await self._draw_together(pool_id, brand_id, needs[0])
            return await self._database.bulk(queries.draw, **self._values(pool_id, brand_id, needs))
        except asyncpg.UniqueViolationError:
            # Reserved for this huggg already: by a twin, or before a crash.
            renewed = await self._renew(pool_id, brand_id, needs)
            if not renewed:
                raise OutrunError from None
            return renewed

    async def _draw_waiting(self, pool_id: UUID, needs: Sequence[Need]) -> list[Record]:
        """Wait for codes that others have locked, and take shorter codes if the pool gives these."""
        brand_id = needs[0].brand_id
        values = self._values(pool_id, brand_id, needs)
        rows = await self._database.bulk(_without_skipping(queries.draw), **values)
        huggg_ids = {row["huggg_id"] for row in rows}
        missing = [need.huggg_id for need in needs if need.huggg_id not in huggg_ids]
        if missing:
            rows += await self._database.bulk(
                queries.draw_shorter,
                pool_id=pool_id,
                brand_id=brand_id,
                huggg_ids=missing,
                lease=self._lease,
            )
        return rows

    async def _renew(self, pool_id: UUID, brand_id: UUID, needs: Sequence[Need]) -> list[Record]:
        return await self._database.bulk(
            queries.renew,
            pool_id=pool_id,
            brand_id=brand_id,
            huggg_ids=[need.huggg_id for need in needs],
            lease=self._lease,
        )

    async def _draw_together(self, pool_id: UUID, brand_id: UUID, need: Need) -> list[Record]:
        """Draw one together with other callers of the same pool: alone, all skip past each other."""
        together = self._together.get((pool_id, brand_id))
        if together is None:
            run = partial(self._draw_each, pool_id, brand_id)
            together = Coalescer(run, name=DRAWING, meter=self._database.meter)
            self._together[pool_id, brand_id] = together
        row = await together.submit(need)
        return [] if row is None else [row]

    async def _draw_each(self, pool_id: UUID, brand_id: UUID, needs: list[Need]) -> list[Record | None]:
        rows = await self._database.bulk(queries.draw, **self._values(pool_id, brand_id, needs))
        by_huggg = {row["huggg_id"]: row for row in rows}
        return [by_huggg.get(need.huggg_id) for need in needs]

    def _values(self, pool_id: UUID, brand_id: UUID, needs: Sequence[Need]) -> dict[str, object]:
        return {
            "pool_id": pool_id,
            "brand_id": brand_id,
            "huggg_ids": [need.huggg_id for need in needs],
            "good_until": [need.expires_at for need in needs],
            "lease": self._lease,
        }

    async def _put_back(self, rows: Sequence[Record]) -> None:
        if rows:
            await self.put_back(rows[0]["brand_id"], [row["huggg_id"] for row in rows])

    async def put_back(self, brand_id: UUID, huggg_ids: Sequence[UUID]) -> None:
        """Free the codes that were reserved for these hugggs and are not assigned."""
        await self._database.bulk(queries.put_back, brand_id=brand_id, huggg_ids=list(huggg_ids))

    async def _refuse_if_empty(self, pool_id: UUID, needs: Sequence[Need]) -> None:
        """Let hugggs wait for codes that may still come back. Raises PoolEmpty."""
        good_until = max(need.expires_at for need in needs)
        row = await self._database.one(
            queries.may_come_back, pool_id=pool_id, quantity=len(needs), good_until=good_until
        )
        if not row["enough"]:
            raise PoolEmpty(_empty(pool_id, len(needs), too_short=row["too_short"]))

    def _issued_code(self, row: Record) -> IssuedCode:
        bound_to = code_sealed_for(row["brand_id"], row["fingerprint"])
        secret = VoucherCode.unpacked(self._vault.open(row["code"], bound_to=bound_to))
        expires_at: datetime | None = row["expires_at"]
        return IssuedCode(secret.code, row["fingerprint"], expires_at, secret.pin, from_pool=True)


def _without_skipping(draw: Statement) -> Statement:
    return replace(draw, sql=draw.sql.replace(" SKIP LOCKED", ""))


def _empty(pool_id: UUID, quantity: int, *, too_short: bool) -> str:
    few = "No codes" if quantity == 1 else f"Fewer than {quantity} codes"
    if too_short:
        return (
            f"{few} of segment {pool_id} are good as long as the huggg. Load others with"
            " `huggg codes import`, or give shorter ones with `huggg codes policy`."
        )
    return f"{few} are left for segment {pool_id}. Load more with `huggg codes import`."

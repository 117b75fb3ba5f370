"""Draw: a pool's code and its voucher, in one statement with those of concurrent calls."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.identity.caller import Caller
from huggg.kit.ids import new_id
from huggg.vouchers.issuers.issuer import OutrunError
from huggg.vouchers.store import queries
from huggg.vouchers.voucher import VoucherPlan


async def draw_voucher(
    database: Database, plan: VoucherPlan, *, caller: Caller, now: datetime
) -> UUID | None:
    """Make a voucher of a code that is free at this moment, and return its id.

    None for a plan without a pool, and where no code is free: the pool's issuer waits for one. Raises
    OutrunError when the huggg has changed since the decision.
    """
    pool_id, need = plan.pool_id, plan.need
    if pool_id is None:
        return None
    voucher_id = new_id()
    try:
        row = await database.each(
            queries.draw_voucher,
            huggg_id=need.huggg_id,
            voucher_id=voucher_id,
            pool_id=pool_id,
            brand_id=need.brand_id,
            segment_id=need.segment_id,
            link=plan.link,
            at=now,
            user_id=caller.user_id,
            client_id=caller.client_id,
        )
    except asyncpg.UniqueViolationError:  # a code is reserved for the huggg already
        return None
    if row is not None and row["outrun"]:
        raise OutrunError
    return None if row is None else voucher_id

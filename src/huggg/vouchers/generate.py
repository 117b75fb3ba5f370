"""Generate: a huggg gets its voucher, once, however many ask for it at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.store import voucher_sealed_for
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.kit.race import Race
from huggg.vouchers.errors import PoolEmpty
from huggg.vouchers.issuers.issuer import Issued, OutrunError, code_sealed_for
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.replace import ENDED, record_replacement
from huggg.vouchers.store import note_low_water, queries, subject_from
from huggg.vouchers.voucher import SegmentAsked, VoucherPlan, decide_voucher


async def generate(
    database: Database,
    vault: Vault,
    issuers: Issuers,
    look: Lookup,
    segment: SegmentAsked | None,
    *,
    caller: Caller,
) -> None:
    """Make the voucher where there is none yet; the `look` is that of `lookup_subject`.

    Raises what `decide_voucher` raises, what the issuer does, and Busy when others were faster again
    and again. Whoever loses a race decides anew and mostly finds the winner's voucher.
    """
    looked_again = False
    race = Race()
    while True:
        row = await look.row()
        huggg = subject_from(row, vault)
        plan = decide_voucher(huggg, segment, caller=caller, now=row["now"])
        if plan is None:
            return
        if plan.replaces is not None and huggg is not None:
            if await record_replacement(
                database, vault, issuers, plan, huggg.id, now=row["now"], reason=ENDED, caller=caller
            ):
                return
            await race.lost()
            continue
        try:
            issued = await _issued(issuers, plan)
        except OutrunError:
            await race.lost()  # to somebody who is about to record the code
            continue
        except PoolEmpty:
            if looked_again:  # a twin of this call may have got the last code, for this very huggg
                raise
            looked_again = True
            await race.lost()
            continue
        if await _recorded(database, vault, plan, issued, caller=caller, now=row["now"]):
            return
        await race.lost()


async def _recorded(
    database: Database,
    vault: Vault,
    plan: VoucherPlan,
    issued: Issued | None,
    *,
    caller: Caller,
    now: datetime,
) -> bool:
    """Record the voucher; what was drawn for nothing goes back, and a pool that runs low says so."""
    made = await record(database, vault, plan, issued, caller=caller, now=now)
    if issued is None or not issued.from_pool or plan.issuer is None:
        return made
    if made:
        await note_low_water(database, plan.need.segment_id or plan.issuer.pool_id)
    else:
        await database.rows(
            queries.put_back, brand_id=plan.need.brand_id, huggg_ids=[plan.need.huggg_id]
        )
    return made


async def _issued(issuers: Issuers, plan: VoucherPlan) -> Issued | None:
    if plan.issuer is None:
        return None
    [issued] = await issuers.of(plan.issuer.kind).issue(plan.issuer, [plan.need])
    return issued


async def record(
    database: Database,
    vault: Vault,
    plan: VoucherPlan,
    issued: Issued | None,
    *,
    caller: Caller | None,
    now: datetime,
) -> bool:
    """Make the voucher happen; False when the huggg or the code is no longer what the decision saw."""
    need, voucher_id = plan.need, new_id()
    secret = issued.packed if issued else plan.code.encode()
    try:
        recorded = await database.each(
            queries.make_voucher,
            huggg_id=need.huggg_id,
            voucher_id=voucher_id,
            brand_id=need.brand_id,
            segment_id=need.segment_id,
            sealed=vault.seal(secret, bound_to=voucher_sealed_for(need.huggg_id, voucher_id)),
            expires_at=issued.expires_at if issued else need.expires_at,
            at=now,
            user_id=caller.user_id if caller else None,
            client_id=caller.client_id if caller else None,
            **_code_row(vault, need.brand_id, issued),
        )
    except asyncpg.UniqueViolationError:  # the brand has this code already, or another call was faster
        if issued is not None and issued.promised:
            await database.rows(queries.release_issuance, huggg_id=need.huggg_id)
        return False
    return recorded is not None


def _code_row(vault: Vault, brand_id: UUID, issued: Issued | None) -> dict[str, object]:
    if issued is None:
        return {"origin": "own", "fingerprint": None, "sealed_code": None}
    bound_to = code_sealed_for(brand_id, issued.fingerprint)
    return {
        "origin": "pool" if issued.from_pool else "promised" if issued.promised else "minted",
        "fingerprint": issued.fingerprint,
        "sealed_code": None if issued.from_pool else vault.seal(issued.packed, bound_to=bound_to),
    }

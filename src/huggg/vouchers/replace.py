"""Replace: a huggg gets another code for one that ended or is disputed; it keeps both on record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.store import voucher_sealed_for
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.kit.race import Race
from huggg.vouchers.issuers.issuer import Issued, code_sealed_for
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.store import lookup_subject, note_low_water, queries, subject_from
from huggg.vouchers.voucher import VoucherPlan, decide_replacement

ENDED = "The code ended before the huggg."


async def replace_code(
    database: Database, vault: Vault, issuers: Issuers, huggg: HugggReference, *, reason: str
) -> None:
    """Give a huggg another code, because an operator says so.

    Raises what `decide_replacement` raises, what the issuer does, and Busy when others were faster again
    and again.
    """
    race = Race()
    while True:
        row = await lookup_subject(database, huggg, segment_id=None).row()
        subject = subject_from(row, vault)
        plan = decide_replacement(subject, now=row["now"])
        assert subject is not None  # noqa: S101 - decided above
        if await record_replacement(
            database, vault, issuers, plan, subject.id, now=row["now"], reason=reason
        ):
            return
        await race.lost()


async def record_replacement(
    database: Database,
    vault: Vault,
    issuers: Issuers,
    plan: VoucherPlan,
    huggg_id: UUID,
    *,
    now: datetime,
    reason: str,
    caller: Caller | None = None,
) -> bool:
    """Draw the code and record it; False when the huggg is no longer what the decision saw."""
    assert plan.issuer is not None  # noqa: S101 - a replacement has one
    [issued] = await issuers.of(plan.issuer.kind).issue(plan.issuer, [plan.need])
    voucher_id = new_id()
    bound_to = voucher_sealed_for(huggg_id, voucher_id)
    try:
        recorded = await database.row(
            queries.replace_voucher,
            huggg_id=huggg_id,
            holder_id=plan.need.huggg_id,
            old_voucher_id=plan.replaces,
            voucher_id=voucher_id,
            brand_id=plan.need.brand_id,
            segment_id=plan.need.segment_id,
            from_pool=issued.from_pool,
            fingerprint=issued.fingerprint,
            sealed=vault.seal(issued.packed, bound_to=bound_to),
            sealed_code=_sealed_code(vault, plan, issued),
            expires_at=issued.expires_at,
            at=now,
            reason=reason,
            user_id=caller.user_id if caller else None,
            client_id=caller.client_id if caller else None,
        )
    except asyncpg.UniqueViolationError:  # the mint made a code that the brand has
        recorded = None
    if issued.from_pool:
        await note_low_water(database, plan.need.segment_id or plan.issuer.pool_id)
    if recorded is None and issued.from_pool:
        await database.rows(
            queries.put_back, brand_id=plan.need.brand_id, huggg_ids=[plan.need.huggg_id]
        )
    return recorded is not None


def _sealed_code(vault: Vault, plan: VoucherPlan, issued: Issued) -> bytes | None:
    if issued.from_pool:
        return None
    return vault.seal(issued.packed, bound_to=code_sealed_for(plan.need.brand_id, issued.fingerprint))

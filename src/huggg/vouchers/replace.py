"""Replace: a huggg gets another code for one that ended or is disputed; it keeps both on record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.voucher_seal import voucher_sealed_for
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.kit.race import Race
from huggg.vouchers.issuers.issuer import IssuedCode, sealed_code
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.store import lookup_subject, put_back, queries, subject_from
from huggg.vouchers.voucher import VoucherPlan, decide_replacement

ENDED = "The code ended before the huggg."


async def replace_code(
    database: Database, vault: Vault, issuers: Issuers, huggg: HugggReference, *, reason: str
) -> UUID:
    """Give a huggg another code on an operator's order; return the id of its voucher.

    Raises the errors of `decide_replacement` and of the issuer, and Busy when concurrent calls won again
    and again.
    """
    race = Race()
    while True:
        row = await lookup_subject(database, huggg, segment_id=None).row()
        subject = subject_from(row, vault)
        plan = decide_replacement(subject, now=row["now"])
        assert subject is not None  # noqa: S101 - decided above
        voucher_id = await issue_replacement(
            database, vault, issuers, plan, subject.id, now=row["now"], reason=reason
        )
        if voucher_id is not None:
            return voucher_id
        await race.lost()


async def issue_replacement(
    database: Database,
    vault: Vault,
    issuers: Issuers,
    plan: VoucherPlan,
    huggg_id: UUID,
    *,
    now: datetime,
    reason: str,
    caller: Caller | None = None,
) -> UUID | None:
    """Draw the code and record its voucher; None if the huggg has changed since the decision."""
    assert plan.issuer is not None  # noqa: S101 - a replacement has one
    [issued] = await issuers.of(plan.issuer.kind).issue(plan.issuer, [plan.need])
    voucher_id = new_id()
    values = _voucher_values(vault, plan, issued, huggg_id=huggg_id, voucher_id=voucher_id)
    try:
        replaced = await database.row(
            queries.replace_voucher,
            **values,
            at=now,
            reason=reason,
            user_id=caller.user_id if caller else None,
            client_id=caller.client_id if caller else None,
        )
    except asyncpg.UniqueViolationError:  # the mint made a code that the brand has
        replaced = None
    if replaced is None and issued.from_pool:
        await put_back(database, plan)
    return None if replaced is None else voucher_id


def _voucher_values(
    vault: Vault, plan: VoucherPlan, issued: IssuedCode, *, huggg_id: UUID, voucher_id: UUID
) -> dict[str, object]:
    """Seal the code for its voucher and, if it was minted, for the table of codes."""
    brand_id = plan.need.brand_id
    return {
        "huggg_id": huggg_id,
        "holder_id": plan.need.huggg_id,
        "old_voucher_id": plan.replaces,
        "voucher_id": voucher_id,
        "brand_id": brand_id,
        "segment_id": plan.need.segment_id,
        "from_pool": issued.from_pool,
        "fingerprint": issued.fingerprint,
        "sealed": vault.seal(issued.packed, bound_to=voucher_sealed_for(huggg_id, voucher_id)),
        "sealed_code": None if issued.from_pool else sealed_code(vault, brand_id, issued),
        "expires_at": issued.expires_at,
    }

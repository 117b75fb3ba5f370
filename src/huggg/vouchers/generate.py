"""Generate: a huggg gets its voucher, once, for any number of concurrent calls."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.voucher_seal import voucher_sealed_for
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.kit.race import Race
from huggg.vouchers.draw import draw_voucher
from huggg.vouchers.errors import PoolEmpty
from huggg.vouchers.issuers.issuer import IssuedCode, OutrunError, sealed_code
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.replace import ENDED, issue_replacement
from huggg.vouchers.store import put_back, queries, subject_from
from huggg.vouchers.voucher import SegmentRequest, VoucherPlan, decide_voucher


async def generate(
    database: Database,
    vault: Vault,
    issuers: Issuers,
    lookup: Lookup,
    segment: SegmentRequest | None,
    *,
    caller: Caller,
) -> UUID:
    """Make the voucher if there is none yet, and return its id; the lookup is by `lookup_subject`.

    Raises the errors of `decide_voucher` and of the issuer, and Busy when concurrent calls won again and
    again. A call that loses a race decides again and mostly finds the winner's voucher; so does one that
    asked a brand's service, as the huggg may have ended meanwhile.
    """
    reloaded = False
    race = Race()
    while True:
        row = await lookup.row()
        huggg = subject_from(row, vault)
        plan = decide_voucher(huggg, segment, caller=caller, now=row["now"])
        assert huggg is not None  # noqa: S101 - decided above
        if plan is None:
            assert huggg.voucher_id is not None  # noqa: S101 - likewise
            return huggg.voucher_id
        try:
            voucher_id = await _make(
                database, vault, issuers, plan, huggg.id, caller=caller, now=row["now"]
            )
        except OutrunError:
            voucher_id = None  # another call is about to record this huggg's code
        except PoolEmpty:
            # A twin of this call may have got the last code, for this very huggg. A replacement is
            # reserved under an id of its own and has no twin.
            if reloaded or plan.replaces is not None:
                raise
            reloaded, voucher_id = True, None
        if voucher_id is None:
            await race.lost()
        elif not plan.asks_service:
            return voucher_id


async def _make(
    database: Database,
    vault: Vault,
    issuers: Issuers,
    plan: VoucherPlan,
    huggg_id: UUID,
    *,
    caller: Caller,
    now: datetime,
) -> UUID | None:
    """Issue the code and record the voucher; None if the huggg has changed since the decision.

    Raises OutrunError, and the errors of the issuer.
    """
    if plan.replaces is not None:
        return await issue_replacement(
            database, vault, issuers, plan, huggg_id, now=now, reason=ENDED, caller=caller
        )
    draw = await draw_voucher(database, plan, caller=caller, now=now)
    if draw is not None:
        return draw
    issued = await _issue(issuers, plan)
    voucher_id = await insert_voucher(database, vault, plan, issued, caller=caller, now=now)
    if voucher_id is None and issued is not None and issued.from_pool:
        await put_back(database, plan)
    return voucher_id


async def _issue(issuers: Issuers, plan: VoucherPlan) -> IssuedCode | None:
    if plan.issuer is None:
        return None
    [issued] = await issuers.of(plan.issuer.kind).issue(plan.issuer, [plan.need])
    return issued


async def insert_voucher(
    database: Database,
    vault: Vault,
    plan: VoucherPlan,
    issued: IssuedCode | None,
    *,
    caller: Caller | None,
    now: datetime,
) -> UUID | None:
    """Record a voucher; None if the huggg or the code has changed since the decision.

    Without a `caller` a worker made it, and no answer has its code yet.
    """
    need, voucher_id = plan.need, new_id()
    secret = issued.packed if issued else plan.code.encode()
    try:
        changed_row = await database.each(
            queries.make_voucher,
            huggg_id=need.huggg_id,
            voucher_id=voucher_id,
            brand_id=need.brand_id,
            segment_id=need.segment_id,
            sealed=vault.seal(secret, bound_to=voucher_sealed_for(need.huggg_id, voucher_id)),
            expires_at=issued.expires_at if issued else None,
            link=plan.link,
            at=now,
            user_id=caller.user_id if caller else None,
            client_id=caller.client_id if caller else None,
            **_code_row(vault, need.brand_id, issued),
        )
    except asyncpg.UniqueViolationError:  # the brand has this code already, or another call was faster
        if issued is not None and issued.promised:
            await database.rows(queries.release_issuance, huggg_id=need.huggg_id)
        return None
    return None if changed_row is None else voucher_id


def _code_row(vault: Vault, brand_id: UUID, issued: IssuedCode | None) -> dict[str, object]:
    if issued is None:
        return {"origin": "own", "fingerprint": None, "sealed_code": None}
    return {
        "origin": "pool" if issued.from_pool else "promised" if issued.promised else "minted",
        "fingerprint": issued.fingerprint,
        "sealed_code": None if issued.from_pool else sealed_code(vault, brand_id, issued),
    }

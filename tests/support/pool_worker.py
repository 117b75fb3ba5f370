"""A process that gives codes to hugggs, and now and then dies half-way: `test_pool_issuer` starts two.

Arguments: database URL, key in hex, brand, segment, lease in seconds, one in how many is abandoned. The
hugggs come on standard input, one a line. Drawn codes go to standard output, `huggg fingerprint`.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from huggg.database import coalesce
from huggg.database.sessions import connect
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.refusal import Unavailable
from huggg.vouchers.errors import PoolEmpty
from huggg.vouchers.generate import insert_voucher
from huggg.vouchers.issuers import pool
from huggg.vouchers.issuers.issuer import IssuerConfig, IssuerKind, OutrunError
from huggg.vouchers.issuers.pool import PoolIssuer
from huggg.vouchers.store import lookup_subject, queries, subject_from
from huggg.vouchers.voucher import SegmentRequest, VoucherPlan, decide_voucher

DRAWERS = 16


async def main() -> None:
    url, key, segment, lease, abandoned = sys.argv[1:6]
    if sys.argv[6:] == ["naive"]:
        make_naive()
    database, vault = await connect(url, connections_max=DRAWERS), Vault({1: bytes.fromhex(key)})
    issuer = PoolIssuer(database, vault, lease=timedelta(seconds=float(lease)))
    hugggs = iter(enumerate(sys.stdin.read().split()))

    async def drawer() -> None:
        for number, huggg in hugggs:
            abandon = number % int(abandoned) == 3
            await give(issuer, UUID(huggg), UUID(segment), abandon=abandon)

    await asyncio.gather(*(drawer() for _ in range(DRAWERS)))
    await database.close()


async def give(issuer: PoolIssuer, huggg: UUID, segment: UUID, *, abandon: bool) -> None:
    database, vault = issuer._database, issuer._vault
    row = await lookup_subject(database, HugggReference(huggg, []), segment_id=segment).row()
    subject = subject_from(row, vault)
    assert subject is not None
    caller = Caller("worker", subject.sender_id)
    plan = decide_voucher(subject, SegmentRequest(segment), caller=caller, now=row["now"])
    assert isinstance(plan, VoucherPlan)
    try:
        [issued] = await issuer.issue(IssuerConfig(IssuerKind.POOL), [plan.need])
    except (PoolEmpty, Unavailable, OutrunError):
        return
    sys.stdout.write(f"{huggg} {issued.fingerprint.hex()} {'abandoned' if abandon else 'kept'}\n")
    if not abandon:
        await insert_voucher(database, vault, plan, issued, caller=caller, now=row["now"])


def make_naive() -> None:
    """Take the lock out of the draw, and have two batches of this process overlap, too."""
    coalesce.TURNS_MAX = 0
    draw = queries.draw
    blind = draw.sql.replace("FOR UPDATE SKIP LOCKED", "")
    assert blind != draw.sql
    setattr(queries, "draw", replace(draw, sql=blind))  # noqa: B010 - a statement, to the type checker
    pool._without_skipping = lambda draw: draw


if __name__ == "__main__":
    asyncio.run(main())

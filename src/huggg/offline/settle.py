"""Settle: a person ends a conflict, once, with a reason.

The huggg is redeemed after all, where it still can be; or the loss is borne as the brand's rule said
when the scan arrived. A loss of the platform is a transfer to the merchant; a merchant's moves nothing.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID, uuid5

from huggg.database.pool import Database
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.kit.platform import Platform
from huggg.offline.errors import AlreadySettled, ScanNotFound
from huggg.offline.scan import OfflineScan, Settlement
from huggg.offline.store import find_scan, queries, scan_from
from huggg.offline.take_in import REDEEMED, redeem_scanned
from huggg.redemptions.errors import AlreadyUnredeemed
from huggg.redemptions.named import key_of
from huggg.redemptions.store import find_redemption

NOTE_LENGTH_MAX = 500


class Decision(StrEnum):
    """A person's decision about a conflict."""

    REDEEM = "redeem"  # the huggg, which is still unspent
    LOSS = "loss"  # is borne by the rule


async def conflict_of(database: Database, scan_id: UUID, *, brand_id: UUID | None) -> OfflineScan:
    """Read a conflict of a brand; an operator has no brand. Raises ScanNotFound."""
    row = await database.row(queries.scan_by_id, id=scan_id, brand_id=brand_id)
    if row is None or row["reason"] is None:
        raise ScanNotFound
    return scan_from(row)


async def settle(
    platform: Platform,
    conflict: OfflineScan,
    decision: Decision,
    *,
    note: str,
    by: str,
    caller: Caller,
) -> OfflineScan:
    """Settle a conflict; settled likewise before, it is answered as it is.

    A conflict that was redeemed, and then cut off before it was settled, is settled by another `redeem`.

    `by` names the person for the books. `caller` acts for the merchant at the scan's location. Raises
    Invalid, AlreadySettled, and the errors of a redemption, which leave the conflict as it was.
    """
    note = note.strip()
    if not 1 <= len(note) <= NOTE_LENGTH_MAX or "\0" in note:
        raise Invalid(f"reason: must be 1 to {NOTE_LENGTH_MAX} characters.")
    if conflict.settlement is not None:
        return _again(conflict, decision)
    redemption_id = settling_redemption(conflict)
    settlement = await _carried_out(platform, conflict, decision, redemption_id, caller)
    key = key_of(conflict.huggg_id, redemption_id, caller)
    row = await platform.database.row(
        queries.settle,
        huggg_id=conflict.huggg_id,
        id=conflict.id,
        settlement=settlement,
        transfer_id=new_id(),
        by=by,
        note=note,
        user_id=caller.user_id,
        client_id=caller.client_id,
        **platform.idempotency.forestalling(**key, refusal=AlreadyUnredeemed()),
    )
    if row is not None:
        return scan_from(row)
    scan = await find_scan(platform.database, conflict.huggg_id, conflict.id)
    assert scan is not None  # noqa: S101 - it was read before
    return _again(scan, decision)


async def _carried_out(
    platform: Platform,
    conflict: OfflineScan,
    decision: Decision,
    redemption_id: UUID,
    caller: Caller,
) -> Settlement:
    """Redeem; or see that this conflict never was, and leave the rest to the statement that settles.

    That forestalls the redemption's key, and settles no loss where the key has a redemption. A refusal
    to redeem leaves no trace under the key, so a later try may pass; one that an older server left there
    is forgotten.
    """
    before = await find_redemption(platform.database, conflict.huggg_id, redemption_id)
    if decision is Decision.LOSS:
        if before is not None:
            raise AlreadySettled
        return Settlement(conflict.losses)
    if before is None:
        key = key_of(conflict.huggg_id, redemption_id, caller)
        await platform.database.row(
            queries.forget_refusal, huggg_id=conflict.huggg_id, id=conflict.id, **key
        )
        answer = await redeem_scanned(
            platform, conflict, caller=caller, redemption_id=redemption_id, keeps_refusals=False
        )
        if answer.status != REDEEMED:  # the loss was settled meanwhile
            raise AlreadySettled
    return Settlement.REDEEMED


def settling_redemption(conflict: OfflineScan) -> UUID:
    """Name the redemption that settles a conflict: the scan's own id is that of a refused one."""
    return uuid5(conflict.id, "settlement")


def _again(scan: OfflineScan, decision: Decision) -> OfflineScan:
    if scan.settlement is None or (
        (scan.settlement is Settlement.REDEEMED) != (decision is Decision.REDEEM)
    ):
        raise AlreadySettled
    return scan

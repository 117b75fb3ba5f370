"""Take in: a scan that a device accepted offline arrives, and is a redemption or a conflict.

The row of the scan is put first, with the decision: from then on it is taken in, and no crash loses it.
Its redemption is made under the scan's own id. A device sends a scan until it is answered, and a scan
that was interrupted goes on from its row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.kit.errors import TooManyRequests
from huggg.kit.idempotency import EncodedAnswer, StillRunning
from huggg.kit.platform import Platform
from huggg.kit.race import Race
from huggg.offline.rule import HOURS_MAX, LossBearer
from huggg.offline.scan import (
    REASONS,
    AcceptedScan,
    ConflictReason,
    OfflineDevice,
    OfflineScan,
    WaitingScans,
    decide_scan,
    reason_of,
)
from huggg.offline.scanned import link_of_scan
from huggg.offline.store import find_scan, queries, rule_from
from huggg.redemptions.errors import AlreadyUnredeemed
from huggg.redemptions.named import key_of, redeem_named
from huggg.redemptions.redeem import SpendableLookup
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.store import find_redemption, location_from, spendable_from
from huggg.refusal import Refusal, Unavailable

REDEEMED = 201
LONGEST = timedelta(hours=HOURS_MAX)
"""The time for which an allowance looks back: any rule lets a device wait for less."""

MAY_SUCCEED_LATER = (Unavailable, StillRunning, TooManyRequests)

_REASONS_BY_SENTENCE = {refusal.sentence: reason for refusal, reason in REASONS.items()}


async def take_in(platform: Platform, scan: AcceptedScan, *, device: OfflineDevice) -> OfflineScan:
    """Take a scan in, once; sent again it is answered as it is by now.

    Raises StillRunning, TooManyRequests, Busy and Unavailable, after which the device sends it again.
    """
    recorded_scan = await _record(platform, scan, device)
    if recorded_scan.reason is not None or await _is_redeemed(
        platform, recorded_scan.huggg_id, recorded_scan.id
    ):
        return recorded_scan
    reason = await _redeem(platform, recorded_scan, device.caller)
    if reason is None:
        return recorded_scan
    await platform.database.row(
        queries.conflict, huggg_id=recorded_scan.huggg_id, id=recorded_scan.id, reason=reason
    )
    return await _read_scan(platform, recorded_scan.huggg_id, recorded_scan.id)


async def _record(platform: Platform, scan: AcceptedScan, device: OfflineDevice) -> OfflineScan:
    """Put the row of a scan, or find the one that was put before."""
    race, huggg_id, reason = Race(), scan.facts.huggg_id, None
    lookup = SpendableLookup(platform.database, HugggReference(huggg_id, []), scan.location_id)
    while True:
        before = await find_scan(platform.database, huggg_id, scan.id)
        if before is not None:
            return before
        row = await lookup.row()
        arrival = await platform.database.one(
            queries.arrival,
            huggg_id=huggg_id,
            brand_id=device.caller.brand_id,
            device_id=device.id,
            scanned_at=scan.scanned_at,
            longest=LONGEST,
        )
        rule = rule_from(arrival)
        reason = reason or decide_scan(
            scan,
            spendable_from(row),
            location_from(row),
            device=device,
            rule=rule,
            sequence=arrival["sequence"],
            waiting=WaitingScans(arrival["waiting_scans"], arrival["waiting_value"]),
            now=row["now"],
        )
        if reason is not None and await _redeemed_before(platform, huggg_id, scan.id, device.caller):
            reason = None  # online, by a request of the same id whose answer was lost
        losses = LossBearer.MERCHANT if rule is None else rule.losses
        if not await _put(
            platform, scan, device, reason, losses=losses, turn=arrival["turn"], now=row["now"]
        ):
            await race.lost()


async def _put(
    platform: Platform,
    scan: AcceptedScan,
    device: OfflineDevice,
    reason: ConflictReason | None,
    *,
    losses: LossBearer,
    turn: int,
    now: datetime,
) -> bool:
    """Put the row, unless one of this id is there; False where another scan of the device was faster."""
    row = await platform.database.row(
        queries.take_in,
        device_id=device.id,
        turn=turn,
        huggg_id=scan.facts.huggg_id,
        id=scan.id,
        brand_id=device.caller.brand_id,
        location_id=scan.location_id,
        user_id=device.caller.user_id,
        client_id=device.caller.client_id,
        value=scan.facts.value,
        sequence=scan.facts.sequence,
        sale=msgspec.json.encode(scan.sale).decode(),
        scanned_at=scan.scanned_at,
        now=now,
        reason=reason,
        losses=losses,
    )
    return row is not None


async def _redeem(platform: Platform, scan: OfflineScan, caller: Caller) -> ConflictReason | None:
    """Redeem the huggg of a scan under the scan's id; or give the reason why that will never be."""
    try:
        answer = await redeem_scanned(platform, scan, caller=caller, redemption_id=scan.id)
    except MAY_SUCCEED_LATER:
        raise
    except Refusal as refusal:  # it left no trace: an older attempt might still redeem it
        is_redeemed = await _redeemed_before(platform, scan.huggg_id, scan.id, caller)
        reason = ConflictReason.MOVED if isinstance(refusal, HugggNotFound) else reason_of(refusal)
        return None if is_redeemed else reason
    if answer.status == REDEEMED:
        return None
    sentence = msgspec.json.decode(answer.body)["error"]
    return _REASONS_BY_SENTENCE.get(sentence, ConflictReason.UNKNOWN)


async def redeem_scanned(
    platform: Platform,
    scan: OfflineScan,
    *,
    caller: Caller,
    redemption_id: UUID,
    keeps_refusals: bool = True,
) -> EncodedAnswer:
    """Redeem the huggg of a scan at the scan's location, unless it moved.

    Raises the errors of `redeem_named`.
    """
    link = await link_of_scan(platform, scan)
    lookup = SpendableLookup(platform.database, link, scan.location_id, scan.sale)
    return await redeem_named(
        platform,
        lookup,
        redemption_id,
        caller=caller,
        encode=_encode,
        keeps_refusals=keeps_refusals,
    )


async def _redeemed_before(
    platform: Platform, huggg_id: UUID, redemption_id: UUID, caller: Caller
) -> bool:
    """Tell whether there is a redemption of this id. If there is none, there never will be."""
    if await _is_redeemed(platform, huggg_id, redemption_id):
        return True
    key = key_of(huggg_id, redemption_id, caller)
    outcome = await platform.idempotency.forestall(**key, refusal=AlreadyUnredeemed())
    return outcome is not None and not outcome.is_refused


async def _is_redeemed(platform: Platform, huggg_id: UUID, redemption_id: UUID) -> bool:
    return await find_redemption(platform.database, huggg_id, redemption_id) is not None


async def _read_scan(platform: Platform, huggg_id: UUID, scan_id: UUID) -> OfflineScan:
    scan = await find_scan(platform.database, huggg_id, scan_id)
    assert scan is not None  # noqa: S101 - its row was put before
    return scan


def _encode(redemption: Redemption) -> EncodedAnswer:
    """Keep under the key only which redemption it was: the scan's row answers."""
    return EncodedAnswer(REDEEMED, msgspec.json.encode(redemption.id))

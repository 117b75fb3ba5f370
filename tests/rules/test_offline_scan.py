"""The decision about an offline scan on its arrival: the huggg's state first, then the device."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from huggg.identity.caller import Caller, UserKind
from huggg.offline.code import OfflineFacts
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.offline.scan import AcceptedScan, ConflictReason, OfflineDevice, WaitingScans, decide_scan
from huggg.redemptions.redemption import Location, Spendable
from huggg.redemptions.sale import NO_SALE

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HARBOUR, KETTLE = UUID(int=1), UUID(int=2)
HUGGG = Spendable(
    id=UUID(int=9),
    sender_id=UUID(int=3),
    owner_id=UUID(int=4),
    product_id=UUID(int=5),
    honoured_by=frozenset({HARBOUR}),
    redemption_id=None,
    cancelled_at=None,
    sent_at=NOW - timedelta(days=2),
    expires_at=NOW + timedelta(days=2),
)
FACTS = OfflineFacts(1, HUGGG.id, b"prod", b"sets", 350, HUGGG.expires_at, 0)
SCAN = AcceptedScan(
    UUID(int=7), FACTS, "bristol17", NOW - timedelta(hours=1), NOW - timedelta(hours=2), NO_SALE
)
RULE = OfflineRule(scans=3, value=10_00, hours=2, losses=LossBearer.MERCHANT)
TILL = Caller("till-page", None, UserKind.MERCHANT, brand_id=HARBOUR)
BRISTOL = Location("bristol17", HARBOUR)


def decided(**values: Any) -> ConflictReason | None:
    facts: dict[str, Any] = {
        "scan": SCAN,
        "huggg": HUGGG,
        "location": BRISTOL,
        "device": OfflineDevice(UUID(int=8), TILL),
        "rule": RULE,
        "sequence": 0,
        "waiting": WaitingScans(0, 0),
        "now": NOW,
    }
    return decide_scan(**{**facts, **values})


def test_a_scan_within_the_allowance_is_redeemed() -> None:
    assert decided() is None
    assert decided(waiting=WaitingScans(2, 650)) is None
    assert decided(scan=replace(SCAN, refreshed_at=SCAN.scanned_at - timedelta(hours=2))) is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"waiting": WaitingScans(3, 0)}, "over_allowance"),
        ({"waiting": WaitingScans(0, 651)}, "over_allowance"),
        (
            {"scan": replace(SCAN, refreshed_at=SCAN.scanned_at - timedelta(hours=2, seconds=1))},
            "over_allowance",
        ),
        ({"rule": None}, "no_rule"),
        ({"device": OfflineDevice(UUID(int=8), TILL, is_revoked=True)}, "device_revoked"),
        ({"sequence": 1}, "moved"),
        ({"huggg": None}, "unknown"),
        ({"huggg": replace(HUGGG, sent_at=NOW + timedelta(days=1))}, "unknown"),
        ({"huggg": replace(HUGGG, honoured_by=frozenset({KETTLE}))}, "not_honoured"),
        ({"huggg": replace(HUGGG, redemption_id=UUID(int=6))}, "spent"),
        ({"huggg": replace(HUGGG, cancelled_at=NOW)}, "cancelled"),
        ({"huggg": replace(HUGGG, expires_at=NOW)}, "expired"),
        ({"huggg": replace(HUGGG, held_until=NOW + timedelta(minutes=1))}, "held"),
        ({"location": None}, "no_location"),
        ({"location": Location("leeds5", KETTLE)}, "no_location"),
    ],
)
def test_each_conflict_has_its_reason(values: dict[str, Any], reason: str) -> None:
    assert decided(**values) is ConflictReason(reason)


def test_the_state_of_the_huggg_comes_before_the_device() -> None:
    spent = replace(HUGGG, redemption_id=UUID(int=6))
    revoked = OfflineDevice(UUID(int=8), TILL, is_revoked=True)
    assert decided(huggg=spent, device=revoked, rule=None) is ConflictReason.SPENT
    assert decided(device=revoked, rule=None) is ConflictReason.DEVICE_REVOKED

"""Many devices without a network: every scan that one accepted is a redemption or a conflict, once.

The network is cut before a request or before its answer, by dice, and some gifts are shown to two
devices on purpose. CI takes a few; `make storm-offline` takes 20 devices and 2,000 scans.
"""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from huggg.database.doctor import examine
from huggg.identity.caller import UserKind
from huggg.kit.ids import new_id
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.offline.set_rule import set_rule
from huggg.offline.show_code import show_offline_code
from huggg.wallets.top_up import top_up
from tests.support.people import add_user
from tests.support.sql import scalar
from tests.support.world import Person, World, token_for

SCANS = int(os.environ.get("OFFLINE_SCANS", "100"))
DEVICES = 20 if SCANS >= 1000 else 5
DOUBLED = 0.2
LOST = 0.3
RULE = OfflineRule(10_000, 100_000_000, 24, LossBearer.MERCHANT)


@dataclass
class Till:
    """A device, the codes that it accepted by their scans' ids, and the answers that it got."""

    world: World
    person: Person
    dice: random.Random
    keeps_ids: bool
    accepted: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    answers: dict[UUID, str] = field(default_factory=dict)

    def accept(self, code: str) -> None:
        at = datetime.now(UTC).isoformat()
        scan = {"code": code, "location_id": "bristol17", "scanned_at": at, "refreshed_at": at}
        self.accepted[new_id()] = scan

    async def send_all(self) -> None:
        while waiting := [each for each in self.accepted if each not in self.answers]:
            for scan_id in waiting:
                await self._send(scan_id)

    async def _send(self, scan_id: UUID) -> None:
        if self.dice.random() < LOST:
            return  # the network is cut before the request
        path = f"/api/v2/offline-scans/{scan_id if self.keeps_ids else new_id()}"
        answer = await self.world.call("PUT", path, self.person, self.accepted[scan_id])
        if self.dice.random() < LOST:
            return  # and here before the answer
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 201:
            self.answers[scan_id] = answer.json()["data"]["state"]


async def storm(world: World, scans: int, *, keeps_ids: bool = True) -> list[Till]:
    """Let devices accept so many scans, and send them through a bad network."""
    platform, dice = world.platform, random.Random(scans)  # noqa: S311 - a test's dice
    await set_rule(platform.database, world.harbour, RULE)
    await top_up(platform.database, wallet_id=world.wallet, amount=scans * 1000)
    tills = []
    for number in range(DEVICES):
        user_id = await add_user(
            platform.database, name=f"till {number}", kind=UserKind.MERCHANT, brand_id=world.harbour
        )
        person = Person(user_id, await token_for(platform, user_id))
        tills.append(Till(world, person, random.Random(number), keeps_ids))  # noqa: S311 - the same
    doubled = int(scans * DOUBLED / 2)
    bought = await world.buy(quantity=scans - doubled)
    for number in range(scans - doubled):
        code = await show_offline_code(platform, UUID(bought[number]["id"]))
        for till in dice.sample(tills, 2 if number < doubled else 1):
            till.accept(code or "")
    await asyncio.gather(*(till.send_all() for till in tills))
    return tills


async def test_every_scan_of_many_devices_is_a_redemption_or_a_conflict_once(world: World) -> None:
    tills = await storm(world, SCANS)
    states = [state for till in tills for state in till.answers.values()]
    assert len(states) == sum(len(till.accepted) for till in tills) == SCANS
    doubled = int(SCANS * DOUBLED / 2)
    assert (states.count("redeemed"), states.count("conflict")) == (SCANS - doubled, doubled)
    database = world.platform.database
    assert await scalar(database, "SELECT count(*) FROM offline_scans") == SCANS
    assert await scalar(database, "SELECT count(*) FROM redemptions") == SCANS - doubled
    conflicts = "SELECT count(*) FROM offline_scans WHERE reason = 'spent'"
    assert await scalar(database, conflicts) == doubled
    assert [finding.rule for finding in await examine(database) if finding.rows] == []


async def test_without_an_id_of_its_own_a_scan_would_be_a_redemption_and_a_conflict(
    world: World,
) -> None:
    await storm(world, 20, keeps_ids=False)
    assert await scalar(world.platform.database, "SELECT count(*) FROM offline_scans") > 20

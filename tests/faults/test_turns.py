"""Redeeming and taking back, by many at once: all answers can have happened in turn."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from pathlib import Path
from uuid import UUID

import pytest
from asyncpg import Record

from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.identity.authenticate import authenticate
from huggg.identity.caller import Caller
from huggg.kit.idempotency import UNKEYED, EncodedAnswer, Reservation
from huggg.redemptions.redeem import SpendableLookup, insert_redemption, redeem
from huggg.redemptions.redemption import Redemption, decide_redemption
from huggg.redemptions.store import location_from, spendable_from
from huggg.refusal import Busy
from tests.faults.dice import dice
from tests.faults.doctor import broken_rules
from tests.faults.lines import Line, lines_to, redemption_of, unredemption_of
from tests.faults.test_storm import bought
from tests.support.history import HistoryEntry, contradiction
from tests.support.life import link_of
from tests.support.processes import fleet
from tests.support.world import World

HUGGGS = 50
CLIENTS = 8
TOGETHER = 2
CALLS_IN_A_PLACE = 12

MEANING = {
    (201, None): (True, True),
    (405, "huggg already redeemed."): (False, True),
    (200, None): (True, False),
    (404, "redemption not found"): (False, False),
}
"""The meaning of an answer: whether it acted, and whether the huggg was spent then."""


async def test_all_answers_together_can_have_happened_in_some_order(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    hugggs, chance = await bought(world, HUGGGS), dice()
    histories: defaultdict[str, list[HistoryEntry]] = defaultdict(list)

    async def client(line: Line, calls: list[tuple[str, bytes]]) -> None:
        for huggg, content in calls:
            asked_at = time.monotonic()
            answer = await line.ask(content)
            acted, spent = MEANING[answer.status, answer.error]
            histories[huggg].append(HistoryEntry(asked_at, time.monotonic(), acted, spent))

    def calls() -> list[tuple[str, bytes]]:
        """Write the requests of one client; all are at the same few hugggs at about the same time."""
        chosen = [
            chance.choice(hugggs[place : place + TOGETHER])
            for place in range(0, HUGGGS, TOGETHER)
            for _ in range(CALLS_IN_A_PLACE)
        ]
        acts = chance.choices([redemption_of, unredemption_of], k=len(chosen))
        return [(huggg, act(huggg, world.till)) for huggg, act in zip(chosen, acts, strict=True)]

    async with fleet(environment, tmp_path, 2) as servers, lines_to(servers, CLIENTS) as lines:
        await asyncio.gather(*(client(line, calls()) for line in lines))

    assert {huggg: problem for huggg in hugggs if (problem := contradiction(histories[huggg]))} == {}
    assert sum(entry.acted for history in histories.values() for entry in history) > HUGGGS * 2
    assert await broken_rules(world.platform.database) == []


async def test_a_slow_redemption_that_comes_after_another_was_taken_back_is_the_latest(
    world: World,
) -> None:
    """It was decided first and recorded last; the till can take the standing redemption back."""
    (huggg,) = await bought(world, 1)
    platform, caller = world.platform, await authenticated(world)
    slow = await decided(world, huggg, caller)
    link = await link_of(platform.database, slow.huggg_id)

    assert (await world.redeem(huggg)).status_code == 201
    assert (await world.unredeem(huggg)).status_code == 200
    assert await insert_redemption(platform.database, platform.vault, slow, UNKEYED, link=link)

    taken_back = await world.unredeem(huggg)
    assert (taken_back.status_code, taken_back.json()["data"]["id"]) == (200, str(slow.id))
    assert await broken_rules(platform.database) == []


@pytest.mark.parametrize("times", [1, 8])
async def test_a_call_forestalled_again_and_again_redeems_when_that_stops(
    world: World, times: int
) -> None:
    (huggg,) = await bought(world, 1)
    platform, caller = world.platform, await authenticated(world)
    lookup = ForestalledLookup(world, huggg, times)

    redemption = await redeem(platform.database, platform.vault, lookup, caller=caller)

    assert lookup.times == 0
    taken_back = await world.unredeem(huggg)
    assert taken_back.json()["data"]["id"] == str(redemption.id)
    assert await broken_rules(platform.database) == []


async def test_a_call_forestalled_without_end_is_told_to_come_back_and_may_with_the_same_key(
    world: World,
) -> None:
    (huggg,) = await bought(world, 1)
    platform, caller = world.platform, await authenticated(world)

    async def attempt(times: int) -> EncodedAnswer:
        async def act(reservation: Reservation[Redemption]) -> Redemption:
            return await redeem(
                platform.database,
                platform.vault,
                ForestalledLookup(world, huggg, times),
                caller=caller,
                reservation=reservation,
            )

        return await platform.idempotency.run(
            caller="a till",
            key="a key",
            request="",
            act=act,
            encode=lambda redemption: EncodedAnswer(201, str(redemption.id).encode()),
        )

    with pytest.raises(Busy):
        await attempt(1000)
    standing = await world.unredeem(huggg)
    assert standing.status_code == 200  # it was the other's

    answer = await attempt(0)
    assert not answer.replayed
    assert (await world.unredeem(huggg)).json()["data"]["id"] == answer.body.decode()
    assert await broken_rules(platform.database) == []


class ForestalledLookup(Lookup):
    """After each reading another till redeems the huggg, and takes it back before the next one."""

    def __init__(self, world: World, huggg: str, times: int) -> None:
        self._lookup = SpendableLookup(
            world.platform.database, HugggReference(UUID(huggg), []), "bristol17"
        )
        self._world, self._huggg, self._redeemed = world, huggg, False
        self.times = times

    async def row(self) -> Record:
        if self._redeemed:
            assert (await self._world.unredeem(self._huggg)).status_code == 200
        row = await self._lookup.row()
        self._redeemed = self.times > 0
        if self._redeemed:
            self.times -= 1
            assert (await self._world.redeem(self._huggg)).status_code == 201
        return row


async def authenticated(world: World) -> Caller:
    platform = world.platform
    return await authenticate(platform.database, platform.vault, f"Bearer {world.till.token}")


async def decided(world: World, huggg: str, caller: Caller) -> Redemption:
    """Go as far as a server goes before it records."""
    lookup = SpendableLookup(world.platform.database, HugggReference(UUID(huggg), []), "bristol17")
    row = await lookup.row()
    return decide_redemption(spendable_from(row), location_from(row), caller=caller, now=row["now"])

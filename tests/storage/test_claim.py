"""Claiming: one claimer a huggg, of one that can still be had; each condition has a case of its own."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from huggg.hugggs.claim import claim
from huggg.hugggs.errors import HugggAlreadyClaimed
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import Person, World

MOMENT = timedelta(microseconds=1)


async def take(world: World, huggg: dict[str, Any], person: Person, now: datetime | None = None) -> None:
    database = world.platform.database
    now = now or await scalar(database, "SELECT now()")
    await claim(
        database, huggg_id=UUID(huggg["id"]), receiver_id=person.id, client_id="test-client", now=now
    )


async def kept(world: World, huggg: dict[str, Any], column: str) -> Any:
    return await scalar(
        world.platform.database,
        f"SELECT {column} FROM hugggs WHERE id = $1",  # noqa: S608 - ours
        UUID(huggg["id"]),
    )


async def is_refused(world: World, huggg: dict[str, Any], person: Person, now: Any = None) -> None:
    async with nothing_moves(world.platform.database):
        with pytest.raises(HugggAlreadyClaimed):
            await take(world, huggg, person, now)


async def test_a_claimed_huggg_is_its_claimers_and_an_event_says_so(world: World) -> None:
    huggg, other = await world.buy(quantity=2)
    now = await scalar(world.platform.database, "SELECT now()")
    await take(world, huggg, world.bo, now)
    row = await sql(
        world.platform.database,
        "SELECT receiver_id, assigned_at, assigned_client, updated_at FROM hugggs WHERE id = $1",
        UUID(huggg["id"]),
    )
    assert [tuple(each) for each in row] == [(world.bo.id, now, "test-client", now)]
    assert await kept(world, other, "receiver_id") is None
    told = await sql(
        world.platform.database,
        "SELECT subject_id, at, user_id, client_id FROM events WHERE kind = 'huggg.claimed'",
    )
    assert [tuple(each) for each in told] == [(UUID(huggg["id"]), now, world.bo.id, "test-client")]


async def test_of_many_claimers_at_once_one_gets_it(world: World) -> None:
    (huggg,) = await world.buy()
    claims = [take(world, huggg, person) for person in (world.bo, world.cleo) for _ in range(5)]
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        *["HugggAlreadyClaimed"] * 9,
        "NoneType",
    ]
    told = "SELECT count(*) FROM events WHERE kind = 'huggg.claimed'"
    assert await scalar(world.platform.database, told) == 1


async def test_not_even_its_claimer_claims_it_again(world: World) -> None:
    (huggg,) = await world.buy()
    await take(world, huggg, world.bo)
    await is_refused(world, huggg, world.bo)


async def test_what_was_sent_to_somebody_is_theirs_to_claim(world: World) -> None:
    (huggg,) = await world.buy(receivers=[{"user_id": str(world.bo.id)}])
    await is_refused(world, huggg, world.cleo)
    await take(world, huggg, world.bo)
    assert await kept(world, huggg, "receiver_id") == world.bo.id


async def test_what_is_spent_is_not_claimed_until_that_is_taken_back(world: World) -> None:
    (huggg,) = await world.buy()
    assert (await world.redeem(huggg["id"])).status_code == 201
    await is_refused(world, huggg, world.bo)
    assert (await world.unredeem(huggg["id"])).status_code == 200
    await take(world, huggg, world.bo)


async def test_what_is_cancelled_is_not_claimed(world: World) -> None:
    (huggg,) = await world.buy()
    cancelled = "UPDATE hugggs SET cancelled_at = now() WHERE id = $1"
    await sql(world.platform.database, cancelled, UUID(huggg["id"]))
    await is_refused(world, huggg, world.bo)


async def test_it_is_claimed_from_the_instant_it_is_sent_until_the_last_before_it_ends(
    world: World,
) -> None:
    huggg, another = await world.buy(quantity=2)
    sent_at, ends = await kept(world, huggg, "sent_at"), await kept(world, huggg, "expires_at")
    await is_refused(world, huggg, world.bo, sent_at - MOMENT)
    await is_refused(world, huggg, world.bo, ends)
    await take(world, huggg, world.bo, sent_at)
    await take(world, another, world.bo, ends - MOMENT)

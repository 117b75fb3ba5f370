"""Claiming: one claimer a huggg, of one that can still be had; each condition has a case of its own."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from huggg.database.errors import DatabaseAwayError
from huggg.hugggs import api
from huggg.hugggs.claim import Claimer, claim, claiming_browser, insert_claim
from huggg.hugggs.code_viewers import admit_browser, may_see_code
from huggg.hugggs.errors import (
    ClaimLimitReached,
    HugggAlreadyCancelled,
    HugggAlreadyClaimed,
    HugggAlreadyExpired,
    HugggAlreadySpent,
    HugggNotFound,
)
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.reference import reference
from huggg.hugggs.showing import note_shown
from huggg.hugggs.store import lookup_huggg
from huggg.hugggs.view import view
from huggg.refusal import Refusal
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.values import huggg as huggg_with
from tests.support.world import Person, World

MOMENT = timedelta(microseconds=1)
TWO_TABS = claiming_browser("a browser's secret", client_id="gift-page")


def user(person: Person) -> Claimer:
    return Claimer(person.id.bytes, "test-client", user_id=person.id)


async def take(world: World, huggg: dict[str, Any], claimer: Claimer) -> Huggg:
    platform = world.platform
    lookup = lookup_huggg(platform.database, reference(platform.vault, huggg["shortcode"]))
    claimed_huggg, _ = await claim(platform.database, platform.vault, lookup, claimer=claimer)
    return claimed_huggg


async def kept(world: World, huggg: dict[str, Any], column: str) -> Any:
    return await scalar(
        world.platform.database,
        f"SELECT {column} FROM hugggs WHERE id = $1",  # noqa: S608 - ours
        UUID(huggg["id"]),
    )


async def is_refused(world: World, huggg: dict[str, Any], claimer: Claimer, by: type[Refusal]) -> None:
    async with nothing_moves(world.platform.database):
        with pytest.raises(by):
            await take(world, huggg, claimer)


async def change(world: World, huggg: dict[str, Any], what: str) -> None:
    await sql(
        world.platform.database,
        f"UPDATE hugggs SET {what} WHERE id = $1",  # noqa: S608 - ours
        UUID(huggg["id"]),
    )


async def events(world: World, kind: str) -> list[tuple[Any, ...]]:
    rows = await sql(
        world.platform.database,
        "SELECT subject_id, at, user_id, client_id FROM events WHERE kind = $1",
        kind,
    )
    return [tuple(row) for row in rows]


async def test_a_claimed_huggg_is_its_claimers_and_an_event_says_so(world: World) -> None:
    huggg, other = await world.buy(quantity=2)
    claimed = await take(world, huggg, user(world.bo))
    [row] = await sql(
        world.platform.database,
        """SELECT receiver_id, assigned_at, assigned_client, viewed_at, viewed_client, updated_at
             FROM hugggs WHERE id = $1""",
        UUID(huggg["id"]),
    )
    at = claimed.assigned_at
    assert tuple(row) == (world.bo.id, at, "test-client", at, "test-client", at)
    assert (claimed.receiver_id, claimed.viewed_at, claimed.updated_at) == (world.bo.id, at, at)
    assert await kept(world, other, "receiver_id") is None
    assert await events(world, "huggg.claimed") == [(UUID(huggg["id"]), at, world.bo.id, "test-client")]


async def test_a_browser_that_holds_the_link_claims_and_the_named_receiver_stays(world: World) -> None:
    (huggg,) = await world.buy(receivers=[{"user_id": str(world.bo.id)}])
    claimed = await take(world, huggg, TWO_TABS)
    assert (claimed.receiver_id, claimed.assigned_client) == (world.bo.id, "gift-page")
    assert await kept(world, huggg, "receiver_id") == world.bo.id
    await is_refused(world, huggg, TWO_TABS, HugggAlreadyClaimed)
    await is_refused(world, huggg, user(world.bo), HugggAlreadyClaimed)


async def test_a_claim_whose_answer_was_lost_is_answered_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was away when the claim was recorded and its code was to be noted as shown."""
    (huggg,) = await world.buy(limit=1)

    async def away(*_: Any, **__: Any) -> frozenset[UUID]:
        raise DatabaseAwayError

    path = f"/api/v2/hugggs/{huggg['id']}/claim"
    with monkeypatch.context() as patch:
        patch.setattr(api, note_shown.__name__, away)
        assert (await world.call("POST", path, world.bo)).status_code == 503
    first = await world.call("POST", path, world.bo)
    assert (first.status_code, first.json()["data"]["receiver_id"]) == (201, str(world.bo.id))
    async with nothing_moves(world.platform.database):
        assert (await world.call("POST", path, world.bo)).json() == first.json()
    assert len(await events(world, "huggg.claimed")) == 1


async def test_of_many_claimers_at_once_one_gets_it(world: World) -> None:
    (huggg,) = await world.buy()
    claims = [take(world, huggg, user(person)) for person in (world.bo, world.cleo) for _ in range(5)]
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        *["Huggg"] * 5,
        *["HugggAlreadyClaimed"] * 5,
    ]
    assert len(await events(world, "huggg.claimed")) == 1


async def test_a_huggg_sent_to_a_user_is_theirs_to_claim(world: World) -> None:
    (huggg,) = await world.buy(receivers=[{"user_id": str(world.bo.id)}])
    await is_refused(world, huggg, user(world.cleo), HugggNotFound)
    await take(world, huggg, user(world.bo))
    await is_refused(world, huggg, user(world.cleo), HugggAlreadyClaimed)


async def test_a_spent_huggg_is_not_claimed_until_its_redemption_is_taken_back(world: World) -> None:
    (huggg,) = await world.buy()
    assert (await world.redeem(huggg["id"])).status_code == 201
    await is_refused(world, huggg, user(world.bo), HugggAlreadySpent)
    assert (await world.unredeem(huggg["id"])).status_code == 200
    await take(world, huggg, user(world.bo))


@pytest.mark.parametrize(
    ("what", "by"),
    [
        ("cancelled_at = now()", HugggAlreadyCancelled),
        ("expires_at = now()", HugggAlreadyExpired),
        ("sent_at = now() + interval '1 hour'", HugggNotFound),
    ],
)
async def test_a_huggg_that_is_over_or_not_sent_is_not_claimed(
    world: World, what: str, by: type[Refusal]
) -> None:
    (huggg,) = await world.buy()
    await change(world, huggg, what)
    await is_refused(world, huggg, user(world.bo), by)


async def test_it_is_claimed_from_the_instant_it_is_sent_until_the_last_before_it_ends(
    world: World,
) -> None:
    (huggg,) = await world.buy()
    sent_at, ends = await kept(world, huggg, "sent_at"), await kept(world, huggg, "expires_at")
    link = await kept(world, huggg, "codes")

    async def record(at: datetime) -> bool:
        decided = huggg_with(id=UUID(huggg["id"]), assigned_at=at)
        return await insert_claim(
            world.platform.database, decided, user(world.bo), link=link, number=None
        )

    assert not await record(sent_at - MOMENT)
    assert not await record(ends)
    assert await record(ends - MOMENT)


async def test_one_person_claims_as_many_of_a_purchase_as_its_limit(world: World) -> None:
    hugggs = await world.buy(quantity=5, limit=2)
    for huggg in hugggs[:2]:
        await take(world, huggg, user(world.bo))
    await is_refused(world, hugggs[2], user(world.bo), ClaimLimitReached)
    await take(world, hugggs[2], TWO_TABS)
    await take(world, hugggs[3], user(world.cleo))
    (elsewhere,) = await world.buy()
    await take(world, elsewhere, user(world.bo))


async def test_concurrent_claims_of_one_person_do_not_exceed_the_limit(world: World) -> None:
    hugggs = await world.buy(quantity=6, limit=1)
    claims = [take(world, huggg, user(world.bo)) for huggg in hugggs]
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        *["ClaimLimitReached"] * 5,
        "Huggg",
    ]


async def both_first(world: World) -> list[bool]:
    """Record two claims of Bo that were decided at the same time, each as his first of the purchase."""
    hugggs = await world.buy(quantity=2, limit=1)
    now = await scalar(world.platform.database, "SELECT now()")
    return [
        await insert_claim(
            world.platform.database,
            huggg_with(id=UUID(huggg["id"]), assigned_at=now),
            user(world.bo),
            link=await kept(world, huggg, "codes"),
            number=1,
        )
        for huggg in hugggs
    ]


async def test_two_claims_of_a_person_do_not_have_the_same_number(world: World) -> None:
    assert await both_first(world) == [True, False]


async def test_without_the_index_of_claims_they_do(world: World) -> None:
    await sql(world.platform.database, "DROP INDEX one_claim_of_each_number")
    assert await both_first(world) == [True, True]


async def test_the_first_view_is_kept_and_noted_once(world: World) -> None:
    huggg, other = await world.buy(quantity=2)
    database = world.platform.database
    now, link = await scalar(database, "SELECT now()"), await kept(world, huggg, "codes")
    await view(database, huggg_id=UUID(huggg["id"]), client_id="gift-page", link=link, now=now)
    assert await kept(world, huggg, "(viewed_at, viewed_client, updated_at)") == (now, "gift-page", now)
    assert await kept(world, other, "viewed_at") is None
    async with nothing_moves(database):
        later = now + timedelta(hours=1)
        await view(database, huggg_id=UUID(huggg["id"]), client_id="another", link=link, now=later)
    assert await events(world, "huggg.viewed") == [(UUID(huggg["id"]), now, None, "gift-page")]


@pytest.mark.parametrize(
    "what",
    [
        "cancelled_at = now()",
        "expires_at = now()",
        "sent_at = now() + interval '1 hour'",
        "redemption_id = id",
    ],
)
async def test_a_huggg_that_is_over_or_not_sent_is_not_viewed(world: World, what: str) -> None:
    (huggg,) = await world.buy()
    await change(world, huggg, what)
    database = world.platform.database
    now, link = await scalar(database, "SELECT now()"), await kept(world, huggg, "codes")
    async with nothing_moves(database):
        await view(database, huggg_id=UUID(huggg["id"]), client_id="gift-page", link=link, now=now)


async def test_each_holder_of_the_link_sees_the_code_unless_the_team_wants_less(world: World) -> None:
    (huggg,) = await world.buy()
    database, huggg_id = world.platform.database, UUID(huggg["id"])

    async def sees(secret: str | None) -> bool:
        return await may_see_code(database, huggg_id=huggg_id, secret=secret)

    assert await sees(None)
    await take(world, huggg, TWO_TABS)
    assert await sees(None)
    await sql(database, "UPDATE teams SET code_viewers = 'claimer' WHERE name = 'Acorn'")
    assert await sees("a browser's secret")
    assert not await sees("another secret")
    assert not await sees(None)
    await admit_browser(database, huggg_id=huggg_id, secret="another secret")
    assert await sees("another secret")


async def test_before_the_claim_each_holder_sees_the_code_and_no_browser_is_admitted(
    world: World,
) -> None:
    (huggg,) = await world.buy()
    database, huggg_id = world.platform.database, UUID(huggg["id"])
    await sql(database, "UPDATE teams SET code_viewers = 'claimer' WHERE name = 'Acorn'")
    assert await may_see_code(database, huggg_id=huggg_id, secret=None)
    async with nothing_moves(database):
        await admit_browser(database, huggg_id=huggg_id, secret="early")

"""Holding a huggg at a till: the answer of each call, and all pairs of calls at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.kit.ids import new_id
from huggg.settings.settings import Settings
from tests.api.test_till import (
    ALREADY_REDEEMED,
    CANNOT_REDEEM,
    EXPIRED,
    INVALID_LOCATION,
    NO_REDEMPTION,
    NOT_FOUND,
    for_bo,
    says,
)
from tests.conftest import served
from tests.faults.doctor import broken_rules
from tests.support.buyers import grown_old
from tests.support.published import REDEMPTION_KEYS
from tests.support.silence import moved, nothing_moves, snapshot
from tests.support.sql import scalar, sql
from tests.support.world import Person, World

HELD = {"error": "huggg is held and cannot be redeemed."}
NO_HOLD = {"error": "hold not found"}
LAPSED = {"error": "hold has lapsed."}
REVERSED = {"error": "hold already reversed."}
UNREDEEMED = {"error": "redemption already unredeemed."}


async def hold(
    town: World, huggg: str, caller: Person | None = None, *, key: str | None = None, **body: Any
) -> httpx2.Response:
    path = f"/api/v2/hugggs/{huggg}/holds"
    hold_body = {"location_id": "bristol17", **body}
    headers = {} if key is None else {"Idempotency_Key": key}
    return await town.call("POST", path, caller or town.till, hold_body, **headers)


async def hold_of(town: World, huggg: str, **body: Any) -> str:
    answer = await hold(town, huggg, **body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


async def end(
    town: World,
    huggg: str,
    hold_id: str,
    way: str,
    caller: Person | None = None,
    *,
    key: str | None = None,
    **sale: Any,
) -> httpx2.Response:
    path = f"/api/v2/hugggs/{huggg}/holds/{hold_id}/{way}"
    headers = {} if key is None else {"Idempotency_Key": key}
    return await town.call("POST", path, caller or town.till, sale or None, **headers)


async def lapse(town: World, huggg: str) -> None:
    """Let the time of the hold that stands be over."""
    await sql(
        town.platform.database,
        "WITH lapsed AS ("
        " UPDATE hugggs SET held_until = held_until - interval '1 hour'"
        " WHERE id = $1 AND hold_id IS NOT NULL RETURNING id, hold_id)"
        " UPDATE holds o"
        " SET created_at = created_at - interval '1 hour', ends_at = ends_at - interval '1 hour'"
        " FROM lapsed l WHERE o.huggg_id = l.id AND o.id = l.hold_id",
        UUID(huggg),
    )


async def test_a_huggg_is_held_and_then_redeemed_with_what_the_till_tells_of_the_sale(
    town: World,
) -> None:
    huggg = (await for_bo(town))["id"]
    answer = await hold(town, huggg, reference="A-1042", seconds=900)
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert list(data) == ["id", "huggg_id", "location_id", "reference", "created_at", "ends_at"]
    assert (data["huggg_id"], data["location_id"]) == (huggg, "bristol17")
    assert (data["reference"], data["created_at"] < data["ends_at"]) == ("A-1042", True)

    before = await snapshot(town.platform.database)
    confirmation = await end(town, huggg, data["id"], "confirmation", receipt_number="317", amount=780)
    assert (confirmation.status_code, list(confirmation.json()["data"])) == (201, REDEMPTION_KEYS)
    after = await snapshot(town.platform.database)
    assert moved(before, after) == {"events": 1, "hugggs": 0, "redemptions": 1, "transfers": 1}
    [kept] = await sql(
        town.platform.database,
        "SELECT sale_reference, receipt_number, staff, rung_up FROM redemptions WHERE huggg_id = $1",
        UUID(huggg),
    )
    assert tuple(kept) == ("A-1042", "317", None, 780)
    async with nothing_moves(town.platform.database):
        again = await end(town, huggg, data["id"], "confirmation")
    assert (again.status_code, again.content) == (201, confirmation.content)
    assert await broken_rules(town.platform.database) == []


async def test_a_hold_lasts_two_minutes_unless_the_till_says_otherwise(town: World) -> None:
    lasts = "SELECT extract(epoch FROM ends_at - created_at)::int FROM holds WHERE id = $1"
    for seconds, body in ((120, {}), (1, {"seconds": 1}), (900, {"seconds": 900})):
        hold_id = await hold_of(town, (await for_bo(town))["id"], **body)
        assert await scalar(town.platform.database, lasts, UUID(hold_id)) == seconds


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"seconds": 0}, "seconds: must be a whole number from 1 to 900."),
        ({"seconds": 901}, "seconds: must be a whole number from 1 to 900."),
        ({"reference": "x" * 101}, "reference: must be text of 1 to 100 characters."),
        ({"location_id": None}, "location_id: must be text of at most 255 characters."),
        ({"second": 5}, "second: is not known; use seconds."),
    ],
)
async def test_a_hold_that_cannot_be_read_is_refused(
    town: World, body: dict[str, Any], sentence: str
) -> None:
    huggg = (await for_bo(town))["id"]
    async with nothing_moves(town.platform.database):
        answer = await hold(town, huggg, **body)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(sentence.split(":", maxsplit=1)[0])


async def test_nothing_else_spends_a_held_huggg_and_its_sender_sees_no_change(town: World) -> None:
    bought = await for_bo(town)
    huggg = bought["id"]
    await hold_of(town, huggg)
    async with nothing_moves(town.platform.database):
        says(await town.redeem(huggg), 405, HELD)
        says(await town.redeem(huggg, town.bo), 405, HELD)
        says(await hold(town, huggg), 405, HELD)
        says(await hold(town, huggg, town.kettle_till), 403, CANNOT_REDEEM)
        says(await town.unredeem(huggg), 404, NO_REDEMPTION)
    shown = (await town.call("GET", f"/api/v2/hugggs/{huggg}", town.amara)).json()["data"]
    assert shown == {**bought, "created_at": shown["created_at"]}


async def test_the_hold_wins_where_the_last_day_ends_meanwhile(town: World) -> None:
    huggg = (await for_bo(town))["id"]
    hold_id = await hold_of(town, huggg)
    async with grown_old(town, huggg):
        says(await town.redeem(huggg), 405, EXPIRED)
        assert (await end(town, huggg, hold_id, "confirmation")).status_code == 201


async def test_a_lapsed_hold_frees_the_huggg_and_is_not_confirmed(town: World) -> None:
    huggg = (await for_bo(town))["id"]
    first = await hold_of(town, huggg)
    await lapse(town, huggg)
    async with nothing_moves(town.platform.database):
        says(await end(town, huggg, first, "confirmation"), 409, LAPSED)
        ended = await end(town, huggg, first, "reversal")
    assert (ended.status_code, ended.json()["data"]["state"]) == (201, "lapsed")
    second = await hold_of(town, huggg)
    async with nothing_moves(town.platform.database):
        says(await end(town, huggg, first, "confirmation"), 409, LAPSED)
        assert (await end(town, huggg, first, "reversal")).content == ended.content
    assert (await end(town, huggg, second, "confirmation")).status_code == 201
    says(await end(town, huggg, first, "confirmation"), 405, ALREADY_REDEEMED)
    assert await broken_rules(town.platform.database) == []


async def test_a_reversed_hold_frees_the_huggg_at_once_and_is_answered_alike_again(town: World) -> None:
    huggg = (await for_bo(town))["id"]
    hold_id = await hold_of(town, huggg)
    before = await snapshot(town.platform.database)
    ended = await end(town, huggg, hold_id, "reversal")
    assert ended.status_code == 201
    assert ended.json()["data"] == {
        "id": hold_id,
        "huggg_id": huggg,
        "state": "reversed",
        "ended_at": ended.json()["data"]["ended_at"],
    }
    assert moved(before, await snapshot(town.platform.database)) == {
        "events": 1,
        "holds": 0,
        "hugggs": 0,
    }
    async with nothing_moves(town.platform.database):
        assert (await end(town, huggg, hold_id, "reversal")).content == ended.content
        says(await end(town, huggg, hold_id, "confirmation"), 409, REVERSED)
    assert (await town.redeem(huggg)).status_code == 201
    async with nothing_moves(town.platform.database):
        assert (await end(town, huggg, hold_id, "reversal")).content == ended.content


async def test_the_reversal_of_a_confirmed_hold_takes_its_redemption_back(town: World) -> None:
    huggg = (await for_bo(town))["id"]
    hold_id = await hold_of(town, huggg)
    assert (await end(town, huggg, hold_id, "confirmation")).status_code == 201
    ended = await end(town, huggg, hold_id, "reversal")
    assert (ended.status_code, ended.json()["data"]["state"]) == (201, "reversed")
    async with nothing_moves(town.platform.database):
        assert (await end(town, huggg, hold_id, "reversal")).content == ended.content
        says(await end(town, huggg, hold_id, "confirmation"), 422, UNREDEEMED)
    assert (await town.redeem(huggg)).status_code == 201
    assert await broken_rules(town.platform.database) == []


async def test_a_hold_under_a_key_is_placed_once(town: World) -> None:
    huggg, key = (await for_bo(town))["id"], str(new_id())
    first = await hold(town, huggg, key=key)
    async with nothing_moves(town.platform.database):
        again = await hold(town, huggg, key=key)
    assert (first.status_code, again.content) == (201, first.content)
    assert await broken_rules(town.platform.database) == []


async def test_the_hold_is_the_only_key_of_its_confirmation_and_of_its_reversal(town: World) -> None:
    """A key without an answer would tell the till that a redemption which stands has had no effect."""
    huggg = (await for_bo(town))["id"]
    hold_id = await hold_of(town, huggg)
    for way in ("confirmation", "reversal"):
        key = str(new_id())
        first = await end(town, huggg, hold_id, way, key=key)
        async with nothing_moves(town.platform.database):
            again = await end(town, huggg, hold_id, way, key=key)
        assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
        outcome = await town.call("GET", f"/api/v2/idempotency-keys/{key}", town.till)
        says(outcome, 404, {"error": "idempotency key not found"})


async def test_a_hold_that_is_asked_for_again_under_its_reference_is_the_same(town: World) -> None:
    bought, key = await for_bo(town), str(new_id())
    first = await hold(town, bought["id"], reference="A-1042")
    async with nothing_moves(town.platform.database):
        for name in (bought["id"], bought["shortcode"], bought["redeem_code"]):
            again = await hold(town, name, reference="A-1042", seconds=900)
            assert (again.status_code, again.content) == (201, first.content)
        says(await hold(town, bought["id"], reference="A-1043"), 405, HELD)
        says(await hold(town, bought["id"], reference="A-1042", location_id="bath2"), 405, HELD)
        says(await hold(town, bought["id"]), 405, HELD)
    keyed = await hold(town, bought["id"], reference="A-1042", key=key)
    assert (keyed.status_code, keyed.content) == (201, first.content)
    hold_id = first.json()["data"]["id"]
    assert (await end(town, bought["id"], hold_id, "confirmation")).status_code == 201
    async with nothing_moves(town.platform.database):
        says(await hold(town, bought["id"], reference="A-1042"), 405, ALREADY_REDEEMED)
    assert await broken_rules(town.platform.database) == []


async def test_strangers_hear_of_a_hold_what_they_hear_of_a_redemption(town: World) -> None:
    bought = await for_bo(town)
    huggg = bought["id"]
    hold_id, free = await hold_of(town, huggg), (await for_bo(town))["id"]
    async with nothing_moves(town.platform.database):
        for way in ("confirmation", "reversal"):
            for caller in (town.bo, town.amara, town.cleo, town.lantern_till, town.bath_till):
                says(await end(town, huggg, hold_id, way, caller), 403, CANNOT_REDEEM)
            says(await end(town, huggg, str(new_id()), way), 404, NO_HOLD)
            says(await end(town, huggg, "latest", way), 404, NO_HOLD)
            says(await end(town, str(new_id()), hold_id, way), 404, NOT_FOUND)
        says(await hold(town, free, town.bath_till), 422, INVALID_LOCATION)
    assert (await end(town, bought["shortcode"], hold_id, "confirmation")).status_code == 201


async def test_a_huggg_typed_by_its_redeem_code_is_held_and_confirmed_past_its_last_day(
    town: World,
) -> None:
    bought = await for_bo(town)
    hold_id = await hold_of(town, bought["redeem_code"])
    async with grown_old(town, bought["id"]):
        ended = await end(town, bought["redeem_code"], hold_id, "confirmation")
    assert ended.status_code == 201


# Two servers at once -------------------------------------------------------------------------


@pytest.fixture
async def other(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A second server on the same database, with connections of its own."""
    async with served(settings) as http:
        yield http


PATHS: dict[str, tuple[str, str, Any]] = {
    "hold": ("POST", "holds", {"location_id": "bristol17"}),
    "confirm": ("POST", "holds/{hold}/confirmation", None),
    "reverse": ("POST", "holds/{hold}/reversal", None),
    "redeem": ("POST", "redemptions", {"location_id": "bristol17"}),
    "unredeem": ("PATCH", "redemptions/latest", {"redeemed": False}),
}
ROUNDS = 3


@pytest.mark.parametrize("first", PATHS)
async def test_each_pair_of_calls_at_the_same_time_leaves_books_that_agree(
    world: World, other: httpx2.AsyncClient, first: str
) -> None:
    """Each act of each pair is sent to another server; the doctor checks the rows afterwards."""
    second_server = World(**{**_fields(world), "http": other})
    for second in PATHS:
        hugggs = [huggg["id"] for huggg in await world.buy(quantity=ROUNDS)]
        holds = [await hold_of(world, huggg) for huggg in hugggs[:-1]]  # the last one is free
        holds.append(str(new_id()))
        await asyncio.gather(
            *(
                _act(where, act, huggg, hold_id)
                for huggg, hold_id in zip(hugggs, holds, strict=True)
                for where, act in ((world, first), (second_server, second))
            )
        )
    assert await broken_rules(world.platform.database) == []


async def _act(world: World, act: str, huggg: str, hold_id: str) -> None:
    method, path, body = PATHS[act]
    path = f"/api/v2/hugggs/{huggg}/{path.format(hold=hold_id)}"
    answer = await world.call(method, path, world.till, body)
    assert answer.status_code < 500, answer.text


def _fields(world: World) -> dict[str, Any]:
    return {name: getattr(world, name) for name in World.__slots__}

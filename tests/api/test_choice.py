"""A choice over the API: bought, picked once by its receiver, and then a huggg like any other."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.catalogue.choices import set_choice
from huggg.kit.ids import new_id
from huggg.transactions.ends.expire import expire_due
from tests.faults.doctor import broken_rules
from tests.support.choices import add_choice
from tests.support.life import end_yesterday
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import COFFEE_PENCE, Person, World

CANNOT_BE_PICKED = (
    "product_id: cannot be picked; embed purchase.choices to see the products of this choice."
)


@pytest.fixture(scope="module")
async def treat(town: World) -> UUID:
    """Let any treat be a coffee at Harbour Roast or a tea at Kettle & Finch."""
    return await add_choice(town)


async def bought(world: World, treat: UUID, **purchase: Any) -> str:
    (huggg,) = await world.buy(treat, **purchase)
    return str(huggg["id"])


async def bought_for_bo(world: World, treat: UUID) -> str:
    return await bought(world, treat, receivers=[{"user_id": str(world.bo.id)}])


async def pick(world: World, huggg: str, product: UUID | str, caller: Person | str) -> httpx2.Response:
    path = f"/api/v2/hugggs/{huggg}/choice"
    return await world.call("POST", path, caller, {"product_id": str(product)})


async def refusal(
    world: World, huggg: str, product: UUID | str, caller: Person | str
) -> tuple[int, str]:
    """Pick, and see that nothing moves."""
    async with nothing_moves(world.platform.database):
        answer = await pick(world, huggg, product, caller)
    return answer.status_code, answer.json()["error"]


async def test_a_choice_is_the_huggg_of_the_product_that_its_receiver_picks(
    town: World, treat: UUID
) -> None:
    huggg = await bought_for_bo(town, treat)
    shown = await town.call("GET", f"/api/v2/hugggs/{huggg}?embed[]=purchase.choices.brand", town.bo)
    assert shown.json()["data"]["purchase_id"] == str(treat)
    products = {each["id"]: each for each in shown.json()["embedded"]["products"]}
    assert products[str(treat)]["choices"] == [str(town.coffee), str(town.tea)]
    assert set(products) == {str(treat), str(town.coffee), str(town.tea)}
    brands = {each["id"] for each in shown.json()["embedded"]["brands"]}
    assert brands == {str(town.harbour), str(town.kettle)}

    answer = await pick(town, huggg, town.tea, town.bo)
    assert answer.status_code == 201
    picked = answer.json()["data"]
    assert picked["purchase_id"] == str(town.tea)
    assert (picked["status_code"], picked["assigned_date"]) == ("SE", None)
    read = await town.call("GET", f"/api/v2/hugggs/{huggg}", town.amara)
    assert read.json()["data"] == picked
    async with nothing_moves(town.platform.database):
        again = await pick(town, huggg, town.tea, town.bo)
    assert (again.status_code, again.json()) == (201, answer.json())
    assert await refusal(town, huggg, town.coffee, town.bo) == (409, "huggg product already picked.")
    query = "SELECT kind, data, user_id FROM events WHERE subject_id = $1"
    [event] = await sql(town.platform.database, query, UUID(huggg))
    assert (event["kind"], event["user_id"]) == ("huggg.picked", town.bo.id)
    assert await broken_rules(town.platform.database) == []


async def test_before_the_pick_no_door_redeems_holds_or_draws(town: World, treat: UUID) -> None:
    huggg = await bought_for_bo(town, treat)
    code = await town.call("GET", f"/api/v2/hugggs/{huggg}", town.amara)
    typed = code.json()["data"]["redeem_code"]
    path = f"/api/v2/hugggs/{huggg}"
    at_bristol = {"location_id": "bristol17"}
    async with nothing_moves(town.platform.database):
        for caller in (town.till, town.bo, town.amara, town.cleo):
            answer = await town.redeem(huggg, caller)
            assert (answer.status_code, answer.json()["error"]) == (403, "Cannot redeem this huggg.")
        bodies = [
            await town.call("GET", f"{path}/product/adjustment-codes", town.till),
            await town.call("POST", f"{path}/holds", town.till, at_bristol),
            await town.call("GET", f"{path}/till", town.till),
        ]
        assert {(each.status_code, each.json()["error"]) for each in bodies} == {
            (403, "Cannot redeem this huggg.")
        }
        assert (await town.redeem(typed)).status_code == 404
        for caller in (town.bo, town.amara):
            drawn = await town.call("POST", f"{path}/voucher", caller)
            assert (drawn.status_code, drawn.json()["error"]) == (
                409,
                "huggg is a choice, and its product is not picked yet.",
            )


async def test_a_brand_that_lists_the_choice_redeems_none_before_the_pick(
    town: World, treat: UUID
) -> None:
    database = town.platform.database
    listing = "INSERT INTO brand_products VALUES ($1, $2, false, 9)"
    await sql(database, listing, town.harbour, treat)
    huggg = await bought(town, treat)
    async with nothing_moves(database):
        answer = await town.redeem(huggg)
    assert (answer.status_code, answer.json()["error"]) == (403, "Cannot redeem this huggg.")
    await sql(database, "DELETE FROM brand_products WHERE brand_id = $1 AND position = 9", town.harbour)


async def test_the_picked_brand_is_paid_and_any_other_till_refused(town: World, treat: UUID) -> None:
    huggg, database = await bought(town, treat), town.platform.database
    assert (await pick(town, huggg, town.tea, town.cleo)).status_code == 201
    assert (await town.redeem(huggg, town.till)).status_code == 403
    assert (await town.redeem(huggg, town.kettle_till, "leeds5")).status_code == 201
    query = "SELECT credit_account, amount FROM transfers WHERE huggg_id = $1 AND kind = 'post'"
    [posted] = await sql(database, query, UUID(huggg))
    assert tuple(posted) == (town.kettle, COFFEE_PENCE)
    again = await pick(town, huggg, town.tea, town.cleo)
    assert (again.status_code, again.json()["data"]["hug_status"]) == (201, "redeemed")
    assert await broken_rules(database) == []


async def test_the_last_day_ends_where_the_picked_brand_is(world: World) -> None:
    treat, database = await add_choice(world), world.platform.database
    await sql(database, "UPDATE brands SET time_zone = 'Asia/Tokyo' WHERE id = $1", world.kettle)
    huggg = await bought(world, treat)
    day = "SELECT expires_at AT TIME ZONE 'Asia/Tokyo' = expiry_date + 1 FROM hugggs WHERE id = $1"
    assert not await scalar(database, day, UUID(huggg))
    await pick(world, huggg, world.tea, world.bo)
    assert await scalar(database, day, UUID(huggg))
    assert await broken_rules(database) == []


async def test_a_choice_is_picked_by_its_first_last_day_and_redeemed_by_the_next(
    world: World,
) -> None:
    treat, database = await add_choice(world), world.platform.database
    today = await scalar(database, "SELECT (now() AT TIME ZONE 'Europe/London')::date")
    first, last = str(today + timedelta(days=7)), str(today + timedelta(days=90))
    days = {"claimExpiryDate": first, "expiryDate": last}
    picked, left = await bought(world, treat, **days), await bought(world, treat, **days)
    assert (await pick(world, picked, world.tea, world.bo)).json()["data"]["expiry_date"] == last
    funds = "SELECT available FROM accounts WHERE id = $1"
    before = await scalar(database, funds, world.wallet)
    await end_yesterday(database, left)
    assert await refusal(world, left, world.tea, world.bo) == (409, "huggg already expired.")
    await expire_due(database)
    assert await scalar(database, funds, world.wallet) == before + COFFEE_PENCE
    shown = await world.call("GET", f"/api/v2/hugggs/{picked}", world.amara)
    assert (shown.json()["data"]["hug_status"], shown.json()["data"]["expiry_date"]) == ("sent", last)
    assert await broken_rules(database) == []


async def test_unpicked_or_picked_its_value_returns_when_it_is_cancelled(
    town: World, treat: UUID
) -> None:
    database = town.platform.database
    query = "SELECT available FROM accounts WHERE id = $1"
    before = await scalar(database, query, town.wallet)
    unpicked, picked = await bought(town, treat), await bought(town, treat)
    await pick(town, picked, town.coffee, town.bo)
    for huggg in (unpicked, picked):
        path = f"/api/v2/hugggs/{huggg}/cancellation"
        assert (await town.call("POST", path, town.amara)).status_code == 201
    assert await scalar(database, query, town.wallet) == before
    assert await refusal(town, unpicked, town.coffee, town.bo) == (409, "huggg already cancelled.")
    assert await broken_rules(database) == []


async def test_refusals_name_their_reason_and_change_nothing(town: World, treat: UUID) -> None:
    huggg, coffee = await bought_for_bo(town, treat), (await town.buy())[0]["id"]
    for product in (town.dinner, treat, new_id(), "tea"):
        assert await refusal(town, huggg, product, town.bo) == (422, CANNOT_BE_PICKED)
    assert await refusal(town, coffee, town.tea, town.bo) == (409, "huggg is not a choice.")
    for caller in (town.cleo, town.amara, town.till, town.client_token):
        assert await refusal(town, huggg, town.tea, caller) == (404, "huggg not found")
    path = f"/api/v2/hugggs/{huggg}/choice"
    async with nothing_moves(town.platform.database):
        bodies: list[Any] = [{}, {"product": str(town.tea)}, {"product_id": 7}, []]
        for body in bodies:
            assert (await town.call("POST", path, town.bo, body)).status_code == 422


async def test_a_trusted_client_picks_on_behalf_of_the_holder(town: World, treat: UUID) -> None:
    platform, huggg = town.platform, await bought_for_bo(town, treat)
    query = "UPDATE clients SET shows_hugggs = $1 WHERE id = 'test-client'"
    await sql(platform.database, query, True)
    try:
        assert (await pick(town, huggg, town.tea, town.client_token)).status_code == 201
    finally:
        await sql(platform.database, query, False)


async def test_a_product_that_retires_cannot_be_picked_and_a_choice_of_none_not_bought(
    world: World,
) -> None:
    treat = await add_choice(world, world.coffee)
    huggg, database = await bought(world, treat), world.platform.database
    retired = """UPDATE products SET published = jsonb_set(published::jsonb, '{active}', '0')::json
                  WHERE id = $1"""
    await sql(database, retired, world.coffee)
    assert await refusal(world, huggg, world.coffee, world.bo) == (422, CANNOT_BE_PICKED)
    async with nothing_moves(database):
        answer = await world.call("POST", "/api/v2/transactions", world.amara, world.order(treat))
    assert answer.status_code == 422
    await set_choice(database, treat, [world.tea])
    assert (await pick(world, huggg, world.tea, world.bo)).status_code == 201


async def test_many_tabs_pick_one_product(town: World, treat: UUID) -> None:
    huggg = await bought(town, treat)
    products = [town.coffee, town.tea] * 5
    answers = await asyncio.gather(*(pick(town, huggg, each, town.bo) for each in products))
    read = await town.call("GET", f"/api/v2/hugggs/{huggg}", town.amara)
    chosen = read.json()["data"]["purchase_id"]
    for product, answer in zip(products, answers, strict=True):
        assert answer.status_code == (201 if str(product) == chosen else 409)
    query = "SELECT count(*) FROM events WHERE subject_id = $1 AND kind = 'huggg.picked'"
    assert await scalar(town.platform.database, query, UUID(huggg)) == 1


async def test_searches_and_lists_find_a_huggg_by_the_picked_product(town: World, treat: UUID) -> None:
    one, other = await bought(town, treat), await bought(town, treat)
    await pick(town, one, town.tea, town.bo)

    async def matches(**terms: str) -> set[str]:
        must = [{"term": {name: value}} for name, value in terms.items()]
        body = {"query": {"bool": {"must": must}}, "size": 300}
        answer = await town.call("POST", "/api/v2/search", town.amara, body)
        return {each["id"] for each in answer.json()["data"]}

    assert one in await matches(product_id=str(town.tea))
    assert one in await matches(brand_id=str(town.kettle))
    assert one not in await matches(product_id=str(treat))
    assert other in await matches(product_id=str(treat))
    assert not {one, other} & await matches(product_id=str(town.coffee))

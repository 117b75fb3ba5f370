"""The sentences of `/docs` beside an operation, held against the operation."""

from __future__ import annotations

import re

import msgspec
import pytest

from huggg.identity.permissions import PERMISSIONS, Standing
from tests.support.buyers import new_buyer
from tests.support.openapi import described
from tests.support.world import World

DOCUMENT = msgspec.json.decode(described().document)
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
USERS_ONLY = [
    name
    for name, permission in PERMISSIONS.items()
    if not permission.public and Standing.CLIENT not in permission.standings
]


def description_of(operation: str) -> str:
    description: str = OPERATIONS[operation][2]["description"]
    return description


@pytest.mark.parametrize("operation", USERS_ONLY)
async def test_a_client_learns_that_a_user_is_needed_beside_the_published_sentence(
    town: World, operation: str
) -> None:
    method, path, described_as = OPERATIONS[operation]
    answer = await town.call(method, re.sub(r"{\w+}", "x", path), town.client_token, {})
    assert (answer.status_code, answer.json()) == (403, {"error": "Forbidden."})
    assert "a user's access token" in answer.headers["huggg-hint"]
    assert described_as["security"][0] == {"accessToken": ["user"]}
    assert "UserNeeded" in described_as["responses"]["403"]["content"]["application/json"]["examples"]


async def test_a_caller_that_any_token_permits_gets_no_hint(town: World) -> None:
    answer = await town.call("GET", "/api/v2/brands", town.client_token)
    assert "huggg-hint" not in answer.headers
    assert OPERATIONS["listBrands"][2]["security"][0] == {"accessToken": []}


async def test_hugggs_stand_in_the_order_of_their_receivers_wherever_they_are_read(town: World) -> None:
    buyer, others = await new_buyer(town), [(await new_buyer(town)).person.id for _ in range(4)]
    receivers = [str(user) for user in (others[2], others[0], others[3], others[1], others[0])]
    transaction, bought = await buyer.buy(town, receivers=[{"user_id": user} for user in receivers])
    path = f"/api/v2/transactions/{transaction}"
    one = (await town.call("GET", f"{path}?embed[]=hugggs", buyer.person)).json()
    listed = (await town.call("GET", f"{path}/hugggs", buyer.person)).json()
    for hugggs in (bought, one["embedded"]["hugggs"], listed["data"]):
        assert [huggg["receiver_id"] for huggg in hugggs] == receivers
        assert [huggg["id"] for huggg in hugggs] == one["data"]["hugggs"]
    assert "`hugggs[i]`" in description_of("createTransaction")


async def test_created_at_is_an_instant_in_the_vouchers_answer_and_relative_elsewhere(
    town: World,
) -> None:
    buyer = await new_buyer(town)
    transaction, [huggg] = await buyer.buy(town)
    assert huggg["created_at"] == "today"
    lists = ("/api/v2/hugggs/sent", f"/api/v2/transactions/{transaction}/hugggs")
    for path in lists:
        [shown] = (await town.call("GET", path, buyer.person)).json()["data"]
        assert shown["created_at"] == "today"
    one = f"/api/v2/hugggs/{huggg['id']}"
    assert (await town.call("GET", one, buyer.person)).json()["data"]["created_at"] == "today"
    of_voucher = (await town.call("POST", f"{one}/voucher", buyer.person, {})).json()["data"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", of_voucher["created_at"])
    assert "`created_at` of the huggg is an instant" in description_of("generateVoucher")


async def test_a_till_redeems_after_the_code_was_shown(town: World) -> None:
    buyer = await new_buyer(town)
    _, [huggg] = await buyer.buy(town)
    one = f"/api/v2/hugggs/{huggg['id']}"
    assert (await town.call("POST", f"{one}/voucher", buyer.person, {})).status_code == 200
    assert (await town.redeem(huggg["id"])).status_code == 201
    assert "a till can still redeem the huggg afterwards" in description_of("generateVoucher")


async def test_the_second_latest_is_nobodys_redemption_and_by_its_id_it_was_taken_back(
    town: World,
) -> None:
    buyer = await new_buyer(town)
    _, [huggg] = await buyer.buy(town)
    redemption = (await town.redeem(huggg["id"])).json()["data"]["id"]
    assert (await town.unredeem(huggg["id"])).status_code == 200
    assert (await town.unredeem(huggg["id"])).status_code == 404
    assert (await town.unredeem(huggg["id"], redemption=redemption)).status_code == 422
    assert "the id of the redemption is answered 422" in description_of("unredeemHuggg")

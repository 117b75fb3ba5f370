"""Reading purchases: the caller's list, one purchase, and the hugggs that a caller received."""

from __future__ import annotations

import pytest

from huggg.kit.ids import new_id
from huggg.transactions import store
from tests.support.buyers import Buyer, new_buyer
from tests.support.published import HUGGG_KEYS, LIST_KEYS, TRANSACTION_KEYS
from tests.support.world import World

LIST = "/api/v2/transactions"


@pytest.fixture
async def buyer(town: World) -> Buyer:
    return await new_buyer(town)


async def test_one_is_shown_as_it_was_answered_when_it_was_made(town: World, buyer: Buyer) -> None:
    order = town.order(quantity=3)
    order["payment"]["reference"] = str(buyer.wallet)
    response = await town.call("POST", LIST, buyer.person, order)
    shown = await town.call("GET", f"{LIST}/{response.json()['data']['id']}", buyer.person)
    assert shown.status_code == 200
    assert shown.content == response.content
    assert list(shown.json()["data"]) == TRANSACTION_KEYS
    assert shown.json()["data"]["retail"] == "10.50"
    assert len(shown.json()["data"]["hugggs"]) == 3


async def test_the_list_has_ones_own_newest_first_with_pages(town: World, buyer: Buyer) -> None:
    transactions = [(await buyer.buy(town, quantity=2))[0] for _ in range(3)]
    first = (await town.call("GET", f"{LIST}?per_page=2", buyer.person)).json()
    assert list(first) == LIST_KEYS
    assert [transaction["id"] for transaction in first["data"]] == [transactions[2], transactions[1]]
    assert (first["total"], first["last_page"]) == (3, 2)
    assert first["next_page_url"] == f"http://huggg.test{LIST}?page=2&per_page=2"
    second = (await town.call("GET", f"{LIST}/?per_page=2&page=2", buyer.person)).json()
    assert [transaction["id"] for transaction in second["data"]] == [transactions[0]]
    one = (await town.call("GET", f"{LIST}/{transactions[0]}", buyer.person)).json()
    assert second["data"][0] == one["data"]


async def test_their_hugggs_can_be_embedded_once_each_in_order(town: World, buyer: Buyer) -> None:
    _, early = await buyer.buy(town, quantity=2)
    transaction, late = await buyer.buy(town, quantity=2)
    listed = (await town.call("GET", f"{LIST}?embed[]=hugggs", buyer.person)).json()
    assert list(listed)[-1] == "embedded"
    ids = [huggg["id"] for huggg in (*late, *early)]
    assert [huggg["id"] for huggg in listed["embedded"]["hugggs"]] == ids
    assert list(listed["embedded"]["hugggs"][0]) == HUGGG_KEYS
    shown = (await town.call("GET", f"{LIST}/{transaction}?embed[]=hugggs", buyer.person)).json()
    assert shown["embedded"]["hugggs"] == late


async def test_a_page_of_enormous_purchases_is_refused_with_what_to_do(
    town: World, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions = [(await buyer.buy(town, quantity=3))[0] for _ in range(2)]
    monkeypatch.setattr(store, "HUGGGS_MAX", 5)
    answer = await town.call("GET", LIST, buyer.person)
    assert (answer.status_code, answer.json()) == (
        422,
        {"error": "per_page: 6 hugggs are more than one answer lists; ask for fewer."},
    )
    one = await town.call("GET", f"{LIST}?per_page=1", buyer.person)
    assert [transaction["id"] for transaction in one.json()["data"]] == [transactions[1]]


async def test_another_buyers_purchase_answers_like_none(town: World, buyer: Buyer) -> None:
    transaction, _ = await buyer.buy(town)
    for transaction_id, caller in (
        (transaction, town.amara),
        (new_id(), buyer.person),
        ("x", buyer.person),
    ):
        answer = await town.call("GET", f"{LIST}/{transaction_id}", caller)
        assert (answer.status_code, answer.json()) == (404, {"error": "transaction not found"})
    assert (await town.call("GET", LIST, town.bo)).json()["data"] == []


async def test_received_hugggs_are_listed_newest_first_from_every_sender(
    town: World, buyer: Buyer
) -> None:
    bo = {"user_id": str(town.bo.id)}
    before = (await town.call("GET", "/api/v2/hugggs/received", town.bo)).json()["total"]
    _, [first] = await buyer.buy(town, receivers=[bo], message="Hello")
    [second] = await town.buy(receivers=[bo])
    answer = (
        await town.call("GET", "/api/v2/hugggs/received?embed[]=message&embed[]=redeemed", town.bo)
    ).json()
    assert list(answer) == [*LIST_KEYS, "embedded"]
    assert [huggg["id"] for huggg in answer["data"][:2]] == [second["id"], first["id"]]
    assert answer["total"] == before + 2
    assert answer["embedded"]["messages"][0]["message"] == "Hello"
    assert answer["embedded"]["redemptions"] == []
    assert (await town.call("GET", "/api/v2/hugggs/received", buyer.person)).json()["data"] == []

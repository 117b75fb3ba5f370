"""A page costs as many statements as it has relations and a few more, however many rows it has."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from huggg.database.queries import Queries
from tests.promises.test_sql import ASKED_ONE_BY_ONE, SOURCE
from tests.support.buyers import Buyer, add_segment, give_voucher, new_buyer
from tests.support.sql import statements_ran
from tests.support.world import World

RELATIONS = {
    "message": "messages",
    "voucher": "vouchers",
    "voucher.segment": "segments",
    "purchase": "products",
    "purchase.brand": "brands",
    "purchase.segments": "segments",
    "purchase.brand.stores": "stores",
    "purchase.brand.integration": "integrations",
}
"""Each published relation, and the statement that loads its entities."""

TRANSACTION = ["caller", "transaction", "of_transaction"]
SENT = ["caller", "count_sent", "sent"]


@pytest.fixture
def names_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of all statements that are sent from now on."""
    return statements_ran(monkeypatch)


async def full_list(town: World, size: int) -> tuple[Buyer, str]:
    """Buy hugggs that each have everything that can be embedded."""
    buyer = await new_buyer(town)
    transaction, hugggs = await buyer.buy(town, quantity=size, message="Hi")
    segment = await add_segment(town, town.coffee, town.harbour, "North")
    for huggg in hugggs:
        await give_voucher(town, huggg["id"], segment, "CODE")
    for huggg in hugggs[: size // 2 + 1]:
        assert (await town.redeem(huggg["id"])).status_code == 201
    return buyer, transaction


async def statements(
    town: World, names_run: list[str], path: str, buyer: Buyer, rows: int
) -> Counter[str]:
    names_run.clear()
    answer = await town.call("GET", path, buyer.person)
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == rows
    return Counter(names_run)


def query(*embeds: str) -> str:
    return "&".join(f"embed[]={embed}" for embed in embeds)


@pytest.mark.parametrize("rows", [1, 20])
async def test_a_page_costs_its_own_statements_and_one_for_each_relation(
    town: World, names_run: list[str], rows: int
) -> None:
    buyer, transaction = await full_list(town, rows)
    lists = {
        f"/api/v2/transactions/{transaction}/hugggs": (TRANSACTION, RELATIONS),
        "/api/v2/hugggs/sent": (SENT, RELATIONS | {"redeemed": "redemptions"}),
    }
    for path, (own, relations) in lists.items():
        assert await statements(town, names_run, path, buyer, rows) == Counter(own)
        for embed in relations:
            prefixes = [p for p in relations if embed == p or embed.startswith(f"{p}.")]
            expected = Counter([*own, *(relations[prefix] for prefix in prefixes)])
            assert await statements(town, names_run, f"{path}?{query(embed)}", buyer, rows) == expected
        all_relations = Counter([*own, *relations.values()])
        url = f"{path}?{query(*relations)}"
        assert await statements(town, names_run, url, buyer, rows) == all_relations
        assert (
            await statements(town, names_run, f"{url}&{query(*relations)}", buyer, rows) == all_relations
        )


async def test_relations_that_lead_nowhere_cost_nothing(town: World, names_run: list[str]) -> None:
    buyer = await new_buyer(town)
    transaction, _ = await buyer.buy(town, town.dinner, quantity=20)
    path = f"/api/v2/transactions/{transaction}/hugggs"
    url = f"{path}?{query('message', 'voucher.segment', 'nonsense', 'redeemed')}"
    assert await statements(town, names_run, url, buyer, 20) == Counter(TRANSACTION)


@pytest.mark.parametrize("hugggs", [1, 20])
async def test_the_statements_of_an_act_do_not_depend_on_its_size(
    town: World, names_run: list[str], hugggs: int
) -> None:
    buyer = await new_buyer(town)
    names_run.clear()
    _, (huggg, *_) = await buyer.buy(town, quantity=hugggs, message="Hi")
    assert names_run == ["caller", "purchase_context", "buy"]
    names_run.clear()
    assert (await town.redeem(huggg["shortcode"])).status_code == 201
    assert names_run == ["spendable", "redeem"]  # the caller is read with the subject
    names_run.clear()
    assert (await town.unredeem(huggg["shortcode"])).status_code == 200
    assert names_run == ["redeemed", "unredeem"]
    names_run.clear()
    path = f"/api/v2/hugggs/{huggg['shortcode']}/product/adjustment-codes"
    assert (await town.call("GET", path, town.till)).status_code == 200
    assert names_run == ["adjustable"]
    names_run.clear()
    assert (await town.redeem(huggg["id"], Idempotency_Key=huggg["id"])).status_code == 201
    assert names_run == ["spendable", "reserve", "redeem"]
    names_run.clear()
    assert (await town.redeem(huggg["id"], Idempotency_Key=huggg["id"])).status_code == 201
    assert names_run == ["spendable", "reserve", "kept"]


async def test_a_long_body_is_not_read_before_it_is_known_who_sends_it(
    town: World, names_run: list[str]
) -> None:
    buyer = await new_buyer(town)
    _, (huggg, *_) = await buyer.buy(town)
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions"
    body = {"location_id": "bristol17", "till": "x" * 5000}
    names_run.clear()
    assert (await town.call("POST", path, None, body)).status_code == 401
    assert names_run == []
    assert (await town.call("POST", path, town.till, body)).status_code == 201
    assert names_run == ["caller", "spendable", "redeem"]


async def test_no_answer_of_a_statement_has_two_columns_of_one_name(town: World) -> None:
    """A reader by name would get one of them."""
    alike = {}
    async with town.platform.database.transaction() as connection:
        for path in ASKED_ONE_BY_ONE:
            for statement in Queries(str(SOURCE / path), path.name):
                if re.search(
                    r"matching_hugggs|words_condition|staged", statement.sql
                ):  # while it is asked
                    continue
                prepared = await connection.prepare(statement.sql)
                names = Counter(column.name for column in prepared.get_attributes())
                del names["set_config"]  # called twice for its effect
                alike[f"{path}: {statement.name}"] = [name for name, n in names.items() if n > 1]
    assert len(alike) > 100
    assert {name: columns for name, columns in alike.items() if columns} == {}

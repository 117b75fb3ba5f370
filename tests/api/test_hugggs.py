"""Reading hugggs: the two lists, the single read, embedding, and the callers that see each huggg."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from huggg.kit.ids import new_id
from tests.support.buyers import Buyer, add_segment, give_voucher, grow_old, new_buyer
from tests.support.published import HUGGG_KEYS, LIST_KEYS, MESSAGE_KEYS, REDEMPTION_KEYS, VOUCHER_KEYS
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import Person, World

SENT = "/api/v2/hugggs/sent"
HERE = "http://huggg.test"
EMBEDS = [
    "message",
    "voucher",
    "voucher.segment",
    "purchase",
    "purchase.brand",
    "purchase.segments",
    "purchase.brand.stores",
    "purchase.brand.integration",
]


def of(transaction: str) -> str:
    return f"/api/v2/transactions/{transaction}/hugggs"


def asking(path: str, *embeds: str) -> str:
    return f"{path}?{'&'.join(f'embed[]={embed}' for embed in embeds)}"


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


async def get(town: World, path: str, caller: Person | Buyer) -> dict[str, Any]:
    person = caller.person if isinstance(caller, Buyer) else caller
    answer = await town.call("GET", path, person)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body: dict[str, Any] = answer.json()
    return body


async def not_found(town: World, path: str, caller: Person, sentence: str) -> None:
    async with nothing_moves(town.platform.database):
        answer = await town.call("GET", path, caller)
    assert (answer.status_code, answer.json()) == (404, {"error": sentence})


# Lists ---------------------------------------------------------------------------------------


async def test_a_transactions_hugggs_are_listed_as_published_in_the_order_of_purchase(
    town: World,
) -> None:
    buyer = await new_buyer(town)
    transaction, bought = await buyer.buy(town, quantity=2, message="Testing")
    page = await get(town, asking(of(transaction), "message"), buyer)
    assert list(page) == [*LIST_KEYS, "embedded"]
    assert page["data"] == bought
    assert all(list(huggg) == HUGGG_KEYS for huggg in page["data"])
    messages = page["embedded"]["messages"]
    assert [list(message) for message in messages] == [MESSAGE_KEYS, MESSAGE_KEYS]
    assert ids(messages) == [huggg["message_id"] for huggg in bought]
    assert [message["hug_id"] for message in messages] == ids(bought)
    assert {(m["message"], m["conversation_id"], m["sender_id"]) for m in messages} == {
        ("Testing", "0", str(buyer.person.id))
    }
    del page["data"], page["embedded"]
    assert page == {
        "current_page": 1,
        "from": 1,
        "last_page": 1,
        "next_page_url": None,
        "path": f"{HERE}{of(transaction)}?embed%5B0%5D=message",
        "per_page": 20,
        "prev_page_url": None,
        "to": 2,
        "total": 2,
    }


async def test_sent_hugggs_are_listed_newest_first_in_every_state(town: World) -> None:
    buyer = await new_buyer(town)
    _, (first,) = await buyer.buy(town)
    _, (second,) = await buyer.buy(town, receivers=[{"user_id": str(town.bo.id)}])
    _, (third,) = await buyer.buy(town)
    await grow_old(town, first["id"])
    assert (await town.redeem(second["id"])).status_code == 201
    page = await get(town, SENT, buyer)
    assert ids(page["data"]) == [third["id"], second["id"], first["id"]]
    assert page["total"] == 3
    states = [(h["hug_status"], h["status"], h["is_expired"], h["created_at"]) for h in page["data"]]
    assert states == [
        ("sent", 12, False, "today"),
        ("redeemed", 1, False, "today"),
        ("expired", 8, True, "400 days ago"),
    ]


async def test_a_buyer_of_nothing_sees_an_empty_page(town: World) -> None:
    buyer = await new_buyer(town)
    page = await get(town, f"{SENT}/", buyer)
    assert list(page) == LIST_KEYS
    assert (page["data"], page["from"], page["to"], page["total"], page["path"]) == (
        [],
        None,
        None,
        0,
        f"{HERE}{SENT}",
    )
    assert (await get(town, asking(SENT, "message"), buyer))["embedded"] == {"messages": []}


@pytest.mark.parametrize("sent", [False, True])
async def test_following_the_pages_shows_every_huggg_once(town: World, sent: bool) -> None:  # noqa: FBT001
    buyer = await new_buyer(town)
    transaction, bought = await buyer.buy(town, quantity=45)
    assert (await town.redeem(bought[3]["id"])).status_code == 201  # it lies elsewhere on disk now
    path = SENT if sent else of(transaction)
    expected = ids(bought)[::-1] if sent else ids(bought)
    row_ids: list[str] = []
    url, sizes = f"{path}?embed[]=message&platform=app", []
    while url is not None:
        page = await get(town, url, buyer)
        assert (page["from"], page["to"], page["total"]) == (
            len(row_ids) + 1,
            len(row_ids) + len(page["data"]),
            45,
        )
        row_ids += ids(page["data"])
        sizes.append(len(page["data"]))
        url = page["next_page_url"]
        if url is not None:
            assert url == f"{HERE}{path}?embed%5B0%5D=message&page={len(sizes) + 1}&platform=app"
    assert (row_ids, sizes) == (expected, [20, 20, 5])
    assert page["prev_page_url"] == f"{HERE}{path}?embed%5B0%5D=message&page=2&platform=app"
    assert (page["last_page"], page["current_page"]) == (3, 3)


async def test_pages_can_be_made_smaller_and_larger(town: World) -> None:
    buyer = await new_buyer(town)
    transaction, bought = await buyer.buy(town, quantity=30)
    small = await get(town, f"{of(transaction)}?per_page=7&page=5", buyer)
    assert ids(small["data"]) == ids(bought)[28:]
    assert (small["per_page"], small["last_page"], small["from"], small["to"]) == (7, 5, 29, 30)
    assert small["prev_page_url"] == f"{HERE}{of(transaction)}?page=4&per_page=7"
    assert ids((await get(town, f"{of(transaction)}?per_page=100", buyer))["data"]) == ids(bought)


@pytest.mark.parametrize("page", [2, 50, 107_374_183, 1_000_000_000])
async def test_a_page_beyond_the_last_is_empty_however_far(town: World, page: int) -> None:
    buyer = await new_buyer(town)
    transaction, _ = await buyer.buy(town)
    for path in (SENT, of(transaction)):
        beyond = await get(town, f"{path}?page={page}&per_page=100", buyer)
        assert (beyond["data"], beyond["from"], beyond["to"], beyond["total"]) == ([], None, None, 1)


# Embedding -----------------------------------------------------------------------------------


async def full_huggg(town: World) -> tuple[Buyer, str, dict[str, Any], dict[str, str]]:
    """Buy one that has everything that can hang on a huggg."""
    buyer = await new_buyer(town)
    transaction, (huggg,) = await buyer.buy(town, message="Enjoy!")
    segments = [await add_segment(town, town.coffee, town.harbour, name) for name in ("North", "South")]
    voucher = await give_voucher(town, huggg["id"], segments[1], "TEST_CODE")
    redemption = (await town.redeem(huggg["id"])).json()["data"]["id"]
    names = {"voucher": str(voucher), "segment": str(segments[1]), "redemption": redemption}
    return buyer, transaction, huggg, names


async def test_every_published_relation_can_be_embedded(town: World) -> None:
    buyer, transaction, huggg, names = await full_huggg(town)
    page = await get(town, asking(of(transaction), *EMBEDS), buyer)
    (shown,) = page["data"]
    embedded = page["embedded"]
    assert set(embedded) == {
        *("messages", "vouchers", "segments", "products", "brands", "stores", "integrations")
    }
    assert shown["message_id"] == embedded["messages"][0]["id"]
    assert shown["voucher_id"] == embedded["vouchers"][0]["id"] == names["voucher"]
    (voucher,) = embedded["vouchers"]
    assert list(voucher) == VOUCHER_KEYS
    assert voucher["code"] == "TEST_CODE"
    assert (voucher["huggg_id"], voucher["segment_id"]) == (huggg["id"], names["segment"])
    assert (voucher["expiry_date"], voucher["created_at"]) == ("2027-10-31 23:59:00", None)
    (product,) = embedded["products"]
    assert shown["purchase_id"] == product["id"] == str(town.coffee)
    assert product["sale_price"] == 350
    (brand,) = embedded["brands"]
    assert (brand["id"], brand["name"]) == (str(town.harbour), "Harbour Roast")
    assert [store["name"] for store in embedded["stores"]] == ["bristol17", "bath2"]
    assert ids(embedded["stores"]) == brand["stores"]
    assert embedded["integrations"] == [{"id": 5, "name": "ePOS QR"}]
    assert set(ids(embedded["segments"])) == set(product["segments"])
    assert embedded["segments"][0] == {"id": names["segment"], "name": "South"}


@pytest.mark.parametrize(
    ("embed", "keys"),
    [
        ("message", ["messages"]),
        ("voucher", ["vouchers"]),
        ("voucher.segment", ["vouchers", "segments"]),
        ("purchase", ["products"]),
        ("purchase.brand", ["products", "brands"]),
        ("purchase.segments", ["products", "segments"]),
        ("purchase.brand.stores", ["products", "brands", "stores"]),
        ("purchase.brand.integration", ["products", "brands", "integrations"]),
    ],
)
async def test_a_relation_brings_what_leads_to_it(town: World, embed: str, keys: list[str]) -> None:
    buyer = await new_buyer(town)
    transaction, (huggg,) = await buyer.buy(town, message="Hi")
    await give_voucher(town, huggg["id"], None, "C")
    for path in (of(transaction), SENT, f"/api/v2/hugggs/{huggg['id']}"):
        assert list((await get(town, asking(path, embed), buyer))["embedded"]) == keys


async def test_redeemed_can_be_embedded_in_what_was_sent_and_not_in_a_transaction(town: World) -> None:
    buyer, transaction, huggg, names = await full_huggg(town)
    await buyer.buy(town)
    sent = await get(town, asking(SENT, "redeemed"), buyer)
    (redemption,) = sent["embedded"]["redemptions"]
    assert list(redemption) == REDEMPTION_KEYS
    assert (redemption["id"], redemption["huggg_id"]) == (names["redemption"], huggg["id"])
    assert (redemption["redeemed"], redemption["location_id"]) == (True, "bristol17")
    assert [h["redeemed_id"] for h in sent["data"]] == [None, names["redemption"]]
    assert "embedded" not in await get(town, asking(of(transaction), "redeemed"), buyer)

    assert (await town.unredeem(huggg["id"])).status_code == 200
    taken_back = await get(town, asking(SENT, "redeemed"), buyer)
    assert taken_back["embedded"] == {"redemptions": []}
    assert [h["redeemed_id"] for h in taken_back["data"]] == [None, None]


async def test_each_entity_is_embedded_once_in_the_order_of_first_reference(town: World) -> None:
    buyer = await new_buyer(town)
    await buyer.buy(town, town.tea, quantity=2)
    await buyer.buy(town, town.coffee)
    await buyer.buy(town, town.tea)
    await buyer.buy(town, town.any_coffee)
    page = await get(town, asking(SENT, "purchase.brand"), buyer)
    assert [h["purchase_id"] for h in page["data"]] == [
        str(town.any_coffee),
        str(town.tea),
        str(town.coffee),
        str(town.tea),
        str(town.tea),
    ]
    assert ids(page["embedded"]["products"]) == [str(town.any_coffee), str(town.tea), str(town.coffee)]
    names = [brand["name"] for brand in page["embedded"]["brands"]]
    assert names == ["any coffee place", "Kettle & Finch", "Harbour Roast"]


async def test_the_indexed_form_is_understood_and_unknown_relations_are_ignored(town: World) -> None:
    buyer = await new_buyer(town)
    transaction, _ = await buyer.buy(town, message="Hi")
    query = "embed[0]=message&embed[1]=purchase.owner&embed[2]=&embed[9]=purchase"
    page = await get(town, f"{of(transaction)}?{query}", buyer)
    assert list(page["embedded"]) == ["messages", "products"]
    for nothing in ("embed[]=nonsense", "embed[]=theme", "embed[]="):
        assert "embedded" not in await get(town, f"{of(transaction)}?{nothing}", buyer)


# One huggg -----------------------------------------------------------------------------------


async def test_a_huggg_is_read_by_its_id_in_any_case_and_by_its_shortcode(town: World) -> None:
    buyer = await new_buyer(town)
    _, (huggg,) = await buyer.buy(town)
    for name in (huggg["id"], huggg["id"].upper(), huggg["shortcode"], f"{huggg['shortcode']}/"):
        assert await get(town, f"/api/v2/hugggs/{name}", buyer) == {"data": huggg}
    assert list(huggg) == HUGGG_KEYS
    swapped = huggg["shortcode"].swapcase()
    await not_found(town, f"/api/v2/hugggs/{swapped}", buyer.person, "huggg not found")


async def test_a_receiver_reads_their_own_huggg(town: World) -> None:
    buyer = await new_buyer(town)
    _, (huggg,) = await buyer.buy(town, receivers=[{"user_id": str(town.bo.id)}])
    assert (await get(town, f"/api/v2/hugggs/{huggg['shortcode']}", town.bo))["data"] == huggg


async def test_another_users_huggg_answers_as_if_there_were_none(town: World) -> None:
    buyer = await new_buyer(town)
    transaction, (huggg,) = await buyer.buy(town, receivers=[{"user_id": str(town.bo.id)}])
    for stranger in (town.amara, town.cleo, town.till):
        for name in (huggg["id"], huggg["shortcode"]):
            await not_found(town, f"/api/v2/hugggs/{name}", stranger, "huggg not found")
        await not_found(town, of(transaction), stranger, "transaction not found")
        assert huggg["id"] not in ids((await get(town, f"{SENT}?per_page=100", stranger))["data"])
    await not_found(town, of(transaction), town.bo, "transaction not found")
    for unknown_id in (new_id(), UUID(int=0), "jcsk2df4sphbgl7f", transaction):
        await not_found(town, f"/api/v2/hugggs/{unknown_id}", buyer.person, "huggg not found")
    for none in (new_id(), huggg["id"], huggg["shortcode"], "sent"):
        await not_found(town, of(str(none)), buyer.person, "transaction not found")


async def test_callers_of_one_batch_are_told_apart(world: World) -> None:
    """Their look-ups share a statement, and calls with the same token share its caller."""
    hugggs = [huggg["id"] for huggg in await world.buy(quantity=2)]
    callers = {world.amara.token: 200, "huggg_at_unknown": 401, world.bo.token: 404}
    calls = [(huggg, token) for token in callers for huggg in hugggs * 2]
    calls = [*calls[::2], *calls[::-2]]
    answers = await asyncio.gather(
        *(world.call("GET", f"/api/v2/hugggs/{huggg}", token) for huggg, token in calls)
    )
    assert [answer.status_code for answer in answers] == [callers[token] for _, token in calls]
    for (huggg, token), answer in zip(calls, answers, strict=True):
        if token == world.amara.token:
            assert answer.json()["data"]["id"] == huggg


async def test_a_client_without_a_user_reads_no_hugggs_and_nobody_without_a_token_does(
    town: World,
) -> None:
    buyer = await new_buyer(town)
    transaction, (huggg,) = await buyer.buy(town)
    for path in (SENT, of(transaction), f"/api/v2/hugggs/{huggg['id']}"):
        client = await town.call("GET", path, town.client_token)
        assert (client.status_code, client.json()) == (403, {"error": "Forbidden."})
        unauthenticated = await town.call("GET", path)
        assert (unauthenticated.status_code, unauthenticated.json()) == (
            401,
            {"error": "Authentication failed."},
        )


async def test_codes_moved_to_another_huggg_are_shown_to_nobody(town: World) -> None:
    """A writer to the database still cannot see others' links on hugggs of their own."""
    buyer = await new_buyer(town)
    _, (hers, mine) = await buyer.buy(town, quantity=2)
    await sql(
        town.platform.database,
        "UPDATE hugggs SET codes = (SELECT codes FROM hugggs WHERE id = $1) WHERE id = $2",
        UUID(hers["id"]),
        UUID(mine["id"]),
    )
    answer = await town.call("GET", f"/api/v2/hugggs/{mine['id']}", buyer.person)
    assert answer.status_code == 500
    assert hers["shortcode"] not in answer.text
    assert (await get(town, f"/api/v2/hugggs/{hers['id']}", buyer))["data"] == hers


async def test_no_shortcode_and_no_voucher_code_is_kept_in_clear(town: World) -> None:
    buyer = await new_buyer(town)
    transaction, (huggg,) = await buyer.buy(town)
    await give_voucher(town, huggg["id"], None, "VOUCHER_IN_CLEAR")
    for table in ("hugggs", "shortcodes", "transactions", "events", "vouchers"):
        rows = await sql(town.platform.database, f"SELECT * FROM {table}")  # noqa: S608 - listed above
        content = b"\n".join(
            value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
        )
        for code in (huggg["shortcode"], "VOUCHER_IN_CLEAR"):
            assert code.encode() not in content, (table, transaction)


async def test_a_claimed_huggg_is_answered_whole_and_received(world: World) -> None:
    (bought,) = await world.buy()
    path = f"/api/v2/hugggs/{bought['shortcode']}/claim"
    answer = await world.call("POST", path, world.bo)
    assert answer.status_code == 201
    claimed = answer.json()["data"]
    assert claimed == bought | {
        "receiver_id": str(world.bo.id),
        "assigned_date": claimed["updated_at"],
        "assigned_client": "test-client",
        "viewed_date": claimed["updated_at"],
        "viewed_client": "test-client",
        "updated_at": claimed["updated_at"],
        "status": 0,
        "status_code": "DL",
    }
    received = await world.call("GET", "/api/v2/hugggs/received", world.bo)
    assert received.json()["data"] == [claimed]
    async with nothing_moves(world.platform.database):
        again = await world.call("POST", path, world.bo)
        assert (again.status_code, again.content) == (201, answer.content)
        late = await world.call("POST", path, world.cleo)
        assert (late.status_code, late.json()) == (409, {"error": "huggg already claimed."})

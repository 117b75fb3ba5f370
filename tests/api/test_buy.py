"""`POST /api/v2/transactions`: the answers, rows and refusals of a purchase."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.kit.ids import new_id
from tests.support.people import number_fingerprint
from tests.support.published import HUGGG_KEYS
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import ANY_COFFEE_PENCE, COFFEE_PENCE, DINNER_PENCE, Person, World

PATH = "/api/v2/transactions"


async def available(town: World, wallet: UUID) -> int:
    pence: int = await scalar(
        town.platform.database, "SELECT available FROM accounts WHERE id = $1", wallet
    )
    return pence


async def buy(
    town: World, body: Any, caller: Person | str | None = None, path: str = PATH
) -> httpx2.Response:
    return await town.call("POST", path, caller or town.amara, body)


async def refused(
    town: World, body: Any, status: int, sentence: str, caller: Person | str | None = None
) -> None:
    async with nothing_moves(town.platform.database):
        answer = await buy(town, body, caller)
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})


async def test_more_hugggs_than_fit_one_answer_are_not_embedded(world: World) -> None:
    path = "/api/v2/transactions?embed[]=hugggs"
    order = world.order(quantity=10_001)
    with_silence = await world.call("POST", path, world.amara, order)
    error = {"error": "embed: at most 10000 hugggs fit one answer; list them instead."}
    assert (with_silence.status_code, with_silence.json()) == (422, error)


async def test_a_purchase_is_answered_with_its_transaction_to_the_letter(town: World) -> None:
    before = await available(town, town.wallet)
    answer = await buy(town, town.order(quantity=3))
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/json")
    assert list(answer.json()) == ["data"]
    data = answer.json()["data"]
    at = await scalar(
        town.platform.database,
        "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
        " FROM transactions WHERE id = $1",
        UUID(data["id"]),
    )
    ids = await sql(
        town.platform.database,
        "SELECT id FROM hugggs WHERE transaction_id = $1 ORDER BY position",
        UUID(data["id"]),
    )
    assert list(data.items()) == [
        ("id", data["id"]),
        ("created_at", at),
        ("updated_at", at),
        ("retail", "10.50"),
        ("status", "successful"),
        ("hugggs", [str(row["id"]) for row in ids]),
        ("purchased_at_date", at[:10]),
        ("purchased_at_time", at[11:]),
    ]
    assert len(ids) == 3
    assert await available(town, town.wallet) == before - 3 * COFFEE_PENCE


async def test_a_purchase_moves_its_value_and_is_an_event(town: World) -> None:
    answer = await buy(town, town.order(town.dinner, quantity=2))
    transaction = UUID(answer.json()["data"]["id"])
    moved = await sql(
        town.platform.database,
        "SELECT t.kind, t.debit_account, t.amount, c.kind AS credited FROM transfers t"
        " JOIN hugggs h ON h.id = t.huggg_id JOIN accounts c ON c.id = t.credit_account"
        " WHERE h.transaction_id = $1",
        transaction,
    )
    assert [tuple(row) for row in moved] == [("commit", town.wallet, DINNER_PENCE, "commitment")] * 2
    (event,) = await sql(
        town.platform.database,
        "SELECT kind, user_id, client_id, data FROM events WHERE subject_id = $1",
        transaction,
    )
    assert (event["kind"], event["user_id"], event["client_id"]) == (
        "transaction.successful",
        town.amara.id,
        "test-client",
    )
    assert event["data"] == '{"retail": 9000, "quantity": 2}'


@pytest.mark.parametrize(
    ("path", "more"),
    [
        pytest.param(f"{PATH}?embed[]=hugggs", {}, id="query"),
        pytest.param(f"{PATH}/?embed[0]=hugggs", {}, id="indexed, behind a slash"),
        pytest.param(PATH, {"embed": ["nonsense", "hugggs"]}, id="body"),
    ],
)
async def test_the_hugggs_can_be_embedded_with_their_links(
    town: World, path: str, more: dict[str, Any]
) -> None:
    answer = await buy(town, town.order(quantity=2, message="Hi") | more, path=path)
    assert answer.status_code == 201
    assert list(answer.json()) == ["data", "embedded"]
    assert list(answer.json()["embedded"]) == ["hugggs"]
    hugggs = answer.json()["embedded"]["hugggs"]
    assert [huggg["id"] for huggg in hugggs] == answer.json()["data"]["hugggs"]
    for huggg in hugggs:
        assert list(huggg) == HUGGG_KEYS
        assert huggg["launch_url"] == f"https://launch.test/{huggg['shortcode']}"
        assert (huggg["created_at"], huggg["status"], huggg["receiver_id"]) == ("today", 12, "")
        read = await town.call("GET", f"/api/v2/hugggs/{huggg['shortcode']}", town.amara)
        assert read.json()["data"] == huggg


async def test_nothing_is_embedded_that_was_not_asked_for(town: World) -> None:
    for path in (PATH, f"{PATH}?embed[]=nonsense"):
        answer = await buy(town, town.order(), path=path)
        assert (answer.status_code, list(answer.json())) == (201, ["data"])


async def test_each_receiver_gets_one_huggg_in_the_order_they_were_named(town: World) -> None:
    phone = f"+4474001{new_id().int % 10**5:05}"
    receivers = [{"user_id": str(town.cleo.id)}, {"phone_number": phone}, {"user_id": str(town.bo.id)}]
    hugggs = await town.buy(receivers=receivers)
    stranger = await scalar(
        town.platform.database,
        "SELECT id FROM users WHERE phone_fingerprint = $1",
        number_fingerprint(phone),
    )
    assert [huggg["receiver_id"] for huggg in hugggs] == [
        str(town.cleo.id),
        str(stranger),
        str(town.bo.id),
    ]
    assert {(huggg["status"], huggg["status_code"]) for huggg in hugggs} == {(5, "SE")}
    (newcomer,) = await sql(
        town.platform.database,
        "SELECT kind, name, username, phone_number, active FROM users WHERE id = $1",
        stranger,
    )
    assert tuple(newcomer) == ("customer", "", None, None, False)

    local = "0" + phone.removeprefix("+44")
    (huggg,) = await town.buy(receivers=[{"phone_number": local}])
    assert huggg["receiver_id"] == str(stranger)


async def test_a_wallet_can_be_emptied_to_the_last_penny(town: World) -> None:
    wallet = await scalar(
        town.platform.database,
        "WITH c AS (INSERT INTO accounts (id, kind, name) VALUES ($1, 'commitment', 'x') RETURNING id)"
        " INSERT INTO accounts (id, kind, name, team_id, commitment_id, available)"
        " SELECT $2, 'wallet', 'x', u.team_id, $1, $4 FROM users u WHERE u.id = $3 RETURNING id",
        new_id(),
        new_id(),
        town.amara.id,
        2 * ANY_COFFEE_PENCE,
    )
    order = town.order(town.any_coffee, quantity=2)
    order["payment"]["reference"] = str(wallet)
    assert (await buy(town, order)).json()["data"]["retail"] == "7.50"
    assert await available(town, wallet) == 0
    await refused(town, order, 402, "Insufficient wallet balance.")
    await sql(town.platform.database, "UPDATE accounts SET available = 749 WHERE id = $1", wallet)
    await refused(town, order, 402, "Insufficient wallet balance.")


async def test_the_last_day_is_the_brands_validity_from_today_where_the_brand_is(town: World) -> None:
    (huggg,) = await town.buy()
    expected = await scalar(
        town.platform.database,
        "SELECT ((now() AT TIME ZONE 'Europe/London')::date + 365)::text",
    )
    assert huggg["expiry_date"] == expected
    ends = await scalar(
        town.platform.database,
        "SELECT expires_at = last_instant($1::text::date, 'Europe/London') FROM hugggs WHERE id = $2",
        expected,
        UUID(huggg["id"]),
    )
    assert ends is True


# Refusals ------------------------------------------------------------------------------------


async def test_no_caller_buys_without_a_user(town: World) -> None:
    async with nothing_moves(town.platform.database):
        unauthenticated = await town.call("POST", PATH, None, town.order())
        client = await town.call("POST", PATH, town.client_token, town.order())
    assert (unauthenticated.status_code, unauthenticated.json()) == (
        401,
        {"error": "Authentication failed."},
    )
    assert (client.status_code, client.json()) == (403, {"error": "Forbidden."})


async def test_another_teams_wallet_answers_like_one_that_does_not_exist(town: World) -> None:
    order = town.order()
    for reference in (town.cleos_wallet, new_id(), UUID(int=1 << 78 | 1)):
        order["payment"]["reference"] = str(reference)
        await refused(town, order, 403, "Cannot use this wallet.")
    for caller in (town.bo, town.cleo, town.till):
        await refused(town, town.order(), 403, "Cannot use this wallet.", caller)


async def test_a_wallet_pays_and_no_other_account(town: World) -> None:
    commitment = await scalar(
        town.platform.database, "SELECT commitment_id FROM accounts WHERE id = $1", town.wallet
    )
    order = town.order()
    for reference in (commitment, "00000000-0000-4000-8000-000000000001"):
        order["payment"]["reference"] = str(reference)
        for caller in (town.amara, town.bo):  # of a team, and of none, as these accounts are
            await refused(town, order, 403, "Cannot use this wallet.", caller)


async def test_a_product_that_is_unknown_switched_off_or_free_is_not_for_sale(town: World) -> None:
    sentence = "purchase.reference: is not a product that can be bought."
    await refused(town, town.order(new_id()), 422, sentence)
    for field, value in (("active", "0"), ("sale_price", "0")):
        change = (
            "UPDATE products SET published ="
            " (published::jsonb || jsonb_build_object($2::text, $3::int))::json WHERE id = $1"
        )
        before = await scalar(
            town.platform.database,
            "SELECT (published->>$2)::int FROM products WHERE id = $1",
            town.tea,
            field,
        )
        await sql(town.platform.database, change, town.tea, field, int(value))
        await refused(town, town.order(town.tea), 422, sentence)
        await sql(town.platform.database, change, town.tea, field, before)
    assert (await buy(town, town.order(town.tea))).status_code == 201


async def test_one_unknown_receiver_fails_the_whole_purchase(town: World) -> None:
    receivers = [
        {"user_id": str(town.bo.id)},
        {"phone_number": "+447400199999"},
        {"user_id": str(new_id())},
    ]
    await refused(
        town, town.order(receivers=receivers), 422, "purchase.receivers[2].user_id: no such user."
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity": 0}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"quantity": 100_001}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"quantity": "two"}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"message": "\0"}, "purchase.message: must not contain NUL."),
        (
            {"receivers": [{}]},
            "purchase.receivers[0]: needs exactly one of email, phone_number and user_id.",
        ),
        ({"type": "gift"}, "purchase.type: must be huggg."),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_by_the_field(
    town: World, changes: dict[str, Any], sentence: str
) -> None:
    await refused(town, town.order(**changes), 422, sentence)


async def test_text_of_any_script_comes_back_as_it_was(town: World) -> None:
    message = "Žluťoučký \U0001f382\u200d\u0301 \u202e \\ \" ' \n\t %00 ; DROP"
    (huggg,) = await town.buy(message=message, title="\U0001f382" * 255)
    path = f"/api/v2/transactions/{huggg['transaction_id']}/hugggs?embed[]=message"
    answer = await town.call("GET", path, town.amara)
    assert [message_row["message"] for message_row in answer.json()["embedded"]["messages"]] == [message]

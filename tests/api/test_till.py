"""The till's three calls, letter by letter as on their pages, and the refusals of each."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.identity.caller import UserKind
from huggg.kit.ids import new_id
from tests.support.buyers import grow_old
from tests.support.people import add_user
from tests.support.published import REDEMPTION_KEYS
from tests.support.silence import moved, nothing_moves, snapshot
from tests.support.sql import scalar, sql
from tests.support.world import ANY_COFFEE_PENCE, COFFEE_PENCE, Person, World, token_for

NOT_FOUND = {"error": "huggg not found"}
CANNOT_REDEEM = {"error": "Cannot redeem this huggg."}
CANNOT_UNREDEEM = {"error": "Cannot unredeem this huggg."}
ALREADY_REDEEMED = {"error": "huggg already redeemed."}
EXPIRED = {"error": "huggg is expired and cannot be redeemed."}
INVALID_LOCATION = {"error": "Invalid location."}
FAILED = {"error": "Authentication failed."}
NO_REDEMPTION = {"error": "redemption not found"}

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


async def codes(town: World, huggg: str, caller: Person | str | None = None) -> httpx2.Response:
    path = f"/api/v2/hugggs/{huggg}/product/adjustment-codes"
    return await town.call("GET", path, caller or town.till)


def says(answer: httpx2.Response, status: int, body: Any) -> None:
    assert (answer.status_code, answer.json()) == (status, body)
    assert answer.headers["content-type"].startswith("application/json")


async def for_bo(town: World, product: UUID | None = None) -> dict[str, Any]:
    (huggg,) = await town.buy(product, receivers=[{"user_id": str(town.bo.id)}])
    return huggg


async def now_is(town: World) -> str:
    text: str = await scalar(
        town.platform.database,
        """SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""",
    )
    return text


# Redeem: its answers ---------------------------------------------------------------------


async def test_a_redemption_is_created_and_answered_to_the_letter(town: World) -> None:
    huggg = await for_bo(town)
    before = await now_is(town)
    answer = await town.redeem(huggg["shortcode"])
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/json")
    assert list(answer.json()) == ["data"]
    data = answer.json()["data"]
    assert list(data) == REDEMPTION_KEYS
    assert data == {
        "id": data["id"],
        "huggg_id": huggg["id"],
        "redeemed": True,
        "creation_at": data["creation_at"],
        "updated_at": data["creation_at"],
        "location_id": "bristol17",
    }
    assert before <= data["creation_at"] <= await now_is(town)
    assert INSTANT.fullmatch(data["creation_at"])
    UUID(data["id"])


async def test_a_redemption_moves_the_value_to_the_merchant_and_is_an_event(town: World) -> None:
    huggg = await for_bo(town)
    before = await snapshot(town.platform.database)
    redemption = (await town.redeem(huggg["id"])).json()["data"]
    after = await snapshot(town.platform.database)
    assert moved(before, after) == {"events": 1, "hugggs": 0, "redemptions": 1, "transfers": 1}

    posted = await sql(
        town.platform.database,
        "SELECT credit_account, amount FROM transfers WHERE huggg_id = $1 AND kind = 'post'",
        UUID(huggg["id"]),
    )
    assert [tuple(row) for row in posted] == [(town.harbour, COFFEE_PENCE)]
    (event,) = await sql(
        town.platform.database,
        "SELECT user_id, client_id, data->>'redemption_id', data->>'location_id'"
        " FROM events WHERE subject_id = $1 AND kind = 'huggg.redeemed'",
        UUID(huggg["id"]),
    )
    assert tuple(event) == (town.till.id, "test-client", redemption["id"], "bristol17")


async def test_the_huggg_tells_that_it_is_redeemed(town: World) -> None:
    (huggg,) = await town.buy()
    redemption = (await town.redeem(huggg["id"])).json()["data"]
    shown = (await town.call("GET", f"/api/v2/hugggs/{huggg['id']}", town.amara)).json()["data"]
    assert (shown["redeemed_id"], shown["hug_status"], shown["status"], shown["status_code"]) == (
        redemption["id"],
        "redeemed",
        1,
        "RE",
    )


async def test_a_trailing_slash_is_accepted(town: World) -> None:
    huggg = await for_bo(town)
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions/"
    answer = await town.call("POST", path, town.till, {"location_id": "bristol17"})
    assert answer.status_code == 201
    path = f"{path}latest/"
    assert (await town.call("PATCH", path, town.till, {"redeemed": False})).status_code == 200
    path = f"/api/v2/hugggs/{huggg['id']}/product/adjustment-codes/"
    assert (await town.call("GET", path, town.till)).status_code == 200


# Redeem: who, where --------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["bristol17", "bath2", "leeds5"])
async def test_the_owner_redeems_at_any_location_that_honours_it(town: World, place: str) -> None:
    huggg = await for_bo(town, town.any_coffee)
    answer = await town.redeem(huggg["shortcode"], town.bo, place)
    assert (answer.status_code, answer.json()["data"]["location_id"]) == (201, place)


async def test_the_sender_owns_a_huggg_until_it_has_a_receiver(town: World) -> None:
    (huggg,) = await town.buy()
    assert (await town.redeem(huggg["id"], town.amara)).status_code == 201
    own_huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        says(await town.redeem(own_huggg["id"], town.amara), 403, CANNOT_REDEEM)


async def test_staff_who_own_a_huggg_redeem_it_like_anybody(town: World) -> None:
    (huggg,) = await town.buy(town.tea, receivers=[{"user_id": str(town.bath_till.id)}])
    answer = await town.redeem(huggg["id"], town.bath_till, "leeds5")
    assert answer.status_code == 201


async def test_a_merchants_till_redeems_at_any_of_their_locations(town: World) -> None:
    for place in ("bristol17", "bath2"):
        huggg = await for_bo(town)
        assert (await town.redeem(huggg["id"], location=place)).status_code == 201


async def test_a_till_that_is_bound_to_a_location_redeems_there_only(town: World) -> None:
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        says(await town.redeem(huggg["id"], town.bath_till, "bristol17"), 422, INVALID_LOCATION)
    assert (await town.redeem(huggg["id"], town.bath_till, "bath2")).status_code == 201
    async with nothing_moves(town.platform.database):
        says(await town.unredeem(huggg["id"], town.lantern_till), 403, CANNOT_UNREDEEM)
    assert (await town.unredeem(huggg["id"], town.bath_till)).status_code == 200

    assert (await town.redeem(huggg["id"], town.till, "bristol17")).status_code == 201
    async with nothing_moves(town.platform.database):
        says(await town.unredeem(huggg["id"], town.bath_till), 403, CANNOT_UNREDEEM)


async def test_a_consolidated_product_is_good_at_every_brand_that_honours_it(town: World) -> None:
    for till, place, brand in (
        (town.till, "bristol17", town.harbour),
        (town.kettle_till, "leeds5", town.kettle),
    ):
        huggg = await for_bo(town, town.any_coffee)
        async with nothing_moves(town.platform.database):
            says(await town.redeem(huggg["id"], town.lantern_till, "york1"), 403, CANNOT_REDEEM)
            says(await town.redeem(huggg["id"], till, "york1"), 422, INVALID_LOCATION)
        assert (await town.redeem(huggg["id"], till, place)).status_code == 201
        posted = await sql(
            town.platform.database,
            "SELECT credit_account, amount FROM transfers WHERE huggg_id = $1 AND kind = 'post'",
            UUID(huggg["id"]),
        )
        assert [tuple(row) for row in posted] == [(brand, ANY_COFFEE_PENCE)]


async def test_a_till_cannot_redeem_at_another_merchants_location(town: World) -> None:
    huggg = await for_bo(town, town.any_coffee)
    async with nothing_moves(town.platform.database):
        says(await town.redeem(huggg["id"], town.till, "leeds5"), 422, INVALID_LOCATION)
        says(await town.redeem(huggg["id"], town.kettle_till, "bath2"), 422, INVALID_LOCATION)


# Redeem: its refusals ---------------------------------------------------------------------


async def test_no_caller_redeems_without_a_valid_token(town: World) -> None:
    huggg = await for_bo(town)
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions"
    async with nothing_moves(town.platform.database):
        for caller in (None, "nonsense", "huggg_at_" + "x" * 43):
            answer = await town.call("POST", path, caller, {"location_id": "bristol17"})
            says(answer, 401, FAILED)
            assert answer.headers["www-authenticate"] == "Bearer"


async def posted(town: World, path: str, token: str, body: bytes) -> httpx2.Response:
    """Send a body that may be no JSON."""
    return await town.http.post(path, content=body, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"{" + b" " * 5000])
@pytest.mark.parametrize("act", ["redemptions", "voucher"])
async def test_a_caller_without_a_valid_token_hears_that_first(
    town: World, act: str, body: bytes
) -> None:
    huggg = await for_bo(town)
    for name in (huggg["id"], huggg["shortcode"], "nonsense"):
        path = f"/api/v2/hugggs/{name}/{act}"
        says(await posted(town, path, "huggg_at_" + "x" * 43, body), 401, FAILED)
        assert (await posted(town, path, town.till.token, body)).status_code in (400, 422)


async def test_a_stranger_a_client_and_another_merchant_cannot_redeem(town: World) -> None:
    huggg = await for_bo(town)
    client = Person(UUID(int=0), town.client_token)
    async with nothing_moves(town.platform.database):
        for caller in (town.cleo, town.amara, town.lantern_till, town.kettle_till, client):
            says(await town.redeem(huggg["id"], caller), 403, CANNOT_REDEEM)


async def test_a_huggg_that_does_not_exist_is_not_found_by_anybody(town: World) -> None:
    async with nothing_moves(town.platform.database):
        for name in (new_id(), "abc123", "jcsk2df4sphbgl7f", "x" * 300):
            says(await town.redeem(str(name)), 404, NOT_FOUND)
            says(await town.redeem(str(name), town.cleo, "nowhere"), 404, NOT_FOUND)


async def test_a_huggg_is_redeemed_once(town: World) -> None:
    huggg = await for_bo(town)
    assert (await town.redeem(huggg["id"])).status_code == 201
    async with nothing_moves(town.platform.database):
        says(await town.redeem(huggg["id"]), 405, ALREADY_REDEEMED)
        says(await town.redeem(huggg["shortcode"], town.bo, "bath2"), 405, ALREADY_REDEEMED)
        says(await town.redeem(huggg["id"], location="nowhere"), 405, ALREADY_REDEEMED)
        says(await town.redeem(huggg["id"], town.cleo), 403, CANNOT_REDEEM)


async def test_an_expired_huggg_cannot_be_redeemed(town: World) -> None:
    huggg = await for_bo(town)
    await grow_old(town, huggg["id"])
    async with nothing_moves(town.platform.database):
        says(await town.redeem(huggg["id"]), 405, EXPIRED)
        says(await town.redeem(huggg["id"], town.bo, None), 405, EXPIRED)
        says(await town.redeem(huggg["id"], town.cleo), 403, CANNOT_REDEEM)


async def test_a_huggg_is_good_through_its_last_day_and_no_longer(town: World) -> None:
    last, over = await for_bo(town), await for_bo(town)
    change = (
        "UPDATE hugggs SET expiry_date = d.day, expires_at = last_instant(d.day, 'Europe/London')"
        " FROM (SELECT (now() AT TIME ZONE 'Europe/London')::date - $2::int AS day) AS d WHERE id = $1"
    )
    await sql(town.platform.database, change, UUID(last["id"]), 0)
    await sql(town.platform.database, change, UUID(over["id"]), 1)
    async with nothing_moves(town.platform.database):
        says(await town.redeem(over["id"]), 405, EXPIRED)
    assert (await town.redeem(last["id"])).status_code == 201


async def test_a_cancelled_huggg_cannot_be_redeemed(town: World) -> None:
    huggg = await for_bo(town)
    await sql(
        town.platform.database, "UPDATE hugggs SET cancelled_at = now() WHERE id = $1", UUID(huggg["id"])
    )
    async with nothing_moves(town.platform.database):
        answer = await town.redeem(huggg["id"])
        says(answer, 405, {"error": "huggg is cancelled and cannot be redeemed."})


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "nowhere",
        "BRISTOL17",
        "bristol17 ",
        "york1",
        "x" * 300,
        "bristol17\0",
        17,
        ["bristol17"],
        True,
    ],
)
async def test_a_location_that_is_none_is_invalid(town: World, location: object) -> None:
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        says(await town.redeem(huggg["id"], location=location), 422, INVALID_LOCATION)
        says(await town.redeem(huggg["id"], town.bo, location=location), 422, INVALID_LOCATION)


async def test_the_location_must_be_given_and_other_fields_are_ignored(town: World) -> None:
    huggg = await for_bo(town)
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions"
    async with nothing_moves(town.platform.database):
        says(await town.call("POST", path, town.till, {}), 422, INVALID_LOCATION)
        says(await town.call("POST", path, town.till), 422, INVALID_LOCATION)
        says(await town.call("POST", path, town.till, {"store": "bristol17"}), 422, INVALID_LOCATION)
    body = {"location_id": "bristol17", "redeemed": False, "till": 4}
    assert (await town.call("POST", path, town.till, body)).json()["data"]["redeemed"] is True


# Adjustment codes ----------------------------------------------------------------------------


async def test_a_till_hears_its_merchants_codes_in_their_order(town: World) -> None:
    huggg = await for_bo(town)
    for name in (huggg["id"], huggg["shortcode"]):
        async with nothing_moves(town.platform.database):
            answer = await codes(town, name)
        says(
            answer,
            200,
            {"data": {"product_id": str(town.coffee), "adjustment_codes": ["one", "two", "three"]}},
        )
        assert list(answer.json()["data"]) == ["product_id", "adjustment_codes"]


async def test_each_merchant_hears_its_own_codes_for_a_consolidated_product(town: World) -> None:
    huggg = await for_bo(town, town.any_coffee)
    product = str(town.any_coffee)
    says(await codes(town, huggg["id"]), 200, {"data": {"product_id": product, "adjustment_codes": []}})
    kettles = await codes(town, huggg["id"], town.kettle_till)
    says(kettles, 200, {"data": {"product_id": product, "adjustment_codes": ["ANY"]}})


async def test_the_codes_of_an_expired_huggg_are_told(town: World) -> None:
    huggg = await for_bo(town)
    await grow_old(town, huggg["id"])
    assert (await codes(town, huggg["id"])).status_code == 200


async def test_adjustment_codes_are_refused_as_published(town: World) -> None:
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        says(await codes(town, huggg["id"], "nonsense"), 401, FAILED)
        says(await codes(town, "abc123"), 404, NOT_FOUND)
        says(await codes(town, str(new_id()), town.cleo), 404, NOT_FOUND)
        for caller in (town.bo, town.amara, town.cleo, town.lantern_till):
            says(await codes(town, huggg["id"], caller), 403, CANNOT_REDEEM)
        says(await codes(town, huggg["id"], town.client_token), 403, CANNOT_REDEEM)
    assert (await town.redeem(huggg["id"])).status_code == 201
    async with nothing_moves(town.platform.database):
        says(await codes(town, huggg["id"]), 422, ALREADY_REDEEMED)
        says(await codes(town, huggg["id"], town.lantern_till), 403, CANNOT_REDEEM)
    assert (await town.unredeem(huggg["id"])).status_code == 200
    assert (await codes(town, huggg["id"])).status_code == 200


# Unredeem ------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["latest", "id"])
async def test_a_redemption_is_taken_back_and_answered_to_the_letter(town: World, by: str) -> None:
    huggg = await for_bo(town)
    redemption = (await town.redeem(huggg["id"])).json()["data"]
    await sql(
        town.platform.database,
        "UPDATE redemptions SET created_at = created_at - interval '1 hour' WHERE id = $1",
        UUID(redemption["id"]),
    )
    before = await now_is(town)
    name = "latest" if by == "latest" else redemption["id"]
    answer = await town.unredeem(huggg["shortcode"], redemption=name)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert list(data) == REDEMPTION_KEYS
    assert data["redeemed"] is False
    assert (data["id"], data["huggg_id"], data["location_id"]) == (
        redemption["id"],
        huggg["id"],
        "bristol17",
    )
    assert data["creation_at"] < redemption["creation_at"]
    assert before <= data["updated_at"] <= await now_is(town)


async def test_taking_back_moves_the_value_where_it_waited_and_is_an_event(town: World) -> None:
    huggg = await for_bo(town)
    await town.redeem(huggg["id"])
    before = await snapshot(town.platform.database)
    await town.unredeem(huggg["id"])
    after = await snapshot(town.platform.database)
    assert moved(before, after) == {"events": 1, "hugggs": 0, "redemptions": 0, "transfers": 1}
    sides = await sql(
        town.platform.database,
        "SELECT kind, debit_account, credit_account, amount FROM transfers"
        " WHERE huggg_id = $1 ORDER BY id",
        UUID(huggg["id"]),
    )
    commit, post, unpost = sides
    assert [row["kind"] for row in sides] == ["commit", "post", "unpost"]
    assert (unpost["debit_account"], unpost["credit_account"]) == (
        town.harbour,
        commit["credit_account"],
    )
    assert (post["debit_account"], post["amount"], unpost["amount"]) == (
        commit["credit_account"],
        COFFEE_PENCE,
        COFFEE_PENCE,
    )


async def test_redeeming_and_taking_back_go_on_for_as_long_as_somebody_likes(town: World) -> None:
    huggg = await for_bo(town)
    for place in ("bristol17", "bath2", "bristol17"):
        assert (await town.redeem(huggg["id"], location=place)).status_code == 201
        says(await town.redeem(huggg["id"]), 405, ALREADY_REDEEMED)
        assert (await town.unredeem(huggg["id"])).status_code == 200
        async with nothing_moves(town.platform.database):
            says(await town.unredeem(huggg["id"]), 404, NO_REDEMPTION)


async def test_only_the_latest_redemption_can_be_taken_back_and_only_once(town: World) -> None:
    huggg, other = await for_bo(town), await for_bo(town)
    first = (await town.redeem(huggg["id"])).json()["data"]["id"]
    await town.unredeem(huggg["id"])
    async with nothing_moves(town.platform.database):
        answer = await town.unredeem(huggg["id"], redemption=first)
        says(answer, 422, {"error": "redemption already unredeemed."})
    second = (await town.redeem(huggg["id"])).json()["data"]["id"]
    elsewhere = (await town.redeem(other["id"])).json()["data"]["id"]
    async with nothing_moves(town.platform.database):
        answer = await town.unredeem(huggg["id"], redemption=first)
        says(answer, 422, {"error": "Only the latest redemption can be unredeemed."})
        for name in (elsewhere, str(new_id()), "newest", "LATEST", UUID(int=0)):
            says(await town.unredeem(huggg["id"], redemption=str(name)), 404, NO_REDEMPTION)
    assert (await town.unredeem(huggg["id"], redemption=second.upper())).status_code == 200


async def test_latest_of_an_unredeemed_huggg_and_an_unknown_huggg_are_not_found(town: World) -> None:
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        says(await town.unredeem(huggg["id"]), 404, NO_REDEMPTION)
        says(await town.unredeem("abc123"), 404, NOT_FOUND)
        says(await town.unredeem(str(new_id()), redemption=str(new_id())), 404, NOT_FOUND)


async def test_only_the_merchant_where_it_was_redeemed_takes_it_back(town: World) -> None:
    huggg = await for_bo(town, town.any_coffee)
    await town.redeem(huggg["id"], town.kettle_till, "leeds5")
    client = Person(UUID(int=0), town.client_token)
    async with nothing_moves(town.platform.database):
        for caller in (town.bo, town.amara, town.cleo, town.till, town.lantern_till, client):
            says(await town.unredeem(huggg["id"], caller), 403, CANNOT_UNREDEEM)
        path = f"/api/v2/hugggs/{huggg['id']}/redemptions/latest"
        says(await town.call("PATCH", path, None, {"redeemed": False}), 401, FAILED)
    assert (await town.unredeem(huggg["id"], town.kettle_till)).status_code == 200


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "redeemed: is required."),
        ({"redeemed": True}, "redeemed: can only be set to false; redeem again to set it to true."),
        ({"redeemed": "false"}, "redeemed: must be true or false."),
        ({"location_id": "bath2"}, "redeemed: is required."),
        ([{"redeemed": False}], "body: must be an object."),
    ],
)
async def test_any_other_patch_is_refused(town: World, body: Any, sentence: str) -> None:
    huggg = await for_bo(town)
    await town.redeem(huggg["id"])
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions/latest"
    async with nothing_moves(town.platform.database):
        says(await town.call("PATCH", path, town.till, body), 422, {"error": sentence})


async def test_an_expired_redemption_can_be_taken_back_but_not_made_again(town: World) -> None:
    huggg = await for_bo(town)
    await town.redeem(huggg["id"])
    await grow_old(town, huggg["id"])
    assert (await town.unredeem(huggg["id"])).status_code == 200
    async with nothing_moves(town.platform.database):
        says(await town.redeem(huggg["id"]), 405, EXPIRED)


async def test_a_till_that_loses_its_location_loses_it_at_once(town: World) -> None:
    database = town.platform.database
    user_id = await add_user(
        database, name="x", kind=UserKind.MERCHANT, brand_id=town.harbour, location_ids=["bath2"]
    )
    till = Person(user_id, await token_for(town.platform, user_id))
    huggg = await for_bo(town)
    await sql(database, "DELETE FROM user_locations WHERE user_id = $1", user_id)
    async with nothing_moves(database):
        says(await town.redeem(huggg["id"], till, "bath2"), 422, INVALID_LOCATION)

"""Calls of old clients: `POST /api/v2/hugs`, `GET /api/v2/huggg/get/{id}`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.hugggs.message_text import purchase_message
from huggg.kit.ids import NO_GUID, new_id
from huggg.people.labels import Labels
from huggg.settings.settings import Settings
from tests.support.cards import Books, give_card
from tests.support.labels import kept_labels
from tests.support.people import number_fingerprint
from tests.support.published import HUGGG_KEYS, MESSAGE_KEYS
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import COFFEE_PENCE, Person, World

HUGS = "/api/v2/hugs"


@pytest.fixture
def books(world: World, settings: Settings) -> Books:
    return Books(world, settings)


def hug(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "receiver": "07400 123 456",
        "purchase": str(world.coffee),
        "message": "Have one!",
        "tags": ["birthday", "team"],
        **changes,
    }


async def send(world: World, body: Any, caller: Person | None = None, **headers: str) -> httpx2.Response:
    return await world.call("POST", HUGS, caller or world.amara, body, **headers)


@pytest.mark.parametrize("paid_by", ["card", "token"])
async def test_a_hug_is_one_huggg_for_a_number_paid_by_card(books: Books, paid_by: str) -> None:
    world = books.world
    reference = "fake_ok_once"
    if paid_by == "card":
        await give_card(world, world.amara, reference)
    answer = await send(world, hug(world, **{paid_by: reference}))
    assert answer.status_code == 200
    assert list(answer.json()) == ["success", "hug"]
    assert answer.json()["success"] is True
    shown = answer.json()["hug"]
    assert list(shown) == HUGGG_KEYS
    assert (shown["status"], shown["status_code"], shown["sender_id"]) == (5, "SE", str(world.amara.id))
    [receiver] = await sql(
        world.platform.database,
        "SELECT id, active, unknown_recipient FROM users WHERE phone_fingerprint = $1",
        number_fingerprint("+447400123456"),
    )
    assert tuple(receiver) == (UUID(shown["receiver_id"]), False, True)
    [entry] = books.ledger()
    assert (entry.card, entry.amount) == (reference, COFFEE_PENCE)
    assert await scalar(world.platform.database, "SELECT retail FROM transactions") == COFFEE_PENCE
    [labels] = (await kept_labels(world.platform)).values()
    assert labels == Labels(tags=("birthday", "team"))
    [kept] = await sql(world.platform.database, "SELECT * FROM purchase_messages")
    assert purchase_message(world.platform.vault, kept) == "Have one!"


async def test_a_hug_is_sent_once_under_one_key(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_lost")
    first = await send(world, hug(world, card=card), Idempotency_Key="k")
    assert first.status_code == 503
    await books.reconcile()
    again = await send(world, hug(world, card=card), Idempotency_Key="k")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert list(again.json()) == ["success", "hug"]
    assert len(books.ledger()) == 1


async def test_a_hug_that_cannot_be_is_refused_by_the_field(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_ok")
    both = "card: exactly one of token and card is needed."
    refusals = [
        (hug(world), 422, both),
        (hug(world, card=card, token="fake_ok_once"), 422, both),
        (hug(world, card="", token=None), 422, both),
        (hug(world, card=card, receiver="12"), 422, "receiver: is not a phone number."),
        (
            hug(world, card=card, purchase="coffee"),
            422,
            f"purchase: {NO_GUID}",
        ),
        (
            hug(world, card=card, purchase=str(new_id())),
            422,
            "purchase.reference: is not a product that can be bought.",
        ),
        (hug(world, card=card, tags=5), 422, "tags: must be a list of at most 20 items."),
        (hug(world, card="fake_ok_cleo"), 403, "Cannot use this card."),
    ]
    async with nothing_moves(world.platform.database):
        for body, status, sentence in refusals:
            answer = await send(world, body)
            assert (answer.status_code, answer.json()) == (status, {"error": sentence})
    assert books.ledger() == []
    declined = await send(world, hug(world, token="fake_declined"))
    assert (declined.status_code, declined.json()) == (
        402,
        {"error": "The card has insufficient funds."},
    )


# Reading -------------------------------------------------------------------------------------


async def read(world: World, huggg: str, caller: Person | None = None) -> httpx2.Response:
    return await world.call("GET", f"/api/v2/huggg/get/{huggg}", caller or world.amara)


async def test_a_huggg_is_read_with_everything_inside_it_twice(world: World) -> None:
    [bought] = await world.buy(receivers=[{"user_id": str(world.bo.id)}], message="Hi")
    answer = await read(world, bought["shortcode"])
    assert answer.status_code == 200
    assert list(answer.json()) == ["data", "hug"]
    shown = answer.json()["data"]
    assert answer.json()["hug"] == shown
    assert list(shown) == [*HUGGG_KEYS, "purchase", "message", "sender"]
    assert {key: shown[key] for key in HUGGG_KEYS} == bought

    product = await world.call("GET", "/api/v2/brands?embed[]=products&embed[]=stores", world.amara)
    embedded = product.json()["embedded"]
    purchase = shown["purchase"]
    brand = purchase.pop("brand")
    assert purchase == next(p for p in embedded["products"] if p["id"] == str(world.coffee))
    locations = brand.pop("locations")
    assert brand == next(b for b in product.json()["data"] if b["id"] == str(world.harbour))
    assert brand["stores"] == [location["id"] for location in locations]
    assert locations == [s for s in embedded["stores"] if s["brand_id"] == str(world.harbour)]

    assert list(shown["message"]) == [*MESSAGE_KEYS, "conversation"]
    assert (shown["message"]["message"], shown["message"]["conversation"]) == ("Hi", {"id": "0"})
    assert shown["sender"] == {"id": str(world.amara.id), "name": "amara", "active": 1, "type": 0}
    assert (await read(world, bought["id"], world.bo)).json() == answer.json()


async def test_a_consolidated_brand_has_the_stores_of_all_who_sell_as_its_own(world: World) -> None:
    [bought] = await world.buy(world.any_coffee)
    shown = (await read(world, bought["id"])).json()["data"]
    brand = shown["purchase"]["brand"]
    assert brand["consolidated"] == 1
    assert [location["name"] for location in brand["locations"]] == ["bristol17", "bath2", "leeds5"]
    assert {location["brand_id"] for location in brand["locations"]} == {brand["id"]}
    assert list(brand["locations"][0])[:3] == ["id", "brand_id", "latitiude"]
    assert brand["stores"] == [location["id"] for location in brand["locations"]]
    assert shown["message"] is None


async def test_a_huggg_is_shown_to_its_people_only(world: World) -> None:
    [bought] = await world.buy(receivers=[{"user_id": str(world.bo.id)}])
    for caller in (world.cleo, world.till):
        answer = await read(world, bought["id"], caller)
        assert (answer.status_code, answer.json()) == (404, {"error": "huggg not found"})
    for nothing in (str(new_id()), "abc123"):
        assert (await read(world, nothing)).status_code == 404
    client = await world.call("GET", f"/api/v2/huggg/get/{bought['id']}", world.client_token)
    unauthenticated = await world.call("GET", f"/api/v2/huggg/get/{bought['id']}")
    assert (client.status_code, unauthenticated.status_code) == (403, 401)
    assert await scalar(world.platform.database, "SELECT count(*) FROM hugggs") == 1

"""Lost answers over HTTP: named redemptions, reversals, keys, second scans, and the till's view."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx2
import pytest

from huggg.holds.hold import HoldState
from huggg.kit.idempotency import Idempotency, KeyOutcome
from huggg.kit.ids import new_id
from huggg.refusal import Refusal
from tests.api.test_holds import HELD, UNREDEEMED, end, hold, hold_of, lapse
from tests.api.test_till import (
    ALREADY_REDEEMED,
    CANNOT_REDEEM,
    CANNOT_UNREDEEM,
    EXPIRED,
    INVALID_LOCATION,
    NOT_FOUND,
    for_bo,
    says,
)
from tests.faults.dice import dice
from tests.faults.doctor import broken_rules
from tests.support.buyers import grown_old
from tests.support.lost_answers import Answer, Message, Network, Sale, Way
from tests.support.published import REDEMPTION_KEYS
from tests.support.silence import moved, nothing_moves, snapshot
from tests.support.sql import scalar, sql
from tests.support.world import COFFEE_PENCE, Person, World

USED = {"error": "redemption_id: was already used for a different redemption."}


async def put(
    town: World,
    huggg: str,
    id_: str,
    caller: Person | None = None,
    location: Any = "bristol17",
    **sale: Any,
) -> httpx2.Response:
    path = f"/api/v2/hugggs/{huggg}/redemptions/{id_}"
    return await town.call("PUT", path, caller or town.till, {"location_id": location, **sale})


async def reverse(town: World, huggg: str, id_: str, caller: Person | None = None) -> httpx2.Response:
    path = f"/api/v2/hugggs/{huggg}/redemptions/{id_}/reversal"
    return await town.call("POST", path, caller or town.till)


async def view(
    town: World, huggg: str, caller: Person | None = None, location: str | None = "bristol17"
) -> httpx2.Response:
    query = "" if location is None else f"?location_id={location}"
    return await town.call("GET", f"/api/v2/hugggs/{huggg}/till{query}", caller or town.till)


# Named redemptions ---------------------------------------------------------------------------


async def test_a_named_redemption_is_made_once_and_answered_alike_again(town: World) -> None:
    huggg, id_ = await for_bo(town), str(new_id())
    before = await snapshot(town.platform.database)
    answer = await put(town, huggg["shortcode"], id_, reference="A-1")
    assert answer.status_code == 201
    assert (list(answer.json()["data"]), answer.json()["data"]["id"]) == (REDEMPTION_KEYS, id_)
    assert moved(before, await snapshot(town.platform.database)) == {
        "events": 1,
        "hugggs": 0,
        "idempotency_keys": 1,
        "redemptions": 1,
        "transfers": 1,
    }
    async with nothing_moves(town.platform.database):
        for name in (huggg["id"], huggg["shortcode"], huggg["redeem_code"]):
            again = await put(town, name, id_, reference="A-1")
            assert (again.status_code, again.content) == (201, answer.content)
        says(await put(town, huggg["id"], id_, reference="B-2"), 422, USED)
        says(await put(town, huggg["id"], id_, location="bath2", reference="A-1"), 422, USED)


async def test_a_refusal_under_an_id_is_answered_again_also_when_the_huggg_is_free(town: World) -> None:
    huggg, id_ = (await for_bo(town))["id"], str(new_id())
    assert (await town.redeem(huggg)).status_code == 201
    says(await put(town, huggg, id_), 405, ALREADY_REDEEMED)
    assert (await town.unredeem(huggg)).status_code == 200
    async with nothing_moves(town.platform.database):
        says(await put(town, huggg, id_), 405, ALREADY_REDEEMED)
    assert (await put(town, huggg, str(new_id()))).status_code == 201


async def test_a_named_redemption_refuses_strangers_places_and_ids_without_a_trace(town: World) -> None:
    huggg, id_ = (await for_bo(town))["id"], str(new_id())
    async with nothing_moves(town.platform.database):
        says(await put(town, huggg, id_, town.lantern_till), 403, CANNOT_REDEEM)
        says(await put(town, huggg, id_, town.cleo), 403, CANNOT_REDEEM)
        says(await put(town, str(new_id()), id_), 404, NOT_FOUND)
        says(await put(town, huggg, id_, location="leeds5"), 422, INVALID_LOCATION)
        says(await put(town, huggg, id_, location=None), 422, INVALID_LOCATION)
        for name in ("latest", "17"):
            answer = await put(town, huggg, name)
            assert answer.status_code == 422
            assert answer.json()["error"].startswith("redemption_id: must be a GUID")
    assert (await put(town, huggg, id_)).status_code == 201


async def test_two_merchants_do_not_have_the_same_id_at_one_huggg(town: World) -> None:
    huggg, id_ = (await for_bo(town, town.any_coffee))["id"], str(new_id())
    assert (await put(town, huggg, id_)).status_code == 201
    assert (await reverse(town, huggg, id_)).status_code == 201
    async with nothing_moves(town.platform.database):
        says(await put(town, huggg, id_, town.kettle_till, "leeds5"), 422, USED)
        says(await reverse(town, huggg, id_, town.kettle_till), 403, CANNOT_UNREDEEM)


# Reversals -----------------------------------------------------------------------------------


async def test_a_reversal_takes_back_what_stands_and_is_answered_alike_again(town: World) -> None:
    huggg, id_ = (await for_bo(town))["id"], str(new_id())
    assert (await put(town, huggg, id_)).status_code == 201
    answer = await reverse(town, huggg, id_)
    data = answer.json()["data"]
    assert (answer.status_code, list(data)) == (201, ["id", "huggg_id", "state", "reversed_at"])
    assert (data["id"], data["huggg_id"], data["state"]) == (id_, huggg, "reversed")
    assert (await town.redeem(huggg)).status_code == 201
    async with nothing_moves(town.platform.database):
        assert (await reverse(town, huggg, id_)).content == answer.content
        says(await put(town, huggg, id_), 422, UNREDEEMED)


async def test_a_redemption_that_arrives_after_its_reversal_is_refused(town: World) -> None:
    huggg, id_ = (await for_bo(town))["id"], str(new_id())
    answer = await reverse(town, huggg, id_)
    assert (answer.status_code, answer.json()["data"]["state"]) == (201, "forestalled")
    async with nothing_moves(town.platform.database):
        says(await put(town, huggg, id_), 422, UNREDEEMED)
        says(await put(town, huggg, id_, reference="A-1"), 422, UNREDEEMED)
        assert (await reverse(town, huggg, id_)).content == answer.content
    assert (await put(town, huggg, str(new_id()))).status_code == 201


async def test_the_reversal_of_a_refused_redemption_is_acknowledged(town: World) -> None:
    huggg, id_ = (await for_bo(town))["id"], str(new_id())
    assert (await town.redeem(huggg)).status_code == 201
    says(await put(town, huggg, id_), 405, ALREADY_REDEEMED)
    async with nothing_moves(town.platform.database):
        answer = await reverse(town, huggg, id_)
    assert (answer.status_code, answer.json()["data"]["state"]) == (201, "forestalled")
    assert (await view(town, huggg)).json()["data"]["reason"] == ALREADY_REDEEMED["error"]


async def test_a_reversal_forestalls_an_attempt_that_died_before_it_recorded(town: World) -> None:
    huggg, id_ = (await for_bo(town))["id"], str(new_id())
    holder = f"brand {town.harbour}"
    await sql(
        town.platform.database,
        "INSERT INTO idempotency_keys (caller, key, request, attempt, lease_until)"
        " VALUES ($1, $2, 'x', gen_random_uuid(), now() + interval '10 s')",
        holder,
        f"redemption {huggg} {id_}",
    )
    says(await put(town, huggg, id_), 422, USED_KEY)
    assert (await reverse(town, huggg, id_)).json()["data"]["state"] == "forestalled"


USED_KEY = {"error": "Idempotency-Key: was already used for a different request."}


async def test_strangers_reverse_nothing(town: World) -> None:
    huggg, id_ = (await for_bo(town))["id"], str(new_id())
    assert (await put(town, huggg, id_)).status_code == 201
    async with nothing_moves(town.platform.database):
        for caller in (town.bo, town.cleo, town.lantern_till, town.bath_till):
            says(await reverse(town, huggg, id_, caller), 403, CANNOT_UNREDEEM)
        says(await reverse(town, str(new_id()), id_), 404, NOT_FOUND)
        assert (await reverse(town, huggg, "latest")).status_code == 422


Ask = Callable[[World, Sale], Awaitable[httpx2.Response]]

ASKED: dict[tuple[Way, Message], Ask] = {
    (Way.NAMED, Message.REDEEM): lambda town, sale: put(town, str(sale.huggg), str(sale.id)),
    (Way.NAMED, Message.REVERSE): lambda town, sale: reverse(town, str(sale.huggg), str(sale.id)),
    (Way.NAMED, Message.TAKE_BACK): lambda town, sale: town.unredeem(
        str(sale.huggg), redemption=str(sale.id)
    ),
    (Way.HELD, Message.HOLD): lambda town, sale: hold(town, str(sale.huggg), key=f"hold {sale.id}"),
    (Way.HELD, Message.REDEEM): lambda town, sale: end(
        town, str(sale.huggg), str(sale.hold_id), "confirmation"
    ),
    (Way.HELD, Message.REVERSE): lambda town, sale: end(
        town, str(sale.huggg), str(sale.hold_id), "reversal"
    ),
    (Way.KEYED, Message.REDEEM): lambda town, sale: town.redeem(
        str(sale.huggg), Idempotency_Key=f"redeem {sale.id}"
    ),
    (Way.KEYED, Message.TAKE_BACK): lambda town, sale: town.unredeem(
        str(sale.huggg), Idempotency_Key=f"take back {sale.id}"
    ),
}
"""The call of each message; a till sends the published ones, and a hold, under keys of its own."""


async def send_message(town: World, message: Message, sale: Sale, *, copies: int = 1) -> Answer:
    """Send copies of a message at the same time, and read the answer to one of them."""
    ask = ASKED[sale.way, message]
    answer, *_ = await asyncio.gather(*(ask(town, sale) for _ in range(copies)))
    redemption_id = UUID(answer.json()["data"]["id"]) if answer.is_success else None
    return Answer(answer.status_code, redemption_id, comes_again="retry-after" in answer.headers)


async def servers_books(town: World, hugggs: list[UUID]) -> set[UUID]:
    """Name the redemptions that stand, and the holds."""
    rows = await sql(
        town.platform.database,
        "SELECT coalesce(redemption_id, hold_id) AS id FROM hugggs WHERE id = ANY($1::uuid[])"
        " AND (redemption_id IS NOT NULL OR held_until > now())",
        hugggs,
    )
    return {row["id"] for row in rows}


async def differences(
    town: World, chance: Random, sales: list[Sale], steps: int, *under_way: tuple[Message, Sale]
) -> tuple[int, set[UUID]]:
    """Let sales go through the network; messages arrive in any order, twice, or never.

    Gives the number of messages whose answer no till heard, and the entries that one side alone has in
    its books.
    """

    async def server(message: Message, sale: Sale) -> Answer:
        return await send_message(town, message, sale, copies=chance.choice((1, 1, 2)))

    async def clock(huggg: UUID) -> None:
        await lapse(town, str(huggg))

    network = Network(server, sales, chance, clock, list(under_way))
    await network.run(steps)
    tills = {sale.redemption_id for sale in sales if sale.redemption_id is not None}
    return network.unheard, tills ^ await servers_books(town, [sale.huggg for sale in sales])


async def round_of(town: World, chance: Random) -> tuple[int, set[UUID]]:
    """Let several sales want one huggg."""
    hugggs = [UUID(huggg["id"]) for huggg in await town.buy(quantity=12)]
    sales = [Sale(chance.choice(hugggs), new_id(), chance.choice(list(Way))) for _ in range(24)]
    return await differences(town, chance, sales, 200)


@pytest.mark.timeout(3600)
async def test_the_books_of_till_and_server_agree_however_many_answers_are_lost(town: World) -> None:
    """`make lost-answers` loses ten thousand."""
    chance, lost = dice(), 0
    while lost < int(os.environ.get("HUGGG_TESTS_LOST_ANSWERS") or 60):
        unheard, differing = await round_of(town, chance)
        assert differing == set()
        lost += unheard
    print(f"{lost} answers were lost, and the books are the same.")  # noqa: T201
    assert await broken_rules(town.platform.database) == []


async def new_sale(town: World, way: Way) -> Sale:
    [huggg] = await town.buy()
    return Sale(UUID(huggg["id"]), new_id(), way)


async def late(town: World, sale: Sale, *messages: Message) -> set[UUID]:
    """Let each message be heard in turn, the last after giving up; then let old copies arrive."""
    *first, last = messages
    for message in first:
        sale.hear(message, await send_message(town, message, sale))
    sale.give_up()
    sale.hear(last, await send_message(town, last, sale))
    assert (sale.message, sale.redemption_id) == (None, None)
    copies = [(message, sale) for message in {*first, Message.REDEEM}]
    _, differing = await differences(town, dice(), [sale], 0, *copies)
    return differing


async def test_an_original_that_arrives_after_its_reversal_is_refused(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the guard, a reversal that is acknowledged and forestalls nothing, the books differ."""

    async def acknowledged(*_: Any, refusal: Refusal, **__: Any) -> KeyOutcome:
        answer = town.platform.idempotency.refused(refusal)
        return KeyOutcome(datetime.now(UTC), answer, is_running=False)

    assert await late(town, await new_sale(town, Way.NAMED), Message.REVERSE) == set()
    monkeypatch.setattr(Idempotency, "forestall", acknowledged)
    assert await late(town, await new_sale(town, Way.NAMED), Message.REVERSE) != set()


async def test_copies_of_a_hold_that_was_reversed_place_and_confirm_none(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the key of the hold, its copy holds the huggg anew."""
    messages = (Message.HOLD, Message.REVERSE)
    assert await late(town, await new_sale(town, Way.HELD), *messages) == set()
    unkeyed: Ask = lambda town, sale: hold(town, str(sale.huggg))  # noqa: E731
    monkeypatch.setitem(ASKED, (Way.HELD, Message.HOLD), unkeyed)
    assert await late(town, await new_sale(town, Way.HELD), *messages) != set()


async def test_a_confirmation_that_is_reversed_is_taken_back_and_stays_so(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without that, a reversal that is acknowledged and leaves the redemption, the books differ."""

    async def left_alone(*_: Any, **__: Any) -> None:
        monkeypatch.setattr("huggg.holds.reverse.state_of", lambda *_: HoldState.REVERSED)

    messages = (Message.HOLD, Message.REDEEM, Message.REVERSE)
    assert await late(town, await new_sale(town, Way.HELD), *messages) == set()
    monkeypatch.setattr("huggg.holds.reverse.take_back", left_alone)
    assert await late(town, await new_sale(town, Way.HELD), *messages) != set()


async def test_a_copy_of_a_published_redemption_does_not_redeem_what_was_taken_back(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key, as the published calls are without one, it does."""
    messages = (Message.REDEEM, Message.TAKE_BACK)
    assert await late(town, await new_sale(town, Way.KEYED), *messages) == set()
    unkeyed: Ask = lambda town, sale: town.redeem(str(sale.huggg))  # noqa: E731
    monkeypatch.setitem(ASKED, (Way.KEYED, Message.REDEEM), unkeyed)
    assert await late(town, await new_sale(town, Way.KEYED), *messages) != set()


# The outcome of a key ------------------------------------------------------------------------


async def test_a_key_tells_what_became_of_its_requests(town: World) -> None:
    huggg, key = (await for_bo(town))["id"], f"sale {new_id()}"
    path = f"/api/v2/idempotency-keys/{key}"
    says(await town.call("GET", path, town.till), 404, {"error": "idempotency key not found"})
    redeemed = await town.redeem(huggg, Idempotency_Key=key)
    data = (await town.call("GET", path, town.till)).json()["data"]
    assert data == {
        "id": key,
        "state": "answered",
        "status": 201,
        "answer": redeemed.json(),
        "created_at": data["created_at"],
    }
    says(await town.call("GET", path, town.kettle_till), 404, {"error": "idempotency key not found"})
    says(await town.call("GET", path), 401, {"error": "Authentication failed."})


async def test_any_key_that_a_request_can_have_is_asked_for_in_a_path(town: World) -> None:
    """A key that looks missing would make a till send its sale again."""
    for key in ("order/2026/0117", "a key with 100% of ?&#", "x" * 255):
        huggg = (await for_bo(town))["id"]
        assert (await town.redeem(huggg, Idempotency_Key=key)).status_code == 201
        answer = await town.call("GET", f"/api/v2/idempotency-keys/{quote(key, safe='')}", town.till)
        assert (answer.status_code, answer.json()["data"]["id"]) == (200, key)
    for key in ("%00", "a%00b", "%C3%A9", "x" * 256):
        answer = await town.call("GET", f"/api/v2/idempotency-keys/{key}", town.till)
        says(answer, 404, {"error": "idempotency key not found"})


@pytest.mark.parametrize(("lease", "state"), [("10 s", "running"), ("-1 s", "interrupted")])
async def test_a_key_without_an_answer_is_running_until_its_lease_is_over(
    town: World, lease: str, state: str
) -> None:
    key = str(new_id())
    await sql(
        town.platform.database,
        "INSERT INTO idempotency_keys (caller, key, request, attempt, lease_until)"
        " VALUES ($1, $2, 'x', gen_random_uuid(), now() + $3::text::interval)",
        f"test-client/{town.till.id}",
        key,
        lease,
    )
    data = (await town.call("GET", f"/api/v2/idempotency-keys/{key}", town.till)).json()["data"]
    assert (data["state"], data["status"], data["answer"]) == (state, None, None)


# Second scans --------------------------------------------------------------------------------


async def test_a_second_scan_is_told_as_one_to_those_who_prefer_it(town: World) -> None:
    huggg = await for_bo(town)
    first = await town.redeem(huggg["id"])
    async with nothing_moves(town.platform.database):
        says(await town.redeem(huggg["id"]), 405, ALREADY_REDEEMED)
        for name in (huggg["id"], huggg["shortcode"], huggg["redeem_code"]):
            again = await town.redeem(name, Prefer="respond-async, repeat=15")
            assert (again.status_code, again.content) == (201, first.content)
            assert again.headers["preference-applied"] == "repeat=15"
        for prefer in ("repeat", "repeat=0", "repeat=61", "repeat=x", "return=minimal"):
            says(await town.redeem(huggg["id"], Prefer=prefer), 405, ALREADY_REDEEMED)
        says(await town.redeem(huggg["id"], town.bo, Prefer="repeat=15"), 405, ALREADY_REDEEMED)
        elsewhere = await town.redeem(huggg["id"], location="bath2", Prefer="repeat=15")
        says(elsewhere, 405, ALREADY_REDEEMED)
    await sql(
        town.platform.database,
        "UPDATE redemptions SET created_at = created_at - interval '16 s' WHERE huggg_id = $1",
        UUID(huggg["id"]),
    )
    says(await town.redeem(huggg["id"], Prefer="repeat=15"), 405, ALREADY_REDEEMED)


async def test_a_second_scan_under_another_key_is_told_too_and_the_key_keeps_the_published_answer(
    town: World,
) -> None:
    huggg, key = (await for_bo(town))["id"], str(new_id())
    first = await town.redeem(huggg)
    again = await town.redeem(huggg, Prefer="repeat=15", Idempotency_Key=key)
    assert (again.status_code, again.content) == (201, first.content)
    says(await town.redeem(huggg, Idempotency_Key=key), 405, ALREADY_REDEEMED)


# The till's view -----------------------------------------------------------------------------


async def test_a_till_learns_all_in_one_question(town: World) -> None:
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        answer = await view(town, huggg["shortcode"])
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data == {
        "id": huggg["id"],
        "redeemable": True,
        "reason": None,
        "location_id": "bristol17",
        "product": {"id": str(town.coffee), "label": data["product"]["label"]},
        "adjustment_codes": ["one", "two", "three"],
        "value": COFFEE_PENCE,
        "currency": "GBP",
        "treatment": "discount",
        "vat": {
            "class": "single",
            "rate": "unknown",
            "country": "unknown",
            "consideration": COFFEE_PENCE,
        },
        "expires_at": data["expires_at"],
        "hold": None,
        "redemption": None,
    }
    for name in (huggg["id"], huggg["redeem_code"]):
        assert (await view(town, name)).content == answer.content


async def test_the_reason_is_the_sentence_of_the_refusal(town: World) -> None:
    huggg = (await for_bo(town))["id"]

    async def reason(location: str | None = "bristol17") -> Any:
        data = (await view(town, huggg, location=location)).json()["data"]
        assert data["redeemable"] is (data["reason"] is None)
        return data["reason"]

    assert await reason(None) is None
    assert await reason("leeds5") == INVALID_LOCATION["error"]
    assert await reason("nowhere") == INVALID_LOCATION["error"]
    async with grown_old(town, huggg):
        assert await reason() == EXPIRED["error"]
    hold_id = await hold_of(town, huggg, reference="A-1")
    assert await reason() == HELD["error"]
    assert (await end(town, huggg, hold_id, "confirmation")).status_code == 201
    assert await reason() == ALREADY_REDEEMED["error"]
    assert (await town.unredeem(huggg)).status_code == 200
    assert await reason() is None
    cancelled = await town.call("POST", f"/api/v2/hugggs/{huggg}/cancellation", town.amara)
    assert cancelled.is_success
    assert await reason() == "huggg is cancelled and cannot be redeemed."
    later = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    [scheduled] = await town.buy(sendDate=later)
    says(await view(town, scheduled["id"]), 404, NOT_FOUND)  # as to every till before its day


async def test_a_hold_and_a_redemption_are_shown_to_their_own_merchant(town: World) -> None:
    huggg = (await for_bo(town, town.any_coffee))["id"]
    hold_id = await hold_of(town, huggg, reference="A-1")
    own = (await view(town, huggg)).json()["data"]["hold"]
    assert own == {
        "id": hold_id,
        "location_id": "bristol17",
        "reference": "A-1",
        "ends_at": own["ends_at"],
    }
    kettles = (await view(town, huggg, town.kettle_till, "leeds5")).json()["data"]["hold"]
    assert kettles == {"id": None, "location_id": None, "reference": None, "ends_at": own["ends_at"]}
    redemption = (await end(town, huggg, hold_id, "confirmation")).json()["data"]
    assert (await view(town, huggg)).json()["data"]["redemption"] == redemption
    assert (await view(town, huggg, town.kettle_till)).json()["data"]["redemption"] is None


async def test_strangers_get_what_they_get_today(town: World) -> None:
    huggg = (await for_bo(town))["id"]
    async with nothing_moves(town.platform.database):
        for caller in (town.bo, town.amara, town.cleo, town.lantern_till):
            says(await view(town, huggg, caller), 403, CANNOT_REDEEM)
        says(await view(town, str(new_id())), 404, NOT_FOUND)
        says(await view(town, "abc123"), 404, NOT_FOUND)


@pytest.mark.parametrize(
    ("published", "treatment", "vat"),
    [
        ({"vat": 20}, "discount", ("single", 20)),
        ({"vat": "12.5"}, "discount", ("single", 12.5)),
        ({"vat": "some"}, "discount", ("single", "unknown")),
        ({"vat_voucher_type": "MPV", "vat": 20}, "tender", ("multi", None)),
        ({"vat_voucher_type": "", "vat": 20}, "unknown", ("unknown", "unknown")),
        ({"vat_voucher_type": None}, "unknown", ("unknown", "unknown")),
    ],
)
async def test_the_treatment_follows_the_products_data_and_nothing_is_guessed(
    town: World, published: dict[str, Any], treatment: str, vat: tuple[Any, Any]
) -> None:
    huggg = (await for_bo(town, town.coffee))["id"]
    before = await scalar(
        town.platform.database, "SELECT published FROM products WHERE id = $1", town.coffee
    )
    change = "UPDATE products SET published = $2::text::json WHERE id = $1"
    document = json.dumps(json.loads(before) | published)
    await sql(town.platform.database, change, town.coffee, document)
    data = (await view(town, huggg)).json()["data"]
    await sql(town.platform.database, change, town.coffee, before)
    assert data["treatment"] == treatment
    assert (data["vat"]["class"], data["vat"]["rate"]) == vat

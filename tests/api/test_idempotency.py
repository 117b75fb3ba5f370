"""`Idempotency-Key`: one key, one effect, one answer."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from huggg.kit.idempotency import EncodedAnswer, Idempotency, Reservation
from huggg.kit.ids import new_id
from huggg.kit.platform import Platform
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import COFFEE_PENCE, Person, World, build_world

BUY = "/api/v2/transactions?embed[]=hugggs"
REUSED = {"error": "Idempotency-Key: was already used for a different request."}
RUNNING = {"error": "A request with this Idempotency-Key is still running."}
REPLAYED = "idempotent-replayed"


def fresh_key() -> str:
    return f"order {new_id()}"


async def buy(
    town: World, key: str, caller: Person | None = None, body: Any = None, path: str = BUY
) -> httpx2.Response:
    order = town.order() if body is None else body
    return await town.call("POST", path, caller or town.amara, order, Idempotency_Key=key)


def same(first: httpx2.Response, again: httpx2.Response) -> None:
    assert again.status_code == first.status_code
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"


async def test_a_purchase_that_is_sent_again_is_answered_again_byte_for_byte(town: World) -> None:
    key = fresh_key()
    first = await buy(town, key)
    assert first.status_code == 201
    async with nothing_moves(town.platform.database):
        same(first, await buy(town, key))
        same(first, await buy(town, key))


async def test_a_redemption_and_its_taking_back_are_answered_again_though_things_have_changed(
    town: World,
) -> None:
    (huggg,) = await town.buy()
    key, back = fresh_key(), fresh_key()
    redeemed = await town.redeem(huggg["id"], Idempotency_Key=key)
    assert redeemed.status_code == 201
    same(redeemed, await town.redeem(huggg["id"], Idempotency_Key=key))
    taken_back = await town.unredeem(huggg["id"], Idempotency_Key=back)
    assert taken_back.status_code == 200
    async with nothing_moves(town.platform.database):
        same(redeemed, await town.redeem(huggg["id"], Idempotency_Key=key))
        same(taken_back, await town.unredeem(huggg["id"], Idempotency_Key=back))
    assert (await town.redeem(huggg["id"])).status_code == 201
    async with nothing_moves(town.platform.database):
        same(taken_back, await town.unredeem(huggg["id"], Idempotency_Key=back))


async def test_without_a_key_every_request_is_another_one(town: World) -> None:
    first, second = [await town.call("POST", BUY, town.amara, town.order()) for _ in range(2)]
    assert first.json()["data"]["id"] != second.json()["data"]["id"]
    assert REPLAYED not in second.headers


async def test_a_key_cannot_be_used_for_another_request(town: World) -> None:
    key = fresh_key()
    assert (await buy(town, key)).status_code == 201
    (huggg,) = await town.buy(receivers=[{"user_id": str(town.amara.id)}])
    async with nothing_moves(town.platform.database):
        for answer in (
            await buy(town, key, body=town.order(quantity=2)),
            await buy(town, key, body=town.order() | {"embed": []}),
            await buy(town, key, path="/api/v2/transactions"),
            await town.redeem(huggg["id"], town.amara, Idempotency_Key=key),
        ):
            assert (answer.status_code, answer.json()) == (422, REUSED)
            assert REPLAYED not in answer.headers


async def test_the_same_key_of_another_caller_is_another_key(town: World) -> None:
    key = fresh_key()
    (hers,) = await town.buy()
    (his,) = await town.buy()
    at_harbour = await town.redeem(hers["id"], town.till, Idempotency_Key=key)
    at_bath = await town.redeem(his["id"], town.bath_till, "bath2", Idempotency_Key=key)
    assert (at_harbour.status_code, at_bath.status_code) == (201, 201)
    assert (await buy(town, key)).status_code == 201
    same(at_bath, await town.redeem(his["id"], town.bath_till, "bath2", Idempotency_Key=key))


async def test_a_refusal_by_a_rule_is_kept_though_it_would_be_none_any_more(
    town: World,
) -> None:
    (huggg,) = await town.buy()
    key, at = fresh_key(), "nowhere"
    async with nothing_moves(town.platform.database, but=["idempotency_keys"]):
        first = await town.redeem(huggg["id"], location=at, Idempotency_Key=key)
    assert (first.status_code, first.json()) == (422, {"error": "Invalid location."})
    await sql(
        town.platform.database,
        "INSERT INTO locations (id, brand_id, name) VALUES ($1, $2, '')",
        at,
        town.harbour,
    )
    async with nothing_moves(town.platform.database):
        same(first, await town.redeem(huggg["id"], location=at, Idempotency_Key=key))
    assert (await town.redeem(huggg["id"], location=at, Idempotency_Key=fresh_key())).status_code == 201


async def test_an_answer_that_no_rule_gave_is_not_kept(town: World) -> None:
    key = fresh_key()
    async with nothing_moves(town.platform.database):
        for body, status in (
            ([], 422),
            (town.order(quantity=0), 422),
            (town.order(receivers=[{}]), 422),
        ):
            assert (await buy(town, key, body=body)).status_code == status
        malformed = await town.http.post(
            BUY,
            content=b"{",
            headers={"Authorization": f"Bearer {town.amara.token}", "Idempotency-Key": key},
        )
        assert malformed.status_code == 400
        unauthenticated = await town.call("POST", BUY, "nonsense", town.order(), Idempotency_Key=key)
        assert unauthenticated.status_code == 401
    assert (await buy(town, key)).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "tab\tbed", "del\x7f"])
async def test_a_key_that_is_empty_long_or_unprintable_is_refused(town: World, key: str) -> None:
    async with nothing_moves(town.platform.database):
        answer = await town.http.post(
            BUY,
            json=town.order(),
            headers=[
                (b"Authorization", f"Bearer {town.amara.token}".encode()),
                (b"Idempotency-Key", key.encode("latin-1")),
            ],
        )
    sentence = "Idempotency-Key: must be 1 to 255 printable ASCII characters."
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})


async def test_two_keys_that_differ_are_refused_and_one_sent_twice_is_one(town: World) -> None:
    def headers(*keys: str) -> list[tuple[str, str]]:
        return [
            ("Authorization", f"Bearer {town.amara.token}"),
            *(("Idempotency-Key", key) for key in keys),
        ]

    one, other = fresh_key(), fresh_key()
    async with nothing_moves(town.platform.database):
        refused = await town.http.post(BUY, json=town.order(), headers=headers(one, other))
    assert (refused.status_code, refused.json()) == (422, {"error": "Idempotency-Key: must be one key."})
    first, again = [
        await town.http.post(BUY, json=town.order(), headers=headers(one, one)) for _ in range(2)
    ]
    assert first.status_code == 201
    same(first, again)


@pytest.mark.parametrize("key", ["1", "x" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
async def test_any_printable_key_will_do(town: World, key: str) -> None:
    first = await buy(town, key)
    assert first.status_code == 201
    same(first, await buy(town, key))


# Attempts that are under way, or were --------------------------------------------------------


async def reserve(town: World, key: str, seconds: float) -> None:
    """Let an attempt have reserved the key of a purchase, for so long from now, and not come back."""
    assert (await buy(town, key)).status_code == 201
    await sql(
        town.platform.database,
        "UPDATE idempotency_keys SET status = NULL, answer = NULL, effect_id = NULL, attempt = $2,"
        " lease_until = now() + $3 * interval '1 second' WHERE key = $1",
        key,
        new_id(),
        seconds,
    )


async def test_while_another_attempt_is_running_the_caller_waits(town: World) -> None:
    key = fresh_key()
    await reserve(town, key, 5)
    async with nothing_moves(town.platform.database):
        answer = await buy(town, key)
    assert (answer.status_code, answer.json()) == (409, RUNNING)
    assert answer.headers["retry-after"] == "1"
    async with nothing_moves(town.platform.database):
        other = await buy(town, key, body=town.order(quantity=2))
    assert (other.status_code, other.json()) == (422, REUSED)


async def test_when_its_lease_is_over_the_next_attempt_takes_over(town: World) -> None:
    key = fresh_key()
    await reserve(town, key, -1)
    async with nothing_moves(town.platform.database):
        other = await buy(town, key, body=town.order(quantity=2))
    assert (other.status_code, other.json()) == (422, REUSED)
    first = await buy(town, key)
    assert first.status_code == 201
    same(first, await buy(town, key))


@pytest.mark.parametrize("what", ["purchase", "redemption", "taking back"])
async def test_a_slow_attempt_that_was_overtaken_has_no_effect(
    town: World, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (huggg,) = await town.buy()
    if what == "taking back":
        await town.redeem(huggg["id"])
    reserve, key, other = Idempotency._reserve, fresh_key(), new_id()

    async def overtaken(
        self: Idempotency, mine: Reservation[Any], requests: list[bytes]
    ) -> EncodedAnswer | None:
        kept = await reserve(self, mine, requests)
        taking = "UPDATE idempotency_keys SET attempt = $2 WHERE key = $1"
        await sql(town.platform.database, taking, key, other)
        return kept

    monkeypatch.setattr(Idempotency, "_reserve", overtaken)
    async with nothing_moves(town.platform.database, but=["idempotency_keys"]):
        if what == "purchase":
            answer = await buy(town, key)
        elif what == "redemption":
            answer = await town.redeem(huggg["id"], Idempotency_Key=key)
        else:
            answer = await town.unredeem(huggg["id"], Idempotency_Key=key)
    assert answer.status_code == 503
    standing = "SELECT attempt FROM idempotency_keys WHERE key = $1 AND status IS NULL"
    assert await scalar(town.platform.database, standing, key) == other


@pytest.mark.parametrize("what", ["purchase", "redemption"])
async def test_twenty_at_once_are_one(town: World, what: str) -> None:
    key, (huggg,) = fresh_key(), await town.buy()
    before = await scalar(town.platform.database, "SELECT count(*) FROM transfers")

    async def once() -> httpx2.Response:
        if what == "purchase":
            return await buy(town, key)
        return await town.redeem(huggg["id"], Idempotency_Key=key)

    answers = await asyncio.gather(*(once() for _ in range(20)))
    done = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert done
    assert len(done) + len(waiting) == 20
    assert {answer.content for answer in done} == {done[0].content}
    assert [REPLAYED in answer.headers for answer in done].count(False) == 1
    assert {answer.text for answer in waiting} <= {'{"error":"' + RUNNING["error"] + '"}'}
    assert await scalar(town.platform.database, "SELECT count(*) FROM transfers") == before + 1
    assert (await once()).content == done[0].content


# Processes that come and go ------------------------------------------------------------------


async def test_a_kept_answer_survives_the_process_that_gave_it(
    settings: Settings, platform: Platform
) -> None:
    key = fresh_key()
    async with served(settings) as http:
        world = await build_world(platform, http)
        first = await buy(world, key)
        assert first.status_code == 201
    async with served(settings) as http, nothing_moves(platform.database):
        again = await http.post(
            BUY,
            content=first.request.content,
            headers={"Authorization": f"Bearer {world.amara.token}", "Idempotency-Key": key},
        )
    same(first, again)
    (huggg,) = first.json()["embedded"]["hugggs"]
    assert await scalar(
        platform.database, "SELECT value FROM hugggs WHERE id::text = $1", huggg["id"]
    ) == (COFFEE_PENCE)


async def test_kept_answers_are_sealed_because_they_carry_links(town: World) -> None:
    key = fresh_key()
    first = await buy(town, key)
    (huggg,) = first.json()["embedded"]["hugggs"]
    kept = await scalar(
        town.platform.database, "SELECT answer FROM idempotency_keys WHERE key = $1", key
    )
    assert huggg["shortcode"].encode() not in kept
    assert first.content not in kept


async def test_an_answer_moved_to_another_key_is_shown_to_nobody(town: World) -> None:
    """A writer to the database still cannot read others' links through keys of their own."""
    hers, mine = fresh_key(), fresh_key()
    kept = (await buy(town, hers)).json()["embedded"]["hugggs"][0]["shortcode"]
    assert (await buy(town, mine)).status_code == 201
    await sql(
        town.platform.database,
        "UPDATE idempotency_keys SET answer ="
        " (SELECT answer FROM idempotency_keys WHERE key = $1) WHERE key = $2",
        hers,
        mine,
    )
    answer = await buy(town, mine)
    assert answer.status_code == 500
    assert kept not in answer.text

"""Guessing at codes is slow; the holder of a code finds the huggg at the first look-up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network

import httpx2
import pytest

from huggg.hugggs import guessing
from huggg.kit.bucket import Policy
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import Person, World

TOO_MANY = {"error": "Too many requests. Please slow down."}
BUDGET = 60  # a minute; 3 are one caller's, 12 one address's
OWN = BUDGET // guessing.OF_ONE_CALLER


@pytest.fixture
async def strict(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The same world where few guesses are allowed; callers do not wait, so that tests need not."""
    monkeypatch.setattr(guessing, "TURNS", Policy("turns", quota=1, seconds=60))
    async with served(replace(settings, misses_max=BUDGET)) as http:
        yield replace(world, http=http)


async def guess(world: World, caller: Person, times: int) -> Counter[int]:
    answers = [
        await world.call("GET", f"/api/v2/hugggs/guess{number:011d}", caller) for number in range(times)
    ]
    return Counter(answer.status_code for answer in answers)


async def test_a_guesser_beyond_the_allowance_takes_turns(strict: World) -> None:
    """One turn is free, as the table of turns is empty; then a look-up waits or is refused."""
    assert await guess(strict, strict.cleo, 20) == {404: OWN + 1, 429: 20 - OWN - 1}
    refused = await strict.call("GET", "/api/v2/hugggs/guess", strict.cleo)
    assert (refused.status_code, refused.json()) == (429, TOO_MANY)
    assert 1 <= int(refused.headers["retry-after"]) <= 60


async def test_owner_and_till_behind_the_same_address_notice_nothing(strict: World) -> None:
    (huggg,) = await strict.buy()
    await guess(strict, strict.cleo, 20)
    shown = await strict.call("GET", f"/api/v2/hugggs/{huggg['shortcode']}", strict.amara)
    assert shown.status_code == 200
    path = f"/api/v2/hugggs/{huggg['shortcode']}/product/adjustment-codes"
    assert (await strict.call("GET", path, strict.till)).status_code == 200
    assert (await strict.redeem(huggg["shortcode"])).status_code == 201
    assert (await strict.unredeem(huggg["shortcode"])).status_code == 200


async def test_the_whole_budget_used_up_changes_nothing_for_those_without_a_miss(
    strict: World,
) -> None:
    (huggg,) = await strict.buy(quantity=1)
    guessers = [strict.cleo, strict.kettle_till, strict.lantern_till, strict.bath_till]
    for guesser in guessers:
        await guess(strict, guesser, OWN)  # 12 in all, and the address has no more
    assert await guess(strict, strict.bo, 3) == {404: 2, 429: 1}  # the first tells who Bo is
    for _ in range(5):
        response = await strict.call("GET", f"/api/v2/hugggs/{huggg['shortcode']}", strict.amara)
        assert response.status_code == 200


async def test_a_look_up_by_id_is_never_counted_and_never_waits(strict: World) -> None:
    path = "/api/v2/hugggs/00000000-0000-4000-8000-00000000c0de"
    answers = [await strict.call("GET", path, strict.cleo) for _ in range(4 * OWN)]
    assert {answer.status_code for answer in answers} == {404}
    await guess(strict, strict.cleo, 20)
    answers = [await strict.call("GET", path, strict.cleo) for _ in range(4 * OWN)]
    assert {answer.status_code for answer in answers} == {404}


async def test_a_suspects_find_is_no_miss(strict: World) -> None:
    """Amara mistypes twice, then scans her hugggs all day."""
    hugggs = await strict.buy(quantity=4 * OWN)
    assert await guess(strict, strict.amara, OWN - 1) == {404: OWN - 1}
    for huggg in hugggs:
        response = await strict.call("GET", f"/api/v2/hugggs/{huggg['shortcode']}", strict.amara)
        assert response.status_code == 200
    assert await guess(strict, strict.amara, 1) == {404: 1}


async def test_many_guesses_at_once_are_no_more_than_as_many_in_turn(strict: World) -> None:
    """A new suspect: look-ups that were under way before the first miss are not held against it."""
    assert await guess(strict, strict.cleo, 1) == {404: 1}
    answers = await asyncio.gather(
        *(strict.call("GET", f"/api/v2/hugggs/guess{n}", strict.cleo) for n in range(30))
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {404: OWN - 1 + 1, 429: 30 - OWN}


EVERY_WAY = [
    ("GET", "/api/v2/hugggs/{}", None),
    ("GET", "/api/v2/hugggs/{}/product/adjustment-codes", None),
    ("POST", "/api/v2/hugggs/{}/redemptions", {"location_id": "bristol17"}),
    ("PATCH", "/api/v2/hugggs/{}/redemptions/latest", {"redeemed": False}),
    ("POST", "/api/v2/hugggs/{}/voucher", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), EVERY_WAY)
async def test_every_way_to_find_a_huggg_by_code_is_watched(
    strict: World, method: str, path: str, body: object
) -> None:
    async def ask(number: int) -> httpx2.Response:
        return await strict.call(method, path.format(f"guess{number}"), strict.till, body)

    async with nothing_moves(strict.platform.database):
        statuses = Counter([(await ask(number)).status_code for number in range(10)])
    assert statuses == {404: OWN + 1, 429: 9 - OWN}


async def test_a_key_does_not_hide_a_guess_and_a_refusal_for_pace_is_not_kept(
    strict: World,
) -> None:
    """Ten guesses under ten keys; and the tenth key is as good as new when its turn has come."""
    (huggg,) = await strict.buy()
    answers = [
        await strict.redeem(f"guess{number}", Idempotency_Key=f"k{number}") for number in range(10)
    ]
    assert Counter(a.status_code for a in answers) == {404: OWN + 1, 429: 9 - OWN}
    refused = await strict.redeem(huggg["shortcode"], Idempotency_Key="last")
    assert refused.status_code == 429
    await sql(strict.platform.database, "TRUNCATE buckets")
    again = await strict.redeem(huggg["shortcode"], Idempotency_Key="last")
    assert again.status_code == 201


async def test_a_kept_answer_is_no_guess(strict: World) -> None:
    for _ in range(5 * OWN):
        answer = await strict.redeem("guess", Idempotency_Key="the same")
        assert answer.status_code == 404
    assert await guess(strict, strict.till, OWN - 1) == {404: OWN - 1}


async def guess_from(
    world: World, address: str, times: int, *, start: int = 0, caller: Person | None = None
) -> Counter[int]:
    path = "/api/v2/hugggs/guess{:011d}"
    guesser = caller or world.till
    numbers = range(start, start + times)
    return Counter(
        [
            (await world.call("GET", path.format(n), guesser, X_Forwarded_For=address)).status_code
            for n in numbers
        ]
    )


@pytest.fixture
async def shop(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The strict world behind a proxy that says where a till stands."""
    monkeypatch.setattr(guessing, "TURNS", Policy("turns", quota=1, seconds=60))
    proxied = replace(settings, misses_max=BUDGET, trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with served(proxied) as http:
        yield replace(world, http=http)


async def test_a_thief_of_a_tills_token_does_not_lock_its_colleagues_out(shop: World) -> None:
    """They log in as the same user, from the shop, where one of them mistypes now and then."""
    assert await guess_from(shop, "203.0.113.9", 20) == {404: OWN + 1, 429: 19 - OWN}
    (huggg,) = await shop.buy()
    path = f"/api/v2/hugggs/{huggg['shortcode']}/product/adjustment-codes"
    for _ in range(5):
        shown = await shop.call("GET", path, shop.till, X_Forwarded_For="198.51.100.7")
        assert shown.status_code == 200
    assert await guess_from(shop, "198.51.100.7", OWN) == {404: OWN}
    paced = await shop.call("GET", path, shop.till, X_Forwarded_For="203.0.113.9")
    assert paced.status_code == 429


async def test_one_token_guesses_no_faster_from_many_addresses(shop: World) -> None:
    """Twelve guesses are all that a caller has; then each address has one until it is a suspect."""
    everywhere = BUDGET // guessing.OF_A_CALLER_EVERYWHERE
    for place in range(everywhere // OWN):
        assert await guess_from(shop, f"203.0.113.{place}", OWN, start=place * OWN) == {404: OWN}
    assert await guess_from(shop, "203.0.113.77", 5, start=100) == {404: 2, 429: 3}  # one turn is free
    assert await guess_from(shop, "203.0.113.78", 5, start=200) == {404: 1, 429: 4}
    assert await guess_from(shop, "203.0.113.79", 5, start=300, caller=shop.bo) == {404: OWN + 1, 429: 1}


async def test_the_wait_of_a_turn_is_a_second_each(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(guessing, "sleep", sleep)
    async with served(replace(settings, misses_max=20)) as http:
        strict = replace(world, http=http)
        answers = await guess(strict, strict.cleo, 10)
    assert answers[404] == 1 + guessing.TURNS.quota
    assert answers[429] == 10 - 1 - guessing.TURNS.quota
    assert waited == sorted(waited)
    assert [round(seconds) for seconds in waited] == [0, 1, 2, 3, 4]


async def test_it_can_be_switched_off(settings: Settings, world: World) -> None:
    async with served(replace(settings, misses_max=0)) as http:
        assert await guess(replace(world, http=http), world.cleo, 60) == {404: 60}

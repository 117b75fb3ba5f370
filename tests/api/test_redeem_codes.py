"""Redeem codes at the till: staff type them where nothing can be scanned, others guess in vain."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.hugggs import guessing
from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.reference import REDEEM_CODE, till_reference
from huggg.hugggs.store import queries, sealed_for
from huggg.kit.bucket import Policy
from huggg.kit.codes import Vault
from tests.support.buyers import grow_old
from tests.support.guards import Guard
from tests.support.keys import TEST_KEYS
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql, statements_ran
from tests.support.world import Person, World

NOT_FOUND = (404, {"error": "huggg not found"})
TOO_MANY = (429, {"error": "Too many requests. Please slow down."})


async def codes(world: World, huggg: str, caller: Person | str | None = None) -> httpx2.Response:
    path = f"/api/v2/hugggs/{huggg}/product/adjustment-codes"
    return await world.call("GET", path, caller or world.till)


def answer_of(answer: httpx2.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


async def recode(world: World, huggg: dict[str, Any], redeem_code: str) -> None:
    """Give a huggg another redeem code, as if it had been drawn."""
    vault, huggg_id = world.platform.vault, UUID(huggg["id"])
    packed = HugggCodes(huggg["shortcode"], redeem_code).packed()
    sealed = vault.seal(packed, bound_to=sealed_for(huggg_id))
    database = world.platform.database
    await sql(database, "UPDATE hugggs SET codes = $1 WHERE id = $2", sealed, huggg_id)
    found_by = "UPDATE shortcodes SET redeem_fingerprint = $1 WHERE huggg_id = $2"
    await sql(database, found_by, vault.fingerprint(REDEEM_CODE, redeem_code), huggg_id)


async def refused_everywhere(world: World, code: str, caller: Person | str | None = None) -> None:
    """Every call of the till says that there is no such huggg, and nothing changes."""
    by = caller or world.till
    body = {"location_id": "bristol17"}
    async with nothing_moves(world.platform.database):
        assert answer_of(await codes(world, code, by)) == NOT_FOUND
        path = f"/api/v2/hugggs/{code}/redemptions"
        assert answer_of(await world.call("POST", path, by, body)) == NOT_FOUND
        assert (
            answer_of(await world.call("PATCH", f"{path}/latest", by, {"redeemed": False})) == NOT_FOUND
        )


# Codes that are found ------------------------------------------------------------------------


async def test_a_till_asks_redeems_and_takes_back_by_a_typed_code(world: World) -> None:
    huggg, _ = await world.buy(quantity=2)
    typed = huggg["redeem_code"]
    codes_shown = await codes(world, typed)
    assert answer_of(codes_shown) == answer_of(await codes(world, huggg["id"]))
    assert codes_shown.status_code == 200
    redeemed = await world.redeem(typed)
    assert redeemed.status_code == 201
    assert redeemed.json()["data"]["huggg_id"] == huggg["id"]
    assert answer_of(await codes(world, typed)) == answer_of(await codes(world, huggg["id"]))
    for redemption in (redeemed.json()["data"]["id"], "latest"):
        back = await world.unredeem(typed, redemption=redemption)
        assert (back.status_code, back.json()["data"]["huggg_id"]) == (200, huggg["id"])
        assert (await world.redeem(typed)).status_code == 201


@pytest.mark.parametrize(
    "spelt",
    [
        "{0}{1}",
        "{0}%20{1}",
        "{0}-{1}",
        "%20{0}{1}%20",
        "{0}%20-%20{1}",
        "{0}%E2%80%93{1}",
        "{0}%C2%A0{1}%09",
    ],
)
@pytest.mark.parametrize("case", [str.lower, str.upper])
async def test_case_blanks_and_hyphens_do_not_matter(world: World, spelt: str, case: Any) -> None:
    (huggg,) = await world.buy()
    code = case(huggg["redeem_code"])
    assert (await world.redeem(spelt.format(code[:3], code[3:]))).status_code == 201


@pytest.mark.parametrize("text", ["abc12", "abc1234", "abc_12", "abcd1\u212a", "\u0661bcdef", "abc\t12"])
def test_text_of_another_form_is_no_redeem_code(text: str) -> None:
    assert till_reference(Vault(TEST_KEYS), text).redeem_fingerprints == []


async def test_a_clerk_who_clicks_twice_hears_that_it_is_redeemed(world: World) -> None:
    (huggg,) = await world.buy()
    first = await world.redeem(huggg["redeem_code"], Idempotency_Key="once")
    assert first.status_code == 201
    again = await world.redeem(huggg["redeem_code"], Idempotency_Key="once")
    assert again.content == first.content
    async with nothing_moves(world.platform.database):
        assert answer_of(await world.redeem(huggg["redeem_code"])) == (
            405,
            {"error": "huggg already redeemed."},
        )


async def test_a_consolidated_product_is_typed_at_every_brand_that_honours_it(world: World) -> None:
    (huggg,) = await world.buy(world.any_coffee)
    code = huggg["redeem_code"]
    assert (await codes(world, code, world.kettle_till)).status_code == 200
    assert (await world.redeem(code)).status_code == 201
    await refused_everywhere(world, code, world.kettle_till)
    assert (await world.unredeem(code)).status_code == 200
    assert (await world.redeem(code, world.kettle_till, "leeds5")).status_code == 201


async def test_equal_codes_at_different_brands_are_no_trouble(world: World) -> None:
    (coffee,) = await world.buy(world.coffee)
    (tea,) = await world.buy(world.tea)
    await recode(world, tea, coffee["redeem_code"])
    here = await world.redeem(coffee["redeem_code"])
    there = await world.redeem(coffee["redeem_code"], world.kettle_till, "leeds5")
    assert here.json()["data"]["huggg_id"] == coffee["id"]
    assert there.json()["data"]["huggg_id"] == tea["id"]


async def test_by_id_and_shortcode_no_statement_is_added(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await world.buy(quantity=2)
    ran = statements_ran(monkeypatch)
    await world.redeem(one["id"])
    await world.redeem(other["shortcode"])
    assert "typed" not in ran
    await world.unredeem(one["redeem_code"])
    assert ran.count("typed") == 1


# Codes that are not --------------------------------------------------------------------------


async def test_to_others_a_redeem_code_is_nothing(world: World) -> None:
    """Its owner, too: a user without a till opens a huggg by its link."""
    (huggg,) = await world.buy()
    others = (world.amara, world.bo, world.cleo, world.client_token, world.lantern_till)
    for other in others:
        await refused_everywhere(world, huggg["redeem_code"], other)
    assert (await world.redeem(huggg["redeem_code"])).status_code == 201
    for other in others:
        await refused_everywhere(world, huggg["redeem_code"], other)


async def test_a_strangers_code_costs_the_statements_of_one_that_is_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (huggg,) = await world.buy()
    ran = statements_ran(monkeypatch)
    for caller in (world.amara, world.client_token, world.lantern_till):
        took = []
        for code in (huggg["redeem_code"], "zzzzzz"):
            ran.clear()
            await codes(world, code, caller)
            took.append(list(ran))
        assert took[0] == took[1]


async def test_other_calls_take_no_redeem_code(world: World) -> None:
    (huggg,) = await world.buy()
    for caller in (world.amara, world.till):
        shown = await world.call("GET", f"/api/v2/hugggs/{huggg['redeem_code']}", caller)
        assert answer_of(shown) == NOT_FOUND


async def test_a_code_that_two_hugggs_share_means_neither(world: World) -> None:
    one, other = await world.buy(quantity=2)
    await recode(world, other, one["redeem_code"])
    await refused_everywhere(world, one["redeem_code"])
    assert (await world.redeem(one["shortcode"])).status_code == 201
    await refused_everywhere(world, one["redeem_code"])  # or a used one would spend another's present


@pytest.mark.parametrize(
    "change", ["sent_at = now() + interval '1 hour'", "cancelled_at = now()", "expires_at = now()"]
)
async def test_scheduled_cancelled_and_expired_hugggs_are_not_typed(world: World, change: str) -> None:
    huggg, twin = await world.buy(quantity=2)
    await recode(world, twin, huggg["redeem_code"])
    changed = f"UPDATE hugggs SET {change} WHERE id = $1"  # noqa: S608 - listed above
    await sql(world.platform.database, changed, UUID(huggg["id"]))
    answer = await world.redeem(huggg["redeem_code"])  # and so mean nothing beside another
    assert answer.json()["data"]["huggg_id"] == twin["id"]
    await sql(world.platform.database, changed, UUID(twin["id"]))
    await refused_everywhere(world, huggg["redeem_code"])


async def test_an_old_huggg_is_told_of_by_its_id_alone(world: World) -> None:
    (huggg,) = await world.buy()
    await grow_old(world, huggg["id"])
    assert (await codes(world, huggg["id"])).status_code == 200
    await refused_everywhere(world, huggg["redeem_code"])


HONOURED = Guard(queries, "typed", "AND o.brand_id = :brand_id::uuid")


async def test_without_its_guard_another_brands_huggg_would_be_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (huggg,) = await world.buy()
    values = {"fingerprints": [world.platform.vault.fingerprint(REDEEM_CODE, huggg["redeem_code"])]}
    database = world.platform.database
    assert await database.rows(queries.typed, **values, brand_id=world.lantern) == []
    assert len(await database.rows(queries.typed, **values, brand_id=world.harbour)) == 1
    HONOURED.take_away(monkeypatch)
    assert len(await database.rows(queries.typed, **values, brand_id=world.lantern)) == 1


# The pace ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typist:
    """Types one wrong code after the other."""

    world: World
    till: Person

    async def miss(self, times: int) -> Counter[int]:
        answers = [await codes(self.world, f"guess{n}", self.till) for n in range(times)]
        return Counter(answer.status_code for answer in answers)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a user miss three times a day, and a brand five times."""
    monkeypatch.setattr(guessing, "TYPED_BY_A_USER", Policy("typing misses of a user", 3, 86_400))
    monkeypatch.setattr(guessing, "TYPED_AT_A_BRAND", Policy("typing misses of a brand", 5, 86_400))


async def test_ten_wrong_codes_of_a_user_are_looked_up_and_no_more(world: World) -> None:
    (huggg,) = await world.buy()
    assert await Typist(world, world.till).miss(9) == {404: 9}
    for _ in range(3):
        assert (await codes(world, huggg["redeem_code"])).status_code == 200
    assert await Typist(world, world.till).miss(2) == {404: 1, 429: 1}
    async with nothing_moves(world.platform.database):
        refused = await world.redeem(huggg["redeem_code"], Idempotency_Key="k")
    assert answer_of(refused) == TOO_MANY
    assert 1 <= int(refused.headers["retry-after"]) <= 6
    assert (await world.redeem(huggg["shortcode"])).status_code == 201
    assert (await world.unredeem(huggg["id"])).status_code == 200
    await sql(world.platform.database, "TRUNCATE buckets")
    assert (await world.redeem(huggg["redeem_code"], Idempotency_Key="k")).status_code == 201


@pytest.mark.usefixtures("few")
async def test_a_brand_has_an_allowance_for_all_its_users(world: World) -> None:
    (huggg,) = await world.buy(world.any_coffee)
    assert await Typist(world, world.till).miss(4) == {404: 3, 429: 1}
    assert await Typist(world, world.bath_till).miss(3) == {404: 2, 429: 1}
    assert answer_of(await codes(world, huggg["redeem_code"], world.bath_till)) == TOO_MANY
    assert (await codes(world, huggg["redeem_code"], world.kettle_till)).status_code == 200
    assert (await codes(world, huggg["shortcode"], world.bath_till)).status_code == 200
    assert await Typist(world, world.kettle_till).miss(4) == {404: 3, 429: 1}


@pytest.mark.usefixtures("few")
async def test_many_wrong_codes_at_once_are_no_more_than_as_many_in_turn(world: World) -> None:
    answers = await asyncio.gather(*(codes(world, f"guess{n}") for n in range(9)))
    assert Counter(answer.status_code for answer in answers) == {404: 3, 429: 6}


@pytest.mark.usefixtures("few")
async def test_a_code_of_another_merchant_is_a_miss_like_any_other(world: World) -> None:
    (huggg,) = await world.buy()
    for _ in range(3):
        assert answer_of(await codes(world, huggg["redeem_code"], world.lantern_till)) == NOT_FOUND
    assert answer_of(await codes(world, huggg["redeem_code"], world.lantern_till)) == TOO_MANY


@pytest.mark.usefixtures("few")
async def test_a_refusal_for_the_user_costs_the_brand_nothing(world: World) -> None:
    assert await Typist(world, world.till).miss(9) == {404: 3, 429: 6}
    assert await Typist(world, world.bath_till).miss(2) == {404: 2}


@pytest.mark.usefixtures("few")
async def test_a_kept_answer_is_no_wrong_code(world: World) -> None:
    for _ in range(9):
        assert answer_of(await world.redeem("guess1", Idempotency_Key="the same")) == NOT_FOUND
    assert await Typist(world, world.till).miss(2) == {404: 2}


async def test_a_wrong_code_is_a_miss_among_all(world: World) -> None:
    before = await scalar(world.platform.database, "SELECT count(*) FROM buckets")
    await codes(world, "guess1")
    after = await scalar(world.platform.database, "SELECT count(*) FROM buckets")
    assert after - before >= 6  # of the user and the brand; here, there, everywhere and in all

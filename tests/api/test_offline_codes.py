"""Offline codes: shown where a brand has a rule, proved by the published keys, and scanned online."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from huggg.kit.base45 import read_base45
from huggg.kit.errors import Invalid
from huggg.kit.sealed_text import read_sealed_text
from huggg.offline.code import PREFIX, brands_name, product_name, read_offline_code
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.offline.set_rule import remove_rule, rules, set_rule
from huggg.offline.show_code import show_offline_code
from tests.api.test_till import for_bo
from tests.api.test_till_page import Browser, outcome, staff
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.values import altered
from tests.support.world import World

RULE = OfflineRule(scans=50, value=500_00, hours=24, losses=LossBearer.MERCHANT)
OURS = {"Sec-Fetch-Site": "same-origin"}


async def code_page(town: World, huggg: dict[str, Any]) -> str:
    answer = await town.http.post(f"/{huggg['shortcode']}/code", headers=OURS)
    assert answer.status_code == 200, answer.text
    return answer.text


async def code_of(town: World, huggg: dict[str, Any]) -> str:
    code = await show_offline_code(town.platform, UUID(huggg["id"]))
    assert code is not None
    return code


async def test_a_gift_shows_its_offline_code_only_where_its_brand_has_a_rule(town: World) -> None:
    cups = await for_bo(town, town.tea), await for_bo(town)
    assert 'id="offline-code"' not in await code_page(town, cups[0])
    await set_rule(town.platform.database, town.harbour, RULE)
    page = await code_page(town, cups[1])
    assert page.count('class="plate"') == 2
    assert 'id="offline-code"' in page
    shown = await sql(
        town.platform.database,
        "SELECT h.expires_at = c.ends_at AS until_its_end, c.sequence FROM offline_codes c"
        " JOIN hugggs h ON h.id = c.huggg_id WHERE h.id = ANY($1)",
        [UUID(cup["id"]) for cup in cups],
    )
    assert [tuple(row) for row in shown] == [(True, 0)]


async def test_the_published_keys_prove_a_code(town: World) -> None:
    huggg = await for_bo(town, town.any_coffee)
    raw = read_base45((await code_of(town, huggg)).removeprefix(PREFIX))
    answer = await town.call("GET", "/api/v2/signing-keys")
    assert answer.status_code == 200
    (key,) = answer.json()["data"]
    assert list(key) == ["id", "kty", "crv", "x"]
    assert (key["id"], key["kty"], key["crv"]) == (1, "OKP", "Ed25519")
    public = Ed25519PublicKey.from_public_bytes(read_sealed_text(key["x"]))
    public.verify(raw[34:], b"huggg offline code 1\0" + raw[:34])
    assert raw[:2] == b"\0\1"
    assert raw[2:18] == UUID(huggg["id"]).bytes
    assert raw[18:22] == product_name(town.any_coffee)
    sellers = await sql(
        town.platform.database, "SELECT brand_id FROM honouring WHERE product_id = $1", town.any_coffee
    )
    assert raw[22:26] == brands_name([row["brand_id"] for row in sellers])
    assert {town.harbour, town.kettle} < {row["brand_id"] for row in sellers}
    kept = await town.call("GET", "/api/v2/signing-keys", If_None_Match=answer.headers["etag"])
    assert (kept.status_code, kept.content) == (304, b"")


async def test_a_code_shown_again_is_noted_once_with_its_later_end(town: World) -> None:
    huggg = await for_bo(town)
    first, database = await code_of(town, huggg), town.platform.database
    id_ = UUID(huggg["id"])
    ends = [await sql(database, "SELECT ends_at FROM offline_codes WHERE huggg_id = $1", id_)]
    for days in (2, -1):
        change = f"UPDATE hugggs SET expires_at = expires_at + interval '{days} days' WHERE id = $1"  # noqa: S608 - ours
        await sql(database, change, id_)
        assert await code_of(town, huggg) != first
        ends.append(await sql(database, "SELECT ends_at FROM offline_codes WHERE huggg_id = $1", id_))
    assert [len(each) for each in ends] == [1, 1, 1]
    assert (ends[1][0]["ends_at"] - ends[0][0]["ends_at"]).days == 2
    assert ends[2] == ends[1]  # a code with the later end is out there


async def test_a_move_gives_the_next_sequence_and_the_old_code_names_nothing(town: World) -> None:
    browser = Browser(town)
    await browser.sign_in(await staff(town))
    huggg = await for_bo(town)
    before = await code_of(town, huggg)
    receiver = {"receiver": {"user_id": str(town.cleo.id)}}
    answer = await town.call("PATCH", f"/api/v2/hugggs/{huggg['id']}", town.amara, receiver)
    assert answer.status_code == 200, answer.text
    after = await code_of(town, huggg)
    verify = town.platform.vault.verifies
    assert [read_offline_code(each, verify).sequence for each in (before, after)] == [0, 1]
    async with nothing_moves(town.platform.database):
        assert outcome(await browser.scan(before)) == "refused"
        assert outcome(await browser.scan(altered(after, -1))) == "refused"
    assert outcome(await browser.scan(after)) == "redeemed"


async def test_a_huggg_that_does_not_fit_has_no_code(town: World) -> None:
    huggg = await for_bo(town)
    await sql(town.platform.database, "UPDATE hugggs SET value = 2^32 WHERE id = $1", UUID(huggg["id"]))
    async with nothing_moves(town.platform.database):
        assert await show_offline_code(town.platform, UUID(huggg["id"])) is None


async def test_a_rule_is_set_replaced_and_removed(town: World) -> None:
    database = town.platform.database
    await set_rule(database, town.lantern, RULE)
    await set_rule(database, town.lantern, OfflineRule(5, 25_00, 2, LossBearer.PLATFORM))
    rules_of_brand = [tuple(row) for row in await rules(database) if row["brand_id"] == town.lantern]
    assert rules_of_brand == [(town.lantern, "Lantern Kitchen", 5, 25_00, 2, "platform")]
    assert await remove_rule(database, town.lantern)
    async with nothing_moves(database):
        assert not await remove_rule(database, town.lantern)
        for value in (0, 100_000_001):
            with pytest.raises(Invalid, match="value: must be between"):
                await set_rule(database, town.lantern, OfflineRule(1, value, 1, LossBearer.MERCHANT))
        with pytest.raises(Invalid, match="There is no brand"):
            await set_rule(database, UUID(int=5), RULE)

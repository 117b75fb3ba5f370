"""Codes that end before their hugggs: passed over, refused, given with their own day, or replaced."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx2
import pytest

from huggg.database.doctor import examine
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.reference import reference
from huggg.kit.ids import new_id
from huggg.refusal import Refusal
from huggg.vouchers.configure import set_issuer
from huggg.vouchers.errors import (
    CancelledHuggg,
    CannotReplace,
    ExpiredWithoutVoucher,
    NoVoucher,
    PoolEmpty,
    RedeemedWithoutVoucher,
)
from huggg.vouchers.issuers.issuer import IssuerKind
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.issuers.service import IssuingService
from huggg.vouchers.pool_levels import pool_levels
from huggg.vouchers.pool_policy import EndedCodes, PoolPolicy, ShortCodes, pool_policy
from huggg.vouchers.replace import replace_code
from tests.support.merchants import Merchant, add_merchant, add_pool_merchant, load
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import World


@pytest.fixture
async def cinema(world: World) -> Merchant:
    return await add_merchant(world.platform, 4, segments=1)


async def bought(world: World, merchant: Merchant, quantity: int = 1) -> tuple[list[str], date]:
    """Buy hugggs, and tell their last day."""
    hugggs = await world.buy(merchant.product, quantity=quantity)
    return [huggg["id"] for huggg in hugggs], date.fromisoformat(hugggs[0]["expiry_date"])


async def ask(world: World, huggg: str, merchant: Merchant, *, segment: bool = True) -> httpx2.Response:
    body = {"segmentId": str(merchant.segments[0])} if segment else {}
    return await world.call("POST", f"/api/v2/hugggs/{huggg}/voucher", world.amara, body)


def code_of(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["embedded"]["vouchers"][0]["code"]


async def replaced(world: World, huggg: str) -> None:
    database, vault = world.platform.database, world.platform.vault
    issuers = Issuers(database, vault, IssuingService(world.platform.outgoing))
    await replace_code(database, vault, issuers, reference(vault, huggg), reason="Ticket 17")


async def end_codes(world: World) -> None:
    """Let the codes that hugggs have end a second ago."""
    ended = "valid_until = now() - interval '1 second', assigned_at = now() - interval '1 day'"
    await sql(world.platform.database, f"UPDATE codes SET {ended} WHERE assigned_at IS NOT NULL")  # noqa: S608
    await sql(world.platform.database, "UPDATE vouchers SET expires_at = now() - interval '1 second'")


async def holds(world: World) -> None:
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


# Drawing ---------------------------------------------------------------------------------------


async def test_the_code_that_outlasts_the_huggg_is_drawn_and_of_those_the_soonest_to_end(
    world: World, cinema: Merchant
) -> None:
    [huggg, later], last_day = await bought(world, cinema, 2)
    days = {"SHORT-77X1": -1, "EXACT-77X1": 0, "NEXT-77X1": 1}
    lines = [f"{code},{last_day + timedelta(days=after)}" for code, after in days.items()]
    await load(world.platform, cinema.segments[0], ["EVER-77X1", *lines])
    assert code_of(await ask(world, huggg, cinema)) == "EXACT-77X1"
    assert code_of(await ask(world, later, cinema)) == "NEXT-77X1"
    await holds(world)


async def test_where_no_code_lasts_the_huggg_is_refused_one_and_the_sentence_says_why(
    world: World, cinema: Merchant
) -> None:
    [huggg], last_day = await bought(world, cinema)
    await load(world.platform, cinema.segments[0], [f"SHORT-77X1,{last_day - timedelta(days=1)}"])
    async with nothing_moves(world.platform.database):
        answer = await ask(world, huggg, cinema)
    assert answer.status_code == 409
    assert answer.json()["error"] == (
        f"No codes of segment {cinema.segments[0]} are good as long as the huggg. Load others with"
        " `huggg codes import`, or give shorter ones with `huggg codes policy`."
    )
    await load(world.platform, cinema.segments[0], [f"LONG-77X1,{last_day}"])
    assert code_of(await ask(world, huggg, cinema)) == "LONG-77X1"


async def test_a_pool_may_give_the_code_that_lasts_longest_and_its_own_day_is_shown(
    world: World, cinema: Merchant
) -> None:
    [huggg, other, third], last_day = await bought(world, cinema, 3)
    days = [last_day - timedelta(days=before) for before in (9, 1, 5)]
    await load(world.platform, cinema.segments[0], [f"SHORT-{day:%m%d}-7X,{day}" for day in days])
    chosen = await pool_policy(
        world.platform.database, segment_id=cinema.segments[0], short_codes=ShortCodes.GIVEN
    )
    assert chosen == PoolPolicy(ShortCodes.GIVEN, EndedCodes.SHOWN)
    answer = await ask(world, huggg, cinema)
    assert code_of(answer) == f"SHORT-{days[1]:%m%d}-7X"
    shown = answer.json()["embedded"]["vouchers"][0]["expiry_date"]
    last_minute = datetime.combine(days[1], time(23, 59), ZoneInfo("Europe/London")).astimezone(UTC)
    assert shown == f"{last_minute:%Y-%m-%d %H:%M:%S}"
    assert answer.json()["data"]["expiry_date"] == str(last_day)
    assert code_of(await ask(world, other, cinema)) == f"SHORT-{days[2]:%m%d}-7X"
    await load(world.platform, cinema.segments[0], ["EVER-77X1"])
    assert code_of(await ask(world, third, cinema)) == "EVER-77X1"
    await holds(world)


async def test_a_purchase_counts_only_codes_that_last(world: World) -> None:
    merchant = await add_pool_merchant(world.platform)
    await load(world.platform, merchant.segments[0], ["EVER-77X1", "EVER-02PQ"])
    _, last_day = await bought(world, merchant)
    await load(world.platform, merchant.segments[0], [f"SHORT-77X1,{last_day - timedelta(days=1)}"])
    order = world.order(merchant.product, quantity=2)
    answer = await world.call("POST", "/api/v2/transactions", world.amara, order)
    assert answer.status_code == 409
    assert "Fewer than 2 codes" in answer.json()["error"]
    await pool_policy(
        world.platform.database, segment_id=merchant.segments[0], short_codes=ShortCodes.GIVEN
    )
    hugggs = await world.buy(merchant.product, quantity=2)
    assert {huggg["code"][:5] for huggg in hugggs} == {"EVER-", "SHORT"}
    await holds(world)


async def test_hugggs_with_different_last_days_that_draw_at_once_each_get_a_code_that_lasts(
    world: World, cinema: Merchant
) -> None:
    hugggs, last_day = await bought(world, cinema, 10)
    for number, huggg in enumerate(hugggs):
        await sql(
            world.platform.database,
            "UPDATE hugggs SET expires_at = expires_at + make_interval(days => $2::int),"
            " expiry_date = expiry_date + $2::int WHERE id = $1",
            UUID(huggg),
            number,
        )
    lines = [f"CODE-{number:02d}7X,{last_day + timedelta(days=number)}" for number in range(10)]
    await load(world.platform, cinema.segments[0], lines)
    answers = await asyncio.gather(*(ask(world, huggg, cinema) for huggg in hugggs))
    assert [code_of(answer) for answer in answers] == [f"CODE-{number:02d}7X" for number in range(10)]
    await holds(world)


# Replacing -------------------------------------------------------------------------------------


async def test_a_disputed_code_is_replaced_and_both_stay_on_record(
    world: World, cinema: Merchant
) -> None:
    [huggg], _ = await bought(world, cinema)
    await load(world.platform, cinema.segments[0], ["FIRST-77X1", "SECOND-77X1"])
    first = await ask(world, huggg, cinema)
    await replaced(world, huggg)
    second = await ask(world, huggg, cinema)
    assert {code_of(first), code_of(second)} == {"FIRST-77X1", "SECOND-77X1"}
    assert second.json()["data"]["code"] == code_of(second)
    assert len(second.json()["embedded"]["vouchers"]) == 1
    database = world.platform.database
    rows = await sql(database, "SELECT huggg_id, replaced_at IS NULL AS stands FROM codes ORDER BY 2")
    assert [(str(row["huggg_id"]), row["stands"]) for row in rows] == [(huggg, False), (huggg, True)]
    [event] = await sql(database, "SELECT data FROM events WHERE kind = 'voucher.replaced'")
    vouchers = [answer.json()["embedded"]["vouchers"][0]["id"] for answer in (first, second)]
    assert json.loads(event["data"]) == {
        "replaced": vouchers[0],
        "voucher_id": vouchers[1],
        "segment_id": str(cinema.segments[0]),
        "reason": "Ticket 17",
    }
    [level] = await pool_levels(database)
    assert (level.imported, level.free, level.reserved, level.assigned) == (2, 0, 0, 2)
    with pytest.raises(PoolEmpty):
        await replaced(world, huggg)
    assert (await ask(world, huggg, cinema)).json() == second.json()
    await holds(world)


@pytest.mark.parametrize("integration", [1, 3])
async def test_a_minted_code_is_replaced_by_another(world: World, integration: int) -> None:
    merchant = await add_merchant(world.platform, integration, segments=0)
    [huggg], _ = await bought(world, merchant)
    first = code_of(await ask(world, huggg, merchant, segment=False))
    await replaced(world, huggg)
    await replaced(world, huggg)
    assert code_of(await ask(world, huggg, merchant, segment=False)) != first
    assert (
        len(await sql(world.platform.database, "SELECT FROM codes WHERE replaced_at IS NOT NULL")) == 2
    )
    await holds(world)


async def test_two_who_replace_at_once_take_two_codes_at_most_and_leave_one_that_stands(
    world: World, cinema: Merchant
) -> None:
    [huggg], _ = await bought(world, cinema)
    await load(world.platform, cinema.segments[0], [f"CODE-77X{number}" for number in range(6)])
    await ask(world, huggg, cinema)
    await asyncio.gather(*(replaced(world, huggg) for _ in range(4)))
    states = await sql(
        world.platform.database,
        "SELECT count(*) FILTER (WHERE assigned_at IS NOT NULL AND replaced_at IS NULL) AS standing,"
        " count(replaced_at) AS replaced, count(lease_until) AS reserved FROM codes",
    )
    assert [tuple(row) for row in states] == [(1, 4, 0)]
    await holds(world)


async def test_codes_that_are_not_replaced(world: World, cinema: Merchant) -> None:
    database = world.platform.database
    await load(world.platform, cinema.segments[0], [f"CODE-77X{number}" for number in range(9)])

    async def refuses(huggg: str, refusal: type[Refusal]) -> None:
        async with nothing_moves(database):
            with pytest.raises(refusal):
                await replaced(world, huggg)

    await refuses(str(new_id()), HugggNotFound)
    [bare, ended, cancelled, spent], _ = await bought(world, cinema, 4)
    await refuses(bare, NoVoucher)
    for huggg in (ended, cancelled, spent):
        await ask(world, huggg, cinema)
    await sql(database, "UPDATE hugggs SET cancelled_at = now() WHERE id = $1", UUID(cancelled))
    await refuses(cancelled, CancelledHuggg)
    await sql(database, "UPDATE hugggs SET expires_at = now() WHERE id = $1", UUID(ended))
    await refuses(ended, ExpiredWithoutVoucher)
    await sql(database, "UPDATE hugggs SET redemption_id = id WHERE id = $1", UUID(spent))
    await refuses(spent, RedeemedWithoutVoucher)
    for integration in (2, 5):
        merchant = await add_merchant(world.platform, integration, segments=0)
        [own], _ = await bought(world, merchant)
        await ask(world, own, merchant, segment=False)
        await refuses(own, CannotReplace)
    served = await add_merchant(world.platform, 1, segments=0)
    [promised], _ = await bought(world, served)
    await set_issuer(
        database,
        world.platform.vault,
        world.platform.outgoing,
        scope_id=served.brand,
        kind=IssuerKind.HTTP,
        url="http://127.0.0.1:9/codes",
    )
    await refuses(promised, CannotReplace)


# The next ask ----------------------------------------------------------------------------------


async def test_a_code_that_ended_is_shown_as_published_unless_its_pool_replaces_it(
    world: World, cinema: Merchant
) -> None:
    [huggg], _ = await bought(world, cinema)
    await load(world.platform, cinema.segments[0], ["FIRST-77X1"])
    assert code_of(await ask(world, huggg, cinema)) == "FIRST-77X1"
    await end_codes(world)
    async with nothing_moves(world.platform.database):
        assert code_of(await ask(world, huggg, cinema)) == "FIRST-77X1"
    await pool_policy(
        world.platform.database, segment_id=cinema.segments[0], ended_codes=EndedCodes.REPLACED
    )
    empty = await ask(world, huggg, cinema)
    assert (empty.status_code, "are left for segment" in empty.json()["error"]) == (409, True)
    await load(world.platform, cinema.segments[0], ["SECOND-77X1", "THIRD-77X1"])
    answers = await asyncio.gather(*(ask(world, huggg, cinema, segment=False) for _ in range(5)))
    assert {code_of(answer) for answer in answers} <= {"SECOND-77X1", "THIRD-77X1"}
    assert len({code_of(answer) for answer in answers}) == 1
    [event] = await sql(world.platform.database, "SELECT * FROM events WHERE kind = 'voucher.replaced'")
    assert event["user_id"] == world.amara.id
    assert json.loads(event["data"])["reason"] == "The code ended before the huggg."
    await holds(world)


async def test_a_code_is_replaced_at_the_next_ask_only_while_its_huggg_is_good(
    world: World, cinema: Merchant
) -> None:
    [huggg], _ = await bought(world, cinema)
    database = world.platform.database
    await load(world.platform, cinema.segments[0], ["FIRST-77X1", "SECOND-77X1"])
    await pool_policy(database, segment_id=cinema.segments[0], ended_codes=EndedCodes.REPLACED)
    first = code_of(await ask(world, huggg, cinema))
    assert code_of(await ask(world, huggg, cinema)) == first
    await end_codes(world)
    await sql(database, "UPDATE hugggs SET expires_at = now()")
    assert code_of(await ask(world, huggg, cinema)) == first
    await sql(database, "UPDATE hugggs SET expires_at = now() + interval '9 days', redemption_id = id")
    assert code_of(await ask(world, huggg, cinema)) == first


async def test_a_code_that_ended_is_replaced_by_the_issuer_of_its_own_segment(world: World) -> None:
    cinema, database = await add_merchant(world.platform, 4), world.platform.database
    [huggg], _ = await bought(world, cinema)
    own, other = cinema.segments
    await set_issuer(
        database, world.platform.vault, world.platform.outgoing, scope_id=other, kind=IssuerKind.MINTED
    )
    await load(world.platform, own, ["FIRST-77X1"])
    await pool_policy(database, segment_id=own, ended_codes=EndedCodes.REPLACED)
    assert code_of(await ask(world, huggg, cinema)) == "FIRST-77X1"
    await end_codes(world)
    await load(world.platform, own, ["SECOND-77X1"])
    path, body = f"/api/v2/hugggs/{huggg}/voucher", {"segmentId": str(other)}
    answer = await world.call("POST", path, world.amara, body)
    assert code_of(answer) == "SECOND-77X1"
    assert answer.json()["embedded"]["vouchers"][0]["segment_id"] == str(own)
    await holds(world)


async def test_a_segment_without_a_pool_has_no_policy(world: World, cinema: Merchant) -> None:
    assert await pool_policy(world.platform.database, segment_id=cinema.segments[0]) is None

"""A scheduled huggg before its day: there for its sender alone, and of no use to others yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from huggg.hugggs.huggg import is_there_for
from huggg.identity.caller import UserKind
from huggg.identity.create import ClientCredentials, create_client
from huggg.identity.log_in import open_session
from huggg.identity.role import Role
from huggg.kit.ids import new_id
from huggg.redemptions import redeem
from huggg.vouchers import generate
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.issuers.issuer import Need
from huggg.vouchers.voucher import VoucherPlan
from tests.support.life import link_of
from tests.support.merchants import add_merchant, load
from tests.support.people import add_user
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.values import AMARA, BO, NOW, redemption
from tests.support.world import Person, World, token_for

NOT_FOUND = (404, {"error": "huggg not found"})
NOT_YET = (405, {"error": "huggg is scheduled and cannot be redeemed yet."})

MOMENT = timedelta(microseconds=1)


@pytest.fixture
async def huggg(world: World) -> dict[str, Any]:
    """Let Amara buy a huggg for Bo, to be sent tomorrow."""
    day = await scalar(world.platform.database, "SELECT (now() AT TIME ZONE 'Europe/London')::date + 1")
    (bought,) = await world.buy(sendDate=str(day), receivers=[{"user_id": str(world.bo.id)}])
    return bought


@pytest.fixture
async def own(world: World) -> dict[str, Any]:
    """Let Amara buy a huggg without a receiver, to be sent tomorrow."""
    day = await scalar(world.platform.database, "SELECT (now() AT TIME ZONE 'Europe/London')::date + 1")
    (bought,) = await world.buy(sendDate=str(day))
    return bought


@pytest.fixture
async def page(world: World) -> str:
    """Have a client that is trusted to show hugggs to the holders of their links."""
    credentials = ClientCredentials("gift-page", "a-secret")
    platform = world.platform
    await create_client(platform.database, platform.vault, credentials, name="page", shows_hugggs=True)
    pair = await open_session(platform.database, platform.vault, client_id="gift-page", user_id=None)
    return pair.access


async def its_day_comes(world: World, huggg: dict[str, Any]) -> None:
    """Send it at the very instant of the statement."""
    sent = "UPDATE hugggs SET sent_at = now() WHERE id = $1"
    await sql(world.platform.database, sent, UUID(huggg["id"]))


async def answer(
    world: World, method: str, path: str, caller: Person | str, body: Any = None
) -> tuple[int, Any]:
    got = await world.call(method, path, caller, body)
    return got.status_code, got.json()


def uses(huggg: str) -> list[tuple[str, str, Any]]:
    return [
        ("GET", f"/api/v2/hugggs/{huggg}/product/adjustment-codes", None),
        ("POST", f"/api/v2/hugggs/{huggg}/redemptions", {"location_id": "bristol17"}),
        ("POST", f"/api/v2/hugggs/{huggg}/voucher", {}),
        ("POST", f"/api/v2/hugggs/{huggg}/voucher/claimed", {}),
    ]


@pytest.mark.parametrize("name", ["id", "shortcode"])
async def test_before_its_day_a_till_its_receiver_and_a_page_find_no_huggg(
    world: World, huggg: dict[str, Any], page: str, name: str
) -> None:
    async with nothing_moves(world.platform.database):
        for method, path, body in uses(huggg[name]):
            callers: list[Person | str] = [world.till, world.bo, world.cleo, page]
            for caller in callers:
                assert await answer(world, method, path, caller, body) == NOT_FOUND, (path, caller)
        for path in (f"/api/v2/hugggs/{huggg[name]}", f"/api/v2/huggg/get/{huggg[name]}"):
            for reader in (world.bo, world.cleo, world.till):
                assert await answer(world, "GET", path, reader) == NOT_FOUND


async def test_on_its_day_all_of_them_find_it(world: World, huggg: dict[str, Any], page: str) -> None:
    await its_day_comes(world, huggg)
    of_huggg = f"/api/v2/hugggs/{huggg['id']}"
    for caller in (world.bo, world.amara):
        assert (await answer(world, "GET", of_huggg, caller))[0] == 200
    assert (await answer(world, "GET", f"{of_huggg}/product/adjustment-codes", world.till))[0] == 200
    for holder in (world.bo, page):
        assert (await answer(world, "POST", f"{of_huggg}/voucher", holder, {}))[0] == 200
    assert (await world.redeem(huggg["id"])).status_code == 201


async def test_its_receiver_is_not_told_of_it_and_it_is_not_counted(
    world: World, huggg: dict[str, Any]
) -> None:
    received = "/api/v2/hugggs/received"
    before = (await answer(world, "GET", received, world.bo))[1]
    assert (before["total"], before["data"]) == (0, [])
    await its_day_comes(world, huggg)
    after = (await answer(world, "GET", received, world.bo))[1]
    assert (after["total"], [shown["id"] for shown in after["data"]]) == (1, [huggg["id"]])


async def test_its_sender_sees_it_wherever_senders_look(world: World, huggg: dict[str, Any]) -> None:
    of_transaction = f"/api/v2/transactions/{huggg['transaction_id']}/hugggs"
    for path in (of_transaction, "/api/v2/hugggs/sent"):
        status, listed = await answer(world, "GET", path, world.amara)
        assert (status, [shown["id"] for shown in listed["data"]]) == (200, [huggg["id"]])
    page = (await answer(world, "POST", "/api/v2/search", world.amara, {}))[1]
    assert [shown["id"] for shown in page["data"]] == [huggg["id"]]
    shown = (await answer(world, "GET", f"/api/v2/hugggs/{huggg['id']}", world.amara))[1]["data"]
    assert (shown["status"], shown["status_code"]) == (12, "UC")


async def test_a_receiver_who_searches_finds_nothing_of_it(world: World, huggg: dict[str, Any]) -> None:
    await its_day_comes(world, huggg)
    assert await answer(world, "POST", "/api/v2/search", world.bo, {}) == (200, {"data": []})


async def test_a_member_whose_role_shows_the_order_sees_it_too(
    world: World, huggg: dict[str, Any]
) -> None:
    team = await scalar(
        world.platform.database, "SELECT team_id FROM users WHERE id = $1", world.amara.id
    )
    viewer = await add_user(
        world.platform.database, name="viewer", kind=UserKind.CUSTOMER, team_id=team, role=Role.VIEWER
    )
    token = await token_for(world.platform, viewer)
    assert (await answer(world, "GET", f"/api/v2/hugggs/{huggg['id']}", token))[0] == 200


async def test_its_sender_is_told_that_it_is_not_to_be_used_yet(
    world: World, own: dict[str, Any]
) -> None:
    async with nothing_moves(world.platform.database):
        for method, path, body in uses(own["id"])[1:]:
            assert await answer(world, method, path, world.amara, body) == NOT_YET
    await its_day_comes(world, own)
    for method, path, body in reversed(uses(own["id"])[1:]):
        assert (await answer(world, method, path, world.amara, body))[0] in (200, 201)


async def test_its_voucher_is_drawn_from_no_pool_before_its_day(world: World) -> None:
    cinema = await add_merchant(world.platform, 4)
    await load(world.platform, cinema.segments[0], ["LONDON-7GQ2-KX"])
    day = await scalar(world.platform.database, "SELECT (now() AT TIME ZONE 'Europe/London')::date + 1")
    (huggg,) = await world.buy(
        cinema.product, sendDate=str(day), receivers=[{"user_id": str(world.bo.id)}]
    )
    path, body = f"/api/v2/hugggs/{huggg['id']}/voucher", {"segmentId": str(cinema.segments[0])}
    async with nothing_moves(world.platform.database):
        assert await answer(world, "POST", path, world.bo, body) == NOT_FOUND
        assert await answer(world, "POST", path, world.amara, body) == NOT_YET
    await its_day_comes(world, huggg)
    status, page = await answer(world, "POST", path, world.bo, body)
    assert (status, page["data"]["code"]) == (200, "LONDON-7GQ2-KX")


async def test_a_huggg_can_be_claimed_from_the_instant_it_is_sent(
    world: World, own: dict[str, Any]
) -> None:
    database, huggg_id = world.platform.database, UUID(own["id"])
    path = f"/api/v2/hugggs/{huggg_id}/claim"
    async with nothing_moves(database):
        refused = await world.call("POST", path, world.bo)
        assert (refused.status_code, refused.json()) == NOT_FOUND
        refused = await world.call("POST", path, world.amara)
        assert refused.status_code == 409
        assert refused.json() == {"error": "huggg is scheduled and not sent yet."}
    await sql(database, "UPDATE hugggs SET sent_at = now() WHERE id = $1", huggg_id)
    assert (await world.call("POST", path, world.bo)).status_code == 201


async def test_no_statement_spends_a_huggg_or_makes_its_voucher_before_its_day(
    world: World, own: dict[str, Any]
) -> None:
    database, vault, huggg_id = world.platform.database, world.platform.vault, UUID(own["id"])
    sent_at = await scalar(database, "SELECT sent_at FROM hugggs WHERE id = $1", huggg_id)
    link = await link_of(database, huggg_id)

    async def spend(now: datetime) -> bool:
        new_redemption = redemption(
            id=new_id(), huggg_id=huggg_id, brand_id=world.harbour, created_at=now
        )
        return await redeem.insert_redemption(database, vault, new_redemption, link=link)

    async def make_voucher(now: datetime) -> bool:
        need = Need(huggg_id, world.harbour, world.coffee, None, value=0, expires_at=NOW, now=now)
        plan = VoucherPlan(need, integration_of(2), "", None, link)
        voucher = await generate.insert_voucher(database, vault, plan, None, caller=None, now=now)
        return voucher is not None

    async with nothing_moves(database):
        assert not await spend(sent_at - MOMENT)
        assert not await make_voucher(sent_at - MOMENT)
    assert await make_voucher(sent_at)
    assert await spend(sent_at)


@pytest.mark.parametrize("user_id", [AMARA, BO, None])
def test_from_the_instant_it_is_sent_it_is_there_and_before_it_for_its_sender(
    user_id: UUID | None,
) -> None:
    assert is_there_for(user_id, sender_id=AMARA, sent_at=NOW, now=NOW)
    early = is_there_for(user_id, sender_id=AMARA, sent_at=NOW, now=NOW - MOMENT)
    assert early is (user_id == AMARA)

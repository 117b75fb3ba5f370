"""`POST /api/v2/hugggs/{id}/voucher`, as a client meets it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import httpx2
import pytest

from huggg.database.doctor import examine
from huggg.identity.create import ClientCredentials, create_client
from huggg.identity.log_in import open_session
from huggg.kit.ids import new_id
from tests.support.merchants import Merchant, add_merchant, add_pool_merchant, load
from tests.support.silence import nothing_moves
from tests.support.world import Person, World

HUGGG_KEYS = (
    "id sender_id receiver_id created_at updated_at purchase_id code expiry_date vid redeem_code"
    " shortcode reminder_sent type transaction_id account_id order_id deleted_at assigned_date"
    " assigned_client viewed_date viewed_client cover_image_url theme_id sent_date message_id voucher_id"
    " redeemed_id is_expired hug_status status_code status image_url launch_url theme_info"
    " reminders_sent"
)
VOUCHER_KEYS = "id code huggg_id segment_id expiry_date created_at updated_at"


@pytest.fixture
async def cinema(world: World) -> Merchant:
    merchant = await add_merchant(world.platform, 4)
    await load(world.platform, merchant.segments[0], ["LONDON-7GQ2-KX", "LONDON-M4WZ-81"])
    return merchant


async def ask(
    world: World, huggg: str, caller: Person | str | None = None, path: str = "voucher", **body: Any
) -> httpx2.Response:
    return await world.call("POST", f"/api/v2/hugggs/{huggg}/{path}", caller or world.amara, body)


async def holds(world: World) -> None:
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


@pytest.mark.parametrize("path", ["voucher", "voucher/claimed"])
async def test_bo_picks_a_region_and_sees_the_code(world: World, cinema: Merchant, path: str) -> None:
    (huggg,) = await world.buy(cinema.product, receivers=[{"user_id": str(world.bo.id)}])
    assert (huggg["code"], huggg["voucher_id"]) == ("", None)
    region = str(cinema.segments[0])

    answer = await ask(
        world, huggg["shortcode"], world.bo, path, segmentId=region, embed=["voucher.segment"]
    )

    assert answer.status_code == 200
    data, embedded = answer.json()["data"], answer.json()["embedded"]
    [voucher] = embedded["vouchers"]
    assert " ".join(data) == HUGGG_KEYS
    assert " ".join(voucher) == VOUCHER_KEYS
    assert data["code"] == voucher["code"] != ""
    assert voucher["code"].startswith("LONDON-")
    assert data["voucher_id"] == voucher["id"]
    assert data["updated_at"] == voucher["updated_at"]
    assert voucher["huggg_id"] == data["id"] == huggg["id"]
    assert (voucher["segment_id"], voucher["created_at"]) == (region, None)
    assert embedded["segments"] == [{"id": region, "name": "Region 0"}]
    assert data["redeemed_id"] == ""
    datetime.strptime(data["created_at"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - published without zone
    await holds(world)


async def test_a_later_call_returns_the_first_voucher(world: World, cinema: Merchant) -> None:
    (huggg,) = await world.buy(cinema.product)
    first = await ask(world, huggg["id"], segmentId=str(cinema.segments[0]))
    same = await ask(world, huggg["id"], segmentId=str(cinema.segments[0]))
    path = f"/api/v2/hugggs/{huggg['id']}/voucher?embed[]=voucher"
    bare = await world.call("POST", path, world.amara)
    assert first.json() == same.json() == bare.json()


async def test_a_voucher_that_exists_is_returned_for_each_segment_that_is_asked_for(
    world: World, cinema: Merchant
) -> None:
    (huggg,) = await world.buy(cinema.product)
    first = await ask(world, huggg["id"], segmentId=str(cinema.segments[0]))
    async with nothing_moves(world.platform.database):
        for segment_id in (str(cinema.segments[1]), str(new_id()), "nonsense"):
            other = await ask(world, huggg["id"], segmentId=segment_id)
            assert (other.status_code, other.json()) == (200, first.json())
            assert other.headers["Huggg-Ignored"] == "body.segmentId"
    same = await ask(world, huggg["id"], segmentId=str(cinema.segments[0]).upper())
    assert "Huggg-Ignored" not in same.headers
    assert "Huggg-Ignored" not in (await ask(world, huggg["id"])).headers


async def test_calls_for_two_segments_at_once_get_one_voucher(world: World, cinema: Merchant) -> None:
    await load(world.platform, cinema.segments[1], ["NORTH-6PXC-2A", "NORTH-0DRT-5K"])
    (huggg,) = await world.buy(cinema.product)
    answers = await asyncio.gather(
        *(ask(world, huggg["id"], segmentId=str(cinema.segments[place % 2])) for place in range(20))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["embedded"]["vouchers"][0]["id"] for answer in answers}) == 1
    await holds(world)


async def test_a_voucher_of_no_segment_is_shown_whatever_segment_is_asked(world: World) -> None:
    minting = await add_merchant(world.platform, 1, segments=1)
    (huggg,) = await world.buy(minting.product)
    answer = await ask(world, huggg["id"], segmentId=str(minting.segments[0]))
    assert (answer.status_code, answer.json()["data"]["code"]) == (200, huggg["code"])


async def test_fifty_at_once_get_one_voucher_and_take_one_code(world: World, cinema: Merchant) -> None:
    (huggg,) = await world.buy(cinema.product)
    region = str(cinema.segments[0])
    answers = await asyncio.gather(*(ask(world, huggg["id"], segmentId=region) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["code"] for answer in answers}) == 1

    (another,) = await world.buy(cinema.product)
    assert (await ask(world, another["id"], segmentId=region)).status_code == 200
    await holds(world)


async def test_twins_share_the_last_code(world: World) -> None:
    cinema = await add_merchant(world.platform, 4)
    await load(world.platform, cinema.segments[0], ["LONDON-LAST-ONE"])
    (huggg,) = await world.buy(cinema.product)
    region = str(cinema.segments[0])
    answers = await asyncio.gather(*(ask(world, huggg["id"], segmentId=region) for _ in range(20)))
    assert {(a.status_code, a.json()["data"]["code"]) for a in answers} == {(200, "LONDON-LAST-ONE")}


async def test_an_empty_pool_says_what_to_do_about_it(world: World, cinema: Merchant) -> None:
    hugggs = await world.buy(cinema.product, quantity=3)
    region = str(cinema.segments[0])
    answers = [await ask(world, huggg["id"], segmentId=region) for huggg in hugggs]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert answers[2].json() == {
        "error": f"No codes are left for segment {region}. Load more with `huggg codes import`."
    }
    await load(world.platform, cinema.segments[0], ["LONDON-FRESH-99"])
    again = await ask(world, hugggs[2]["id"], segmentId=region)
    assert again.json()["data"]["code"] == "LONDON-FRESH-99"
    await holds(world)


@pytest.mark.parametrize(
    ("segment", "sentence"),
    [
        (None, "segmentId: is required for this product; embed purchase.segments to see its segments."),
        ("a_segment_id", "segmentId: is not a segment of this huggg's product."),
        ("11111111-1111-4111-8111-111111111111", "segmentId: is not a segment of this huggg's product."),
    ],
)
async def test_a_segment_that_is_missing_or_foreign(
    world: World, cinema: Merchant, segment: str | None, sentence: str
) -> None:
    (huggg,) = await world.buy(cinema.product)
    answer = await ask(world, huggg["id"], segmentId=segment)
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    listed = await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)
    assert listed.json()["data"]["voucher_id"] is None


async def test_refusals_come_in_their_order_and_leave_nothing(world: World, cinema: Merchant) -> None:
    (redeemed,) = await world.buy()
    (expired,) = await world.buy(cinema.product)
    await world.redeem(redeemed["id"])
    async with world.platform.database.transaction() as connection:
        await connection.execute(
            "UPDATE hugggs SET expiry_date = '2026-01-01', created_at = '2025-01-01',"
            " expires_at = last_instant('2026-01-01', 'Europe/London') WHERE id = $1",
            expired["id"],
        )
    region = str(cinema.segments[0])
    answers = [
        await ask(world, "nosuchshortcode1", segmentId=region),
        await ask(world, expired["id"], world.cleo, segmentId=region),
        await ask(world, redeemed["id"]),
        await ask(world, expired["id"], segmentId=region),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [
        (404, "huggg not found"),
        (404, "huggg not found"),
        (405, "huggg already redeemed."),
        (405, "huggg is expired and cannot be redeemed."),
    ]
    async with world.platform.database.transaction() as connection:
        assert await connection.fetchval("SELECT count(*) FROM vouchers") == 0
        assert await connection.fetchval("SELECT count(*) FROM codes WHERE huggg_id IS NOT NULL") == 0


async def test_a_client_that_is_trusted_shows_a_huggg_and_another_does_not(
    world: World, cinema: Merchant
) -> None:
    (huggg,) = await world.buy(cinema.product)
    trusted = ClientCredentials("page", "page-secret")
    database, vault = world.platform.database, world.platform.vault
    await create_client(database, vault, trusted, name="page", shows_hugggs=True)
    page = (await open_session(database, vault, client_id="page", user_id=None)).access
    stranger = (await open_session(database, vault, client_id="page", user_id=world.cleo.id)).access
    region = str(cinema.segments[0])
    assert (await ask(world, huggg["id"], world.client_token, segmentId=region)).status_code == 404
    assert (await ask(world, huggg["id"], stranger, segmentId=region)).status_code == 404
    assert (await ask(world, huggg["id"], page, segmentId=region)).status_code == 200


@pytest.mark.parametrize(("integration", "shows"), [(2, ""), (5, "shortcode"), (6, "shortcode")])
async def test_a_brand_without_an_issuer_shows_the_huggg_itself_or_nothing(
    world: World, integration: int, shows: str
) -> None:
    merchant = await add_merchant(world.platform, integration)
    (huggg,) = await world.buy(merchant.product)
    assert huggg["code"] == ""
    answer = (await ask(world, huggg["id"])).json()
    expected = huggg[shows] if shows else ""
    assert answer["data"]["code"] == answer["embedded"]["vouchers"][0]["code"] == expected
    assert answer["data"]["voucher_id"] == answer["embedded"]["vouchers"][0]["id"]
    await holds(world)


async def test_a_list_shows_the_code_too(world: World, cinema: Merchant) -> None:
    (huggg,) = await world.buy(cinema.product)
    voucher = (await ask(world, huggg["id"], segmentId=str(cinema.segments[0]))).json()
    sent = (await world.call("GET", "/api/v2/hugggs/sent?embed[]=voucher.segment", world.amara)).json()
    assert sent["data"][0]["code"] == voucher["data"]["code"]
    assert sent["data"][0]["created_at"] == "today"
    assert sent["data"][0]["redeemed_id"] is None
    assert sent["embedded"]["vouchers"] == voucher["embedded"]["vouchers"]


async def test_nothing_above_six_works_before_an_issuer_is_configured(world: World) -> None:
    merchant = await add_merchant(world.platform, 7)
    (huggg,) = await world.buy(merchant.product)
    answer = await ask(world, huggg["id"])
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("No issuer is configured for this brand")


async def test_an_unknown_huggg_by_id(world: World) -> None:
    answer = await ask(world, str(new_id()))
    assert (answer.status_code, answer.json()) == (404, {"error": "huggg not found"})


@pytest.mark.parametrize("at_purchase", [True, False])
async def test_a_code_without_an_end_is_shown_with_that_of_its_huggg(
    world: World, *, at_purchase: bool
) -> None:
    shop = await (add_pool_merchant(world.platform) if at_purchase else add_merchant(world.platform, 4))
    await load(world.platform, shop.segments[0], ["ENDLESS-7GQ2-KX"])
    (huggg,) = await world.buy(
        shop.product, expiryDate="2027-07-31", receivers=[{"user_id": str(world.bo.id)}]
    )
    segment = {} if at_purchase else {"segmentId": str(shop.segments[0])}
    shown = [(await ask(world, huggg["id"], **segment)).json()]
    for path, reader in (
        (f"hugggs/{huggg['id']}", world.amara),
        (f"transactions/{huggg['transaction_id']}/hugggs", world.amara),
        ("hugggs/sent", world.amara),
        ("hugggs/received", world.bo),
    ):
        shown.append((await world.call("GET", f"/api/v2/{path}?embed[]=voucher", reader)).json())
    ends = [answer["embedded"]["vouchers"][0]["expiry_date"] for answer in shown]
    assert ends == ["2027-07-31 22:59:00"] * 5  # the last minute in London, where the brand is


@pytest.mark.parametrize("integration", [1, 5])
async def test_the_end_of_a_code_without_one_of_its_own_follows_its_huggg(
    world: World, integration: int
) -> None:
    shop = await add_merchant(world.platform, integration, segments=0)
    (huggg,) = await world.buy(shop.product, expiryDate="2027-07-31")
    assert (await ask(world, huggg["id"])).status_code == 200
    path = f"/api/v2/hugggs/{huggg['id']}"
    changed = await world.call("PATCH", path, world.amara, {"expiryDate": "2027-08-31"})
    assert changed.status_code == 200
    shown = (await world.call("GET", f"{path}?embed[]=voucher", world.amara)).json()
    assert shown["embedded"]["vouchers"][0]["expiry_date"] == "2027-08-31 22:59:00"

"""Codes that come with the purchase, from the mint, a pool, or a brand's own service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from huggg.database.doctor import examine
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.vouchers import crockford
from huggg.vouchers.configure import set_issuer
from huggg.vouchers.errors import UnknownScope
from huggg.vouchers.issuers import http, service
from huggg.vouchers.issuers.issuer import IssuerKind
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.issuers.service import IssuingService
from huggg.vouchers.settle import settle_due
from tests.support.issuing_service import FakeService, issuing_service
from tests.support.merchants import Merchant, add_merchant, add_pool_merchant, load
from tests.support.sql import sql
from tests.support.world import World


@pytest.fixture
async def fake() -> AsyncIterator[FakeService]:
    async with issuing_service() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 2.0)


async def holds(world: World) -> None:
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


async def asks(world: World, fake: FakeService, merchant: Merchant) -> None:
    """Let the brand's own service make its codes."""
    secret = await set_issuer(
        world.platform.database,
        world.platform.vault,
        scope_id=merchant.brand,
        kind=IssuerKind.HTTP,
        url=fake.url,
    )
    assert secret is not None
    fake.secret = secret


async def settle(world: World, *, timeout_seconds: float = 0.3) -> int:
    """Let the reconciler come round, everything being due."""
    database, vault = world.platform.database, world.platform.vault
    await sql(database, "UPDATE issuances SET next_at = now() WHERE settled_at IS NULL")
    issuers = Issuers(database, vault, IssuingService(timeout_seconds))
    try:
        return await settle_due(database, vault, issuers)
    finally:
        await issuers.close()


@pytest.mark.parametrize("integration", [1, 3])
async def test_a_minted_code_is_there_from_the_purchase_on(world: World, integration: int) -> None:
    merchant = await add_merchant(world.platform, integration, segments=0)
    hugggs = await world.buy(merchant.product, quantity=3)
    assert len({huggg["code"] for huggg in hugggs}) == 3
    assert all(crockford.canonical(huggg["code"]) for huggg in hugggs)
    answer = (await world.call("POST", f"/api/v2/hugggs/{hugggs[0]['id']}/voucher", world.amara)).json()
    assert answer["data"]["code"] == hugggs[0]["code"]
    assert answer["embedded"]["vouchers"][0]["id"] == hugggs[0]["voucher_id"]
    await holds(world)


async def test_a_purchase_draws_from_a_pool_all_or_nothing(world: World) -> None:
    merchant = await add_pool_merchant(world.platform)
    await load(world.platform, merchant.segments[0], ["EAGLE-77X1", "EAGLE-02PQ", "EAGLE-5NN8"])
    order = world.order(merchant.product, quantity=4)
    refused = await world.call("POST", "/api/v2/transactions", world.amara, order)
    assert refused.status_code == 409
    assert refused.json()["error"].startswith("Fewer than 4 codes are left for segment")
    bought = await world.buy(merchant.product, quantity=3)
    assert {huggg["code"] for huggg in bought} == {"EAGLE-77X1", "EAGLE-02PQ", "EAGLE-5NN8"}
    await holds(world)


async def test_a_service_is_asked_once_the_purchase_stands(world: World, fake: FakeService) -> None:
    merchant = await add_merchant(world.platform, 1, segments=0)
    await asks(world, fake, merchant)
    (huggg,) = await world.buy(merchant.product)
    assert (huggg["code"], fake.requests) == ("", [])
    assert await settle(world) == 1
    shown = (await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)).json()["data"]
    assert [shown["code"]] == next(iter(fake.issued.values()))
    assert await settle(world) == 0
    await holds(world)


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("accident", ["die", "hang", "fail"])
async def test_an_unknown_outcome_is_reconciled_and_never_issued_twice(
    world: World,
    fake: FakeService,
    accident: str,
    forgetful: bool,  # noqa: FBT001
) -> None:
    merchant = await add_merchant(world.platform, 1, segments=0)
    await asks(world, fake, merchant)
    fake.behaviour.append(accident)
    fake.forgetful = forgetful
    (huggg,) = await world.buy(merchant.product)
    await settle(world)
    shown = (await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)).json()["data"]
    assert [[shown["code"]]] == list(fake.issued.values())
    await holds(world)


async def test_a_service_that_is_down_is_asked_again_by_whoever_comes(
    world: World, fake: FakeService
) -> None:
    merchant = await add_merchant(world.platform, 7, segments=0)
    await asks(world, fake, merchant)
    fake.behaviour.extend(["fail", "fail", "fail"])
    (huggg,) = await world.buy(merchant.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    down = await world.call("POST", path, world.amara)
    assert down.status_code == 503
    assert down.json() == {"error": "The brand's code service has not answered yet. Please try again."}
    up = await world.call("POST", path, world.amara)
    assert up.status_code == 200
    assert up.json()["embedded"]["vouchers"][0]["expiry_date"] == "2028-01-01 00:00:00"
    assert len(fake.issued) == 1
    await holds(world)


async def test_many_at_once_are_one_request(world: World, fake: FakeService) -> None:
    merchant = await add_merchant(world.platform, 7, segments=0)
    await asks(world, fake, merchant)
    (huggg,) = await world.buy(merchant.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    answers = await asyncio.gather(*(world.call("POST", path, world.amara) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert fake.requests == ["POST"]


async def test_a_refusal_is_told_and_leaves_no_voucher(world: World, fake: FakeService) -> None:
    merchant = await add_merchant(world.platform, 7, segments=0)
    await asks(world, fake, merchant)
    fake.behaviour.append("refuse")
    (huggg,) = await world.buy(merchant.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    for _ in range(2):
        answer = await world.call("POST", path, world.amara)
        assert (answer.status_code, answer.json()) == (
            409,
            {"error": "The brand's code service refused: Campaign is over."},
        )
    assert fake.requests == ["POST"]
    await holds(world)


async def test_an_issuer_is_configured_with_care(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    with pytest.raises(Invalid):
        await set_issuer(
            database,
            vault,
            scope_id=world.harbour,
            kind=IssuerKind.HTTP,
            url="http://shop.example/codes",
        )
    with pytest.raises(UnknownScope):
        await set_issuer(database, vault, scope_id=new_id(), kind=IssuerKind.MINTED)

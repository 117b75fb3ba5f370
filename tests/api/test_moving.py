"""Moves of hugggs beside the calls of the receiver before, and after their calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.database.doctor import examine
from huggg.vouchers.configure import set_issuer
from huggg.vouchers.issuers.issuer import IssuerKind
from tests.support.issuing_service import FakeService, issuing_service
from tests.support.merchants import add_merchant
from tests.support.world import Person, World

Shown = dict[str, Any]


@pytest.fixture
async def world(world: World) -> AsyncIterator[World]:
    """A world that is sound at the end."""
    yield world
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


async def bought_for_bo(world: World, product: UUID | None = None) -> Shown:
    """Buy a huggg for Bo, by a call whose answer has its code."""
    (huggg,) = await world.buy(product, receivers=[{"user_id": str(world.bo.id)}])
    return huggg


async def move(world: World, huggg: str, to: Person) -> httpx2.Response:
    """Let Amara give a huggg to another receiver."""
    body = {"receiver": {"user_id": str(to.id)}}
    return await world.call("PATCH", f"/api/v2/hugggs/{huggg}", world.amara, body)


async def show(world: World, huggg: str, caller: Person | str) -> Shown:
    answer = await world.call("GET", f"/api/v2/hugggs/{huggg}", caller)
    return dict(answer.json()["data"])


@pytest.fixture
async def service() -> AsyncIterator[FakeService]:
    """The service of a brand, which makes its codes."""
    async with issuing_service() as running:
        yield running


async def moved_during_the_call(
    world: World, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> Shown:
    """Buy for Bo a huggg whose service takes so long that the huggg moves to Cleo meanwhile."""
    merchant = await add_merchant(world.platform, 1, segments=0)
    secret = await set_issuer(
        world.platform.database,
        world.platform.vault,
        world.platform.outgoing,
        scope_id=merchant.brand,
        kind=IssuerKind.HTTP,
        url=service.url,
    )
    service.secret = secret or ""
    huggg = await bought_for_bo(world, merchant.product)
    issue = service._issue

    async def move_and_issue(key: str) -> Any:
        monkeypatch.setattr(service, "_issue", issue)
        assert (await move(world, huggg["id"], world.cleo)).status_code == 200
        return await issue(key)

    monkeypatch.setattr(service, "_issue", move_and_issue)
    return huggg


async def test_a_receiver_who_waits_for_a_code_gets_none_of_the_next_receivers(
    world: World, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await moved_during_the_call(world, service, monkeypatch)
    answer = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.bo, {})
    assert (answer.status_code, answer.json()) == (404, {"error": "huggg not found"})
    [[code]] = service.issued.values()
    assert (await show(world, huggg["id"], world.cleo))["code"] == code


async def test_an_old_page_that_waits_for_a_code_says_that_the_gift_moved(
    world: World, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await moved_during_the_call(world, service, monkeypatch)
    path = f"/{huggg['shortcode']}/code"
    page = await world.http.post(path, headers={"Sec-Fetch-Site": "same-origin"})
    [[code]] = service.issued.values()
    assert page.status_code == 410
    assert code not in page.text

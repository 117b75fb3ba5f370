"""Another's thing costs a stranger the same statements as a missing one, on every route."""

from __future__ import annotations

from typing import Any

import pytest

from huggg.kit.ids import new_id
from tests.support.sql import sql, statements_ran
from tests.support.world import Person, World

UNKNOWN_CODE = "nothere000000000"
PLACE = {"location_id": "bristol17"}

DOORS: dict[str, tuple[str, str, Any]] = {
    "huggg": ("GET", "/api/v2/hugggs/{huggg}", None),
    "huggg of the first API": ("GET", "/api/v2/huggg/get/{huggg}", None),
    "voucher": ("POST", "/api/v2/hugggs/{huggg}/voucher", {}),
    "claimed voucher": ("POST", "/api/v2/hugggs/{huggg}/voucher/claimed", {}),
    "adjustment codes": ("GET", "/api/v2/hugggs/{huggg}/product/adjustment-codes", None),
    "redemption": ("POST", "/api/v2/hugggs/{huggg}/redemptions", PLACE),
    "unredemption": ("PATCH", "/api/v2/hugggs/{huggg}/redemptions/latest", {"redeemed": False}),
}
ORDERS = {
    "transaction": "/api/v2/transactions/{order}",
    "its hugggs": "/api/v2/transactions/{order}/hugggs",
}


async def refused(
    world: World, ran: list[str], caller: Person, door: tuple[str, str, Any]
) -> tuple[int, list[str]]:
    """Ask for another caller's rows, and list the statements that this took."""
    await world.call("GET", "/api/v2/auth/me", caller)  # so that the lease of its quota is there
    ran.clear()
    method, path, body = door
    answer = await world.call(method, path, caller, body)
    assert 400 <= answer.status_code < 500
    return answer.status_code, sorted(ran)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("by", ["id", "shortcode"])
async def test_anothers_huggg_takes_what_none_takes(
    world: World, monkeypatch: pytest.MonkeyPatch, door: str, by: str
) -> None:
    """Cleo may see all of her team's orders, and the other till honours none of these hugggs."""
    await sql(world.platform.database, "UPDATE users SET role = 'admin' WHERE id = $1", world.cleo.id)
    (huggg,) = await world.buy()
    unknown = str(new_id()) if by == "id" else UNKNOWN_CODE
    method, path, body = DOORS[door]
    ran = statements_ran(monkeypatch)
    for caller in (world.cleo, world.lantern_till):
        _, foreign = await refused(world, ran, caller, (method, path.format(huggg=huggg[by]), body))
        _, nothing = await refused(world, ran, caller, (method, path.format(huggg=unknown), body))
        assert foreign == nothing != []


@pytest.mark.parametrize("door", ORDERS)
async def test_anothers_order_takes_what_none_takes(
    world: World, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    answer = await world.call("POST", "/api/v2/transactions", world.amara, world.order())
    order = answer.json()["data"]["id"]
    ran = statements_ran(monkeypatch)
    texts = [
        await refused(world, ran, world.cleo, ("GET", ORDERS[door].format(order=which), None))
        for which in (order, new_id())
    ]
    assert texts[0] == texts[1]
    assert texts[0][0] == 404

"""Printed sheets: a page for each gift that can still be used, whose code leads to its link."""

from __future__ import annotations

from typing import Any

import pytest

from huggg.notifications import print_gifts
from huggg.notifications.gift_letters import Gift
from huggg.notifications.sheet import sheets_pdf
from tests.support.silence import nothing_moves
from tests.support.world import World


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Gift]:
    """The gifts that were typeset."""
    gifts: list[Gift] = []
    really = sheets_pdf

    def record_call(values: Any, reader: Any) -> bytes:
        gifts.extend(values)
        return really(values, reader)

    monkeypatch.setattr(print_gifts, "sheets_pdf", record_call)
    return gifts


async def test_a_purchase_is_printed_without_its_spent_gifts(world: World, printed: list[Gift]) -> None:
    receivers = [
        {"email": f"{name}@example.org", "name": name.title()} for name in ("dee", "eve", "flo")
    ]
    hugggs = await world.buy(receivers=receivers, deliveryMethod="print", message="Enjoy #1 *now*")
    assert (await world.redeem(hugggs[1]["id"])).status_code == 201
    path = f"/api/v2/transactions/{hugggs[0]['transaction_id']}/sheet"
    answer = await world.call("GET", path, world.amara)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert [(gift.name, gift.link, gift.message) for gift in printed] == [
        ("Dee", hugggs[0]["launch_url"], "Enjoy #1 *now*"),
        ("Flo", hugggs[2]["launch_url"], "Enjoy #1 *now*"),
    ]
    async with nothing_moves(world.platform.database):
        beyond = await world.call("GET", f"{path}?page=2", world.amara)
        assert (beyond.status_code, beyond.json()) == (404, {"error": "No huggg is left to print."})
        assert (await world.call("GET", path, world.cleo)).status_code == 404


async def test_one_gift_is_printed_for_its_sender_and_not_for_its_receiver(
    world: World, printed: list[Gift]
) -> None:
    first, second = await world.buy(receivers=[{"user_id": str(world.bo.id)}] * 2)
    path = f"/api/v2/hugggs/{second['id']}/sheet"
    assert (await world.call("GET", path, world.amara)).status_code == 200
    assert [gift.link for gift in printed] == [second["launch_url"]]
    assert (await world.call("GET", path, world.bo)).status_code == 403
    assert first["launch_url"] != second["launch_url"]

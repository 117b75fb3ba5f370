"""Printed sheets: a page for each gift that can still be used, whose code leads to its link."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from huggg.kit import offload
from huggg.notifications import print_gifts
from huggg.notifications.gift_letters import Gift
from huggg.notifications.sheet import sheets_pdf
from tests.support.silence import nothing_moves
from tests.support.world import World

PATIENCE_SECONDS = 10.0
READING_SECONDS = 1.0  # in which the server reads what it typesets


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


@pytest.fixture
def endless_sheets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Typesetting that takes longer than all else in a test."""
    end = threading.Event()

    def wait(_gifts: Any, _reader: Any) -> bytes:
        end.wait(2 * PATIENCE_SECONDS)
        return b"%PDF-"

    monkeypatch.setattr(print_gifts, "sheets_pdf", wait)
    yield
    end.set()


@pytest.mark.usefixtures("endless_sheets")
async def test_sign_ins_wait_for_no_sheets(world: World) -> None:
    [huggg] = await world.buy()
    path = f"/api/v2/transactions/{huggg['transaction_id']}/sheet"
    more_than_threads = 64
    async with asyncio.TaskGroup() as group:
        sheets = [
            group.create_task(world.call("GET", path, world.amara)) for _ in range(more_than_threads)
        ]
        await asyncio.sleep(READING_SECONDS)
        body = {"grant_type": "password", "username": "nobody@example.org", "password": "x"}
        async with asyncio.timeout(PATIENCE_SECONDS):
            log_in = await world.http.post(
                "/oauth/token", json=body, headers={"Authorization": f"Bearer {world.client_token}"}
            )
        assert log_in.status_code == 401
        for sheet in sheets:
            sheet.cancel()


@pytest.mark.usefixtures("endless_sheets")
async def test_a_sheet_whose_turn_does_not_come_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offload, "SLOW_WAIT_SECONDS_MAX", 0.5)
    [huggg] = await world.buy()
    path = f"/api/v2/transactions/{huggg['transaction_id']}/sheet"
    calls = [
        asyncio.create_task(world.call("GET", path, world.amara))
        for _ in range(offload.SLOW_THREADS + 1)
    ]
    done, pending = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    for call in pending:
        call.cancel()

    [refused] = [call.result() for call in done]
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")


async def test_one_gift_is_printed_for_its_sender_and_not_for_its_receiver(
    world: World, printed: list[Gift]
) -> None:
    first, second = await world.buy(receivers=[{"user_id": str(world.bo.id)}] * 2)
    path = f"/api/v2/hugggs/{second['id']}/sheet"
    assert (await world.call("GET", path, world.amara)).status_code == 200
    assert [gift.link for gift in printed] == [second["launch_url"]]
    assert (await world.call("GET", path, world.bo)).status_code == 403
    assert first["launch_url"] != second["launch_url"]

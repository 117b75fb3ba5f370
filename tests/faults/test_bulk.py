"""Ten thousand hugggs, and a hundred thousand, in one call."""

from __future__ import annotations

from pathlib import Path

import pytest

from huggg.wallets.top_up import top_up
from tests.faults.doctor import broken_rules
from tests.faults.lines import dial, request
from tests.support.processes import memory_mb, serving
from tests.support.world import COFFEE_PENCE, WALLET_PENCE, World

QUANTITIES = [10_000, 100_000]
GROWTH_MB_MAX = 300
SECONDS_MAX = 120.0


@pytest.mark.parametrize("quantity", QUANTITIES)
async def test_many_hugggs_are_bought_in_one_call_and_in_bounded_memory(
    world: World, environment: dict[str, str], tmp_path: Path, quantity: int
) -> None:
    price = quantity * COFFEE_PENCE
    await top_up(world.platform.database, wallet_id=world.wallet, amount=price)

    async with serving(environment, tmp_path) as server:
        before, _ = memory_mb(server.process.pid)
        line = await dial(server)
        order = request("POST", "/api/v2/transactions", world.amara, world.order(quantity=quantity))
        answer = await line.ask(order, seconds=SECONDS_MAX)
        await line.hang_up()
        _, peak = memory_mb(server.process.pid)
        growth = peak - before
        print(f"{quantity} hugggs made the server grow by {growth:.0f} MB")  # noqa: T201

    assert answer.status == 201, answer.body[:200]
    ids = answer.data.pop("hugggs")
    assert len(set(ids)) == len(ids) == quantity
    assert answer.data["retail"] == f"{price / 100:.2f}"
    async with world.platform.database.transaction() as connection:
        assert (
            await connection.fetchval("SELECT count(*) FROM hugggs WHERE id = ANY($1)", ids) == quantity
        )
        left = "SELECT available FROM accounts WHERE id = $1"
        assert await connection.fetchval(left, world.wallet) == WALLET_PENCE
    assert await broken_rules(world.platform.database) == []
    assert growth < GROWTH_MB_MAX

"""The till of a wallet that holds money for ten, when sixty-four want to buy in the same instant."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from huggg.wallets.top_up import top_up
from tests.faults.doctor import broken_rules
from tests.faults.launch import without
from tests.faults.lines import Answer, all_at_once, lines_to, request
from tests.faults.test_storm import execute
from tests.support.processes import Server, fleet
from tests.support.sql import scalar
from tests.support.world import COFFEE_PENCE, World

BUYERS = 64
ENOUGH_FOR = 10

WAIT_SECONDS_MAX = 10.0

RESERVED = "SELECT count(*) FROM idempotency_keys"
HOLD_THE_WALLET = "SELECT FROM accounts WHERE id = $1 FOR UPDATE"

TEN_PAID = Counter({(201, None): ENOUGH_FOR, (402, "Insufficient wallet balance."): BUYERS - ENOUGH_FOR})


@pytest.mark.parametrize("guards_off", [(), ("funds",)], ids=["guarded update", "check alone"])
@pytest.mark.parametrize("keyed", [True, False], ids=["with keys", "without keys"])
async def test_a_wallet_with_money_for_ten_pays_ten_times(
    world: World,
    environment: dict[str, str],
    tmp_path: Path,
    guards_off: tuple[str, ...],
    *,
    keyed: bool,
) -> None:
    await top_up(world.platform.database, wallet_id=world.cleos_wallet, amount=ENOUGH_FOR * COFFEE_PENCE)
    command = without(*guards_off)
    async with fleet(environment, tmp_path, 2, command=command) as servers:
        answers = await rush(servers, world, keyed=keyed)

    assert Counter((answer.status, answer.error) for answer in answers) == TEN_PAID
    assert await available(world) == 0
    assert await broken_rules(world.platform.database) == []


async def test_without_either_guard_the_wallet_is_overspent_and_the_doctor_says_so(
    world: World, database_url: str, environment: dict[str, str], tmp_path: Path
) -> None:
    await top_up(world.platform.database, wallet_id=world.cleos_wallet, amount=ENOUGH_FOR * COFFEE_PENCE)
    await execute(database_url, "ALTER TABLE accounts DROP CONSTRAINT wallet_not_overspent")
    async with fleet(environment, tmp_path, 2, command=without("funds")) as servers:
        async with world.platform.database.transaction() as connection:
            await connection.execute(HOLD_THE_WALLET, world.cleos_wallet)
            rushing = asyncio.create_task(rush(servers, world, keyed=True))
            await all_have_begun(world)
        answers = await rushing

    assert sum(answer.status == 201 for answer in answers) > ENOUGH_FOR
    assert await available(world) < 0
    assert await broken_rules(world.platform.database) == [
        "no wallet is overspent and each balance is the sum of its transfers"
    ]


async def all_have_begun(world: World) -> None:
    """Wait until each buyer's key is reserved: the purchases are decided before any of them is paid."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while await scalar(world.platform.database, RESERVED) < BUYERS:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def rush(servers: list[Server], world: World, *, keyed: bool) -> list[Answer]:
    """Let all buyers buy one coffee from Cleo's wallet at once."""
    body = {
        "payment": {"method": "walletCommitment", "reference": str(world.cleos_wallet)},
        "purchase": {"type": "huggg", "reference": str(world.coffee)},
    }
    async with lines_to(servers, BUYERS) as lines:
        return await all_at_once(
            lines,
            [
                request("POST", "/api/v2/transactions", world.cleo, body, key=key if keyed else None)
                for key in map(str, range(BUYERS))
            ],
        )


async def available(world: World) -> int:
    async with world.platform.database.transaction() as connection:
        pence: int = await connection.fetchval(
            "SELECT available FROM accounts WHERE id = $1", world.cleos_wallet
        )
        return pence

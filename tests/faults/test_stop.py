"""SIGTERM, as at every deployment: what is under way is finished, and nothing is left running."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from huggg.wallets.top_up import top_up
from tests.faults.installation import Installation
from tests.faults.lines import dial, lines_to, request
from tests.faults.load import Driving, check_nothing_lost, check_one_effect_each, prepare, settle
from tests.support.processes import eventually, serving
from tests.support.world import COFFEE_PENCE

BEFORE_THE_STOP = 40  # acknowledgements
MANY = 5_000  # hugggs, enough for the purchase to be under way when the signal comes


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_server_told_to_stop_under_load_loses_nothing_and_stops_its_database(
    installation: Installation, tmp_path: Path, workers: str
) -> None:
    async with installation.world() as world:
        acts = await prepare(world, redemptions=200, purchases=200)

    async with serving(installation.environment, tmp_path, "--workers", workers) as server:
        load = Driving(server, acts)
        await load.until_acknowledged(BEFORE_THE_STOP)
        assert await server.stop() == 0
        await load.ended()
    assert installation.processes() == []

    async with installation.opened() as database:
        await check_nothing_lost(database, acts)
    async with serving(installation.environment, tmp_path) as server:
        await settle(server, acts)
        assert await server.stop() == 0
    assert installation.processes() == []
    async with installation.opened() as database:
        await check_one_effect_each(database, acts)


async def test_a_request_under_way_gets_its_answer_before_the_server_goes(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        await top_up(world.platform.database, wallet_id=world.wallet, amount=MANY * COFFEE_PENCE)

    async with serving(installation.environment, tmp_path) as server:
        line = await dial(server)
        order = world.order(quantity=MANY)
        asked = asyncio.create_task(
            line.ask(request("POST", "/api/v2/transactions", world.amara, order))
        )
        await asyncio.sleep(0.1)
        assert not asked.done(), "It was too quick to be interrupted."
        assert await server.stop() == 0
        answer = await asked
        await line.hang_up()

    assert (answer.status, len(answer.data["hugggs"])) == (201, MANY)
    async with installation.opened() as database, database.transaction() as connection:
        assert await connection.fetchval("SELECT count(*) FROM hugggs") == MANY


async def test_a_server_that_leaves_says_so_first_and_serves_on(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        ready = request("GET", "/health/ready", world.amara)
        me = request("GET", "/api/v2/auth/me", world.amara)
    environment = {**installation.environment, "HUGGG_DRAIN_SECONDS": "3600"}
    async with serving(environment, tmp_path) as server:
        async with lines_to([server], 2) as (one, other):
            before = await one.ask(ready)
            assert (before.status, before.closes) == (200, False)
            server.process.terminate()
            await asyncio.sleep(0.5)
            leaving = await one.ask(ready)
            assert (leaving.status, leaving.closes) == (503, True)
            served = await other.ask(me)
            assert (served.status, served.closes) == (200, True)
        async with lines_to([server], 1) as (late,):  # whoever has not heard yet is served as well
            assert (await late.ask(me)).status == 200
        assert await server.stop() == 0  # told twice: it is meant


async def test_workers_are_replaced_one_by_one_and_nothing_acknowledged_is_lost(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.world() as world:
        acts = await prepare(world, redemptions=400, purchases=0)
    async with serving(installation.environment, tmp_path, "--workers", "2") as server:
        before = set(server.workers)
        load = Driving(server, acts)
        await load.until_acknowledged(BEFORE_THE_STOP)
        server.process.send_signal(signal.SIGHUP)
        await eventually(lambda: len(server.workers) == 2 and not before & set(server.workers))
        await load.ended()
        assert await server.stop() == 0
    async with installation.opened() as database:
        await check_nothing_lost(database, acts)

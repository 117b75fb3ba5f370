"""`huggg sealing-key rotate` is killed in earnest, and the next one finishes its work."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import httpx2

from huggg.database.doctor import examine
from huggg.database.pool import Database
from huggg.kit.platform import Platform
from huggg.settings.settings import Settings
from huggg.wallets.top_up import top_up
from tests.conftest import served
from tests.support.processes import environment_of, serving
from tests.support.sql import scalar
from tests.support.world import COFFEE_PENCE, build_world

HUGGGS = 12_000  # enough rounds of the rotation to be caught between two
SEALED_ANEW = "SELECT count(*) FROM hugggs WHERE get_byte(codes, 1) = 2"

ROTATE = [sys.executable, "-m", "huggg", "sealing-key", "rotate", "--no-new"]


async def sealed_anew(database: Database) -> int:
    return int(await scalar(database, SEALED_ANEW))


async def test_a_rotation_killed_half_way_loses_nothing_and_is_finished_by_the_next(
    platform: Platform, settings: Settings, tmp_path: Path
) -> None:
    database = platform.database
    async with served(settings) as http:  # and stopped before the rotation, which would wait for it
        world = await build_world(platform, http)
        await top_up(database, wallet_id=world.wallet, amount=HUGGGS * COFFEE_PENCE)
        order = world.order(quantity=HUGGGS)
        assert (await world.call("POST", "/api/v2/transactions", world.amara, order)).status_code == 201
        (before,) = await world.buy()

    plain = environment_of(settings)
    second = base64.b64encode(secrets.token_bytes(32)).decode()
    both = os.environ | plain | {"HUGGG_KEYS": f"{plain['HUGGG_KEYS']},2:{second}"}
    rotation = await asyncio.create_subprocess_exec(*ROTATE, env=both)
    while await sealed_anew(database) == 0:  # noqa: ASYNC110 - a database rings no bell
        await asyncio.sleep(0.01)
    rotation.kill()
    await rotation.wait()
    assert 0 < await sealed_anew(database) < HUGGGS
    assert [finding.rule for finding in await examine(database) if finding.rows] == []

    finished = await asyncio.to_thread(subprocess.run, ROTATE, env=both, capture_output=True)
    assert finished.returncode == 0, finished.stderr
    assert await sealed_anew(database) == HUGGGS + 1
    assert [finding.rule for finding in await examine(database) if finding.rows] == []

    async with serving(both, tmp_path) as server, httpx2.AsyncClient(base_url=server.url) as http:
        caller = {"Authorization": f"Bearer {world.amara.token}"}
        after = await http.get(f"/api/v2/hugggs/{before['shortcode']}", headers=caller)
        assert after.json() == {"data": before}

"""Two servers on one database, the second with a copy of the first one's key file; then a rotation."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest

from huggg.database.pool import Database
from huggg.kit.platform import Platform
from huggg.settings.settings import Settings
from tests.faults.launch import without
from tests.support.processes import HUGGG, Server, environment_of, serving, start
from tests.support.sql import scalar
from tests.support.waiting import until
from tests.support.world import World, build_world


@dataclass(frozen=True, slots=True)
class Machine:
    """A data directory of a server's own, on the database that all share."""

    folder: Path
    environment: dict[str, str]

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    async def rotate(self, *options: str, command: list[str] | None = None) -> tuple[int | None, str]:
        rotation = await asyncio.create_subprocess_exec(
            *(command or HUGGG),
            *("sealing-key", "rotate", *options),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await rotation.communicate()
        return rotation.returncode, output.decode()


def machine(settings: Settings, folder: Path) -> Machine:
    folder.mkdir(mode=0o700)
    (folder / "keys").touch(mode=0o600)
    (folder / "keys").write_text((settings.keys or "").replace(",", "\n"))
    here = replace(settings, data_dir=folder, keys=None)
    return Machine(folder, {"PATH": "/usr/bin:/bin", **environment_of(here)})


@asynccontextmanager
async def till_at(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.url, timeout=20) as http:
        yield http


async def looks(http: httpx2.AsyncClient, world: World, huggg: dict[str, str]) -> int:
    path = f"/api/v2/hugggs/{huggg['shortcode']}/product/adjustment-codes"
    answer = await http.get(path, headers={"Authorization": f"Bearer {world.till.token}"})
    return answer.status_code


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers that run, the second with a copy of the first one's key file, and a till at each."""

    first: Machine
    second: Machine
    one: Server
    other: Server
    http: httpx2.AsyncClient
    elsewhere: httpx2.AsyncClient
    world: World


@pytest.fixture
async def pair(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Pair]:
    first, second = (machine(settings, tmp_path / name) for name in ("first", "second"))
    async with (
        serving(first.environment, first.folder) as one,
        serving(second.environment, second.folder) as other,
        till_at(one) as http,
        till_at(other) as elsewhere,
    ):
        world = await build_world(platform, http)
        yield Pair(first, second, one, other, http, elsewhere, world)


async def takes_part(database: Database, *, processes: int) -> bool:
    """Tell whether so many processes take part in the roll call."""
    return bool(await scalar(database, "SELECT count(*) = $1 FROM processes", processes))


async def test_a_rotation_waits_for_the_server_with_a_copied_file(pair: Pair) -> None:
    (before,) = await pair.world.buy()
    code, output = await pair.first.rotate("--wait", "8")
    assert code == 1
    assert f"copy {pair.first.keys} to them" in output
    *_, end = output.splitlines()
    assert f"process {pair.other.process.pid}" in end
    assert f"process {pair.one.process.pid}" not in end
    assert await looks(pair.elsewhere, pair.world, before) == 200

    rotation = asyncio.create_task(pair.first.rotate())
    await until(lambda: takes_part(pair.world.platform.database, processes=3))
    shutil.copy2(pair.first.keys, pair.second.keys)
    code, output = await rotation
    assert (code, "added" in output) == (0, False)  # the key of the first attempt is used
    (after,) = await pair.world.buy()
    for huggg in (before, after):
        tills = (pair.http, pair.elsewhere)
        assert [await looks(till, pair.world, huggg) for till in tills] == [200, 200]


async def test_a_server_that_lacks_a_key_in_use_refuses_and_starts_no_more(pair: Pair) -> None:
    (huggg,) = await pair.world.buy()
    code, output = await pair.first.rotate(command=without("everybody"))
    assert code == 0, output
    assert await looks(pair.http, pair.world, huggg) == 200
    assert await looks(pair.elsewhere, pair.world, huggg) == 503  # and not 404, which would be a lie
    ready = await pair.elsewhere.get("/health/ready")
    assert (ready.status_code, ready.json()["error"]) == (
        503,
        "This server lacks key 2 of the database.",
    )
    assert (await pair.elsewhere.get("/health/live")).status_code == 200

    for words in (("doctor",), ("sealing-key", "rotate"), ("sealing-key", "rotate", "--no-new")):
        command = await asyncio.create_subprocess_exec(
            *HUGGG, *words, env=pair.second.environment, stderr=asyncio.subprocess.PIPE
        )
        _, err = await command.communicate()
        assert command.returncode == 1
        assert err.decode().startswith("huggg: Key 2, which this database is sealed with, is not")
        assert len(err.splitlines()) == 1
    refused = start(pair.second.environment, pair.second.folder)
    await asyncio.to_thread(refused.process.wait, 60)
    assert "Key 2, which this database is sealed with, is not here." in refused.log_text()

    shutil.copy2(pair.first.keys, pair.second.keys)
    await pair.other.ready()
    assert await looks(pair.elsewhere, pair.world, huggg) == 200


@pytest.mark.parametrize("key_file", ["another key", "no key"])
async def test_a_fresh_machine_makes_no_key_for_a_database_that_is_sealed(
    platform: Platform, settings: Settings, tmp_path: Path, key_file: str
) -> None:
    first, second = (machine(settings, tmp_path / name) for name in ("first", "second"))
    async with serving(first.environment, first.folder) as one, till_at(one) as http:
        await build_world(platform, http)
    if key_file == "no key":
        second.keys.unlink()
    else:
        second.keys.write_text("1:" + "A" * 43 + "=\n")
    refused = start(second.environment, second.folder)
    await asyncio.to_thread(refused.process.wait, 60)
    assert refused.process.returncode == 1
    if key_file == "no key":
        assert f"huggg: {second.keys} is missing, and this database is sealed" in refused.log_text()
        assert not second.keys.exists()
    else:
        assert "Key 1, which this database is sealed with, is another one here." in refused.log_text()

"""The demo: its way in is read from where it is, and a new world is never built in silence."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from huggg.database.pool import Database
from huggg.demo.world import reading_line
from huggg.settings.settings import Settings
from tests.support.commands import run_command
from tests.support.silence import nothing_moves
from tests.support.sql import scalar


async def test_reading_the_way_in_builds_nothing_where_there_is_no_world(
    settings: Settings, tmp_path: Path
) -> None:
    nowhere = replace(settings, database_url=None, keys=None, data_dir=tmp_path / "nowhere")
    result = await run_command(nowhere, "demo", "--credentials")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"huggg: There is no demo world embedded in {nowhere.data_dir}.")
    assert "HUGGG_DATA_DIR" in result.err
    assert not nowhere.data_dir.exists()
    empty = await run_command(settings, "demo", "--credentials")
    assert (empty.code, empty.out) == (1, "")
    assert empty.err.startswith("huggg: There is no demo world in the database of HUGGG_DATABASE_URL.")


async def test_a_new_world_is_announced_and_its_way_in_read_again(settings: Settings) -> None:
    built = await run_command(settings, "seed", "--json")
    assert built.err == "Building a new demo world, in the database of HUGGG_DATABASE_URL.\n"
    again = await run_command(settings, "seed", "--json")
    assert (again.err, again.out) == ("", built.out)
    read = await run_command(settings, "demo", "--credentials")
    assert (read.code, read.err, read.out) == (0, "", built.out)
    elsewhere = json.loads((await run_command(settings, "demo", "--credentials", "--port", "8081")).out)
    assert elsewhere == json.loads(built.out.replace("127.0.0.1:8080", "127.0.0.1:8081"))


async def test_a_world_that_lost_a_person_says_so(settings: Settings, database: Database) -> None:
    await run_command(settings, "seed")
    name = "recipient@example.org"
    await run_command(settings, "user", "disable", name)
    assert (await run_command(settings, "seed")).code == 0
    await run_command(settings, "person", "erase", name, "--yes")
    async with nothing_moves(database):
        refused = await run_command(settings, "seed")
    assert (refused.code, refused.out) == (1, "")
    place = "in the database of HUGGG_DATABASE_URL"
    assert refused.err.startswith(f"huggg: Erased from the demo world {place}, with samples: {name}.")


async def test_two_that_build_at_once_build_one_world(settings: Settings, database: Database) -> None:
    """As few connections as a process may have are enough."""
    few = {"HUGGG_CONNECTIONS_MAX": "3"}
    both = await asyncio.gather(*(run_command(settings, "seed", "--json", **few) for _ in range(2)))
    assert [each.code for each in both] == [0, 0]
    assert both[0].out == both[1].out
    assert sorted(each.err for each in both) == [
        "",
        "Building a new demo world, in the database of HUGGG_DATABASE_URL.\n",
    ]
    assert await scalar(database, "SELECT count(*) FROM hugggs") == 12


def test_the_line_that_reads_it_holds_the_place_and_no_secret(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUGGG_DATABASE_URL", "postgresql://me:secret@db.example/huggg")
    monkeypatch.delenv("HUGGG_KEYS", raising=False)
    monkeypatch.setattr("sys.argv", ["/opt/our gifts/bin/huggg", "demo"])
    here = replace(settings, data_dir=Path("/srv/our gifts"))
    assert reading_line(here, port=8081) == (
        "HUGGG_DATABASE_URL=\"$HUGGG_DATABASE_URL\" HUGGG_DATA_DIR='/srv/our gifts'"
        " '/opt/our gifts/bin/huggg' demo --credentials --port 8081"
    )
    monkeypatch.delenv("HUGGG_DATABASE_URL")
    assert reading_line(here, port=8080).startswith("HUGGG_DATA_DIR=")


async def test_gifts_of_the_sample_brand_can_be_tried_without_a_network(settings: Settings) -> None:
    await run_command(settings, "seed")
    [rule] = json.loads((await run_command(settings, "offline-rule", "list", "--json")).out)
    assert (rule["scans"], rule["value"], rule["hours"], rule["losses"]) == (20, 10000, 24, "merchant")
    assert (await run_command(settings, "offline-rule", "remove", rule["brand_id"])).out == "Removed.\n"
    assert (await run_command(settings, "offline-rule", "list")).out == "No brand has offline scans.\n"

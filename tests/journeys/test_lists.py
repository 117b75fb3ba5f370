"""Lists and `show` at the command line: every id, whole, to read and for programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from huggg.kit.ids import new_id
from huggg.settings.settings import Settings
from tests.support.commands import Huggg, run_command
from tests.support.merchants import add_merchant
from tests.support.world import World

EMPTY = {
    "team": "There is no team yet.",
    "brand": "There is no brand yet.",
    "location": "There is no location yet.",
    "payment": "Every payment is settled.",
}


async def listed(huggg: Huggg, *words: str) -> Any:
    """Run a command with --json, and read its output."""
    result = await huggg(*words, "--json")
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)


async def test_an_empty_list_says_so_in_words_and_is_empty_for_programs(huggg: Huggg) -> None:
    for noun, sentence in EMPTY.items():
        result = await huggg(noun, "list")
        assert (result.code, result.out) == (0, f"{sentence}\n")
    assert await listed(huggg, "team", "list") == []


@pytest.mark.usefixtures("world")
async def test_teams_are_listed_and_shown_with_subteams_and_members(huggg: Huggg) -> None:
    acorn = next(team for team in await listed(huggg, "team", "list") if team["name"] == "Acorn")
    desk = (await huggg("team", "create", "A desk", "--parent", acorn["id"])).out.strip()
    await huggg(
        *("user", "create", "vic@acorn.example", "--team", acorn["id"]), typed="a long password\n"
    )
    teams = await listed(huggg, "team", "list")
    assert [(team["name"], team["parent"], team["members"]) for team in teams] == [
        ("Acorn", None, 1),
        ("A desk", "Acorn", 0),
        ("Birch", None, 0),
    ]
    shown = await listed(huggg, "team", "show", acorn["id"])
    assert (shown["subteam_ids"], shown["members"]) == ([desk], ["vic@acorn.example"])
    missing = new_id()
    result = await huggg("team", "show", str(missing))
    assert (result.code, result.err) == (1, f"huggg: There is no team {missing}.\n")


async def test_the_catalogue_is_listed_and_shown(world: World, huggg: Huggg) -> None:
    pool = await add_merchant(world.platform, 1, segments=2)
    brands = await listed(huggg, "brand", "list")
    assert [brand["name"] for brand in brands] == [
        *("Harbour Roast", "Kettle & Finch", "Lantern Kitchen", "any coffee place", "Merchant of 1")
    ]
    segments = await listed(huggg, "segment", "list", "--brand", str(pool.brand))
    assert {segment["id"] for segment in segments} == {str(each) for each in pool.segments}
    shown = await listed(huggg, "location", "show", "bath2")
    assert (shown["brand"], shown["bound_users"]) == ("Harbour Roast", ["till of harbour"])


async def test_into_a_pipe_each_row_is_one_line_with_its_whole_id(settings: Settings) -> None:
    name = "A team with a name that is longer than any terminal is wide, by far and wide " * 3
    team_id = (await run_command(settings, "team", "create", name, COLUMNS="40")).out.strip()
    table = (await run_command(settings, "team", "list", COLUMNS="40")).out.splitlines()
    assert len(table) == 2
    assert team_id in table[1]
    assert name.strip() in table[1]
    doctor = (await run_command(settings, "doctor", COLUMNS="40")).out.splitlines()
    rules = await run_command(settings, "doctor", "--json", COLUMNS="40")
    assert doctor == [f"holds  {finding['rule']}" for finding in json.loads(rules.out)]


async def test_the_release_is_told(settings: Settings) -> None:
    result = await run_command(settings, "--version")
    assert (result.code, result.out) == (0, "huggg 0.1.0\n")

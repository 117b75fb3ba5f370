"""Offline rules and conflicts from the command line: their effects, their mistakes, and JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from huggg.kit.ids import new_id
from huggg.offline.show_code import show_offline_code
from tests.faults.doctor import broken_rules
from tests.support.commands import Huggg
from tests.support.silence import nothing_moves
from tests.support.sql import scalar
from tests.support.world import World

SAID = "Each device may accept 50 hugggs worth £250.00 in 24 hours offline.\n"


def rule(world: World, **changes: str) -> list[str]:
    """Write the command that sets a rule."""
    values = {"scans": "50", "value": "250", "hours": "24", "losses": "platform", **changes}
    options = [word for name, value in values.items() for word in (f"--{name}", value)]
    return ["offline-rule", "set", str(world.harbour), *options]


async def scanned(world: World, *, spent: bool) -> Any:
    """Send a scan of a new huggg, perhaps of one that was spent elsewhere; gives it as taken in."""
    [bought] = await world.buy()
    code = await show_offline_code(world.platform, UUID(bought["id"]))
    if spent:
        assert (await world.redeem(bought["id"])).status_code == 201
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    body = {"code": code, "location_id": "bristol17", "scanned_at": at, "refreshed_at": at}
    answer = await world.call("PUT", f"/api/v2/offline-scans/{new_id()}", world.till, body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_an_operator_sets_lists_changes_and_removes_the_rule_of_a_brand(
    world: World, huggg: Huggg
) -> None:
    assert (await huggg("offline-rule", "list")).out == "No brand has offline scans.\n"
    result = await huggg(*rule(world))
    assert (result.code, result.out, result.err) == (0, SAID, "")
    assert json.loads((await huggg("offline-rule", "list", "--json")).out) == [
        {
            "brand": "Harbour Roast",
            "brand_id": str(world.harbour),
            "scans": 50,
            "value": 25000,
            "hours": 24,
            "losses": "platform",
        }
    ]
    assert (await scanned(world, spent=False))["state"] == "redeemed"
    await huggg(*rule(world, value="£1,000.50", losses="merchant"))
    table = (await huggg("offline-rule", "list")).out
    assert "£1000.50" in table
    assert "merchant" in table
    removed = await huggg("offline-rule", "remove", str(world.harbour))
    assert (removed.code, removed.out) == (0, "Removed.\n")
    assert (await scanned(world, spent=False))["reason"] == "no_rule"
    again = await huggg("offline-rule", "remove", str(world.harbour))
    assert (again.code, again.out) == (0, "The brand has no offline rule.\n")
    kinds = "SELECT array_agg(kind ORDER BY id) FROM events WHERE kind LIKE 'brand.offline%'"
    assert await scalar(world.platform.database, kinds) == [
        "brand.offline_rule_set",
        "brand.offline_rule_set",
        "brand.offline_rule_removed",
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"scans": "0"}, "--scans"),
        ({"scans": "10001"}, "--scans"),
        ({"hours": "745"}, "--hours"),
        ({"value": "0"}, "value: must be between £0.01 and £1000000.00."),
        ({"value": "1,50"}, "--value"),
        ({"value": "2.505"}, "--value"),
        ({"losses": "nobody"}, "--losses"),
    ],
)
async def test_a_rule_that_does_not_fit_is_told_by_its_option_and_sets_nothing(
    world: World, huggg: Huggg, changes: dict[str, str], why: str
) -> None:
    async with nothing_moves(world.platform.database):
        answer = await huggg(*rule(world, **changes))
    assert answer.code != 0
    assert why in answer.err


async def test_an_operator_lists_and_settles_conflicts_once_with_a_reason(
    world: World, huggg: Huggg
) -> None:
    assert (await huggg("offline-conflict", "list")).out == "No conflict waits.\n"
    assert (await huggg("offline-conflict", "list", "--settled")).out == "There is no conflict.\n"
    await huggg(*rule(world))
    lost = await scanned(world, spent=True)
    await huggg("offline-rule", "remove", str(world.harbour))
    good = await scanned(world, spent=False)
    await scanned(world, spent=True)

    listed = json.loads((await huggg("offline-conflict", "list", "--json")).out)
    assert [(row["id"], row["reason"], row["losses"]) for row in listed[:2]] == [
        (lost["id"], "spent", "platform"),
        (good["id"], "no_rule", "merchant"),
    ]
    assert len(listed) == 3
    assert (listed[0]["brand"], listed[0]["product"], listed[0]["value"]) == (
        "Harbour Roast",
        "Coffee",
        350,
    )
    assert "£3.50" in (await huggg("offline-conflict", "list")).out
    elsewhere = await huggg("offline-conflict", "list", "--brand", str(world.lantern))
    assert elsewhere.out == "No conflict waits.\n"

    paid = "SELECT coalesce(sum(amount), 0) FROM transfers WHERE kind = 'settle'"
    settling = ("offline-conflict", "settle")
    done = await huggg(*settling, lost["id"], "loss", "--reason", "Shown on two phones.", "--by", "ada")
    assert (done.code, done.out) == (0, "Settled: platform, £3.50.\n")
    redeemed = await huggg(*settling, good["id"], "redeem", "--reason", "Goods were handed out.")
    assert (redeemed.code, redeemed.out) == (0, "Settled: redeemed, £3.50.\n")
    assert await scalar(world.platform.database, paid) == 350
    again = await huggg(*settling, lost["id"], "loss", "--reason", "Once more.")
    assert (again.code, again.out) == (0, "Settled: platform, £3.50.\n")
    assert await scalar(world.platform.database, paid) == 350
    every = json.loads((await huggg("offline-conflict", "list", "--settled", "--json")).out)
    [row] = [row for row in every if row["id"] == lost["id"]]
    assert (row["settlement"], row["settled_by"], row["note"]) == (
        "platform",
        "ada",
        "Shown on two phones.",
    )
    assert await broken_rules(world.platform.database) == []


async def test_mistakes_about_conflicts_are_one_line_and_change_nothing(
    world: World, huggg: Huggg
) -> None:
    await huggg(*rule(world))
    waits, redeemed = await scanned(world, spent=True), await scanned(world, spent=False)
    settling = ("offline-conflict", "settle")
    mistakes = {
        (*settling, str(new_id()), "loss", "--reason", "Lost."): "huggg: offline scan not found",
        (*settling, redeemed["id"], "loss", "--reason", "Lost."): "huggg: offline scan not found",
        (*settling, waits["id"], "loss", "--reason", " "): "huggg: reason: must be 1 to 500 characters.",
        (*settling, waits["id"], "redeem", "--reason", "Late."): "huggg: huggg already redeemed.",
        ("offline-rule", "set", str(new_id()), *rule(world)[3:]): "huggg: There is no brand",
    }
    async with nothing_moves(world.platform.database):
        for command, why in mistakes.items():
            answer = await huggg(*command)
            assert (answer.code, answer.err.startswith(why), answer.out) == (1, True, "")
            assert answer.err.count("\n") == 1
        for command in ((*settling, waits["id"], "loss"), (*settling, "17", "loss", "--reason", "x")):
            assert (await huggg(*command)).code == 2


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (("offline-rule",), ("set", "list", "remove")),
        (("offline-rule", "set"), ("--scans", "--value", "--hours", "--losses")),
        (("offline-conflict",), ("list", "settle")),
        (("offline-conflict", "list"), ("--brand", "--settled", "--json")),
        (("offline-conflict", "settle"), ("redeem", "loss", "--reason", "--by")),
    ],
)
async def test_help_names_commands_and_options(
    huggg: Huggg, words: tuple[str, ...], sentences: tuple[str, ...]
) -> None:
    answer = await huggg(*words, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert [name for name in sentences if name not in answer.out] == []

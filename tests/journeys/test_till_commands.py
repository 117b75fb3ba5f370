"""Devices and staff from the command line: a pairing code, a PIN, a role, and locking out."""

from __future__ import annotations

import json

from huggg.devices.pair import pair_device
from huggg.kit.ids import new_id
from tests.support.commands import Huggg
from tests.support.silence import nothing_moves
from tests.support.world import World


async def test_an_operator_invites_a_device_lists_and_revokes_it(world: World, huggg: Huggg) -> None:
    assert (await huggg("device", "list")).out == "There is no device yet.\n"
    result = await huggg("device", "invite", "bristol17", "Counter")
    device_id = await pair_device(world.platform, result.value("code"))
    assert str(device_id) == result.value("id")
    listed = json.loads((await huggg("device", "list", "--json")).out)
    assert [(row["id"], row["name"], row["location_id"], row["state"]) for row in listed] == [
        (str(device_id), "Counter", "bristol17", "paired")
    ]
    assert (await huggg("device", "list", "--brand", str(world.lantern))).out.startswith("There is no")
    revoked = await huggg("device", "revoke", str(device_id))
    assert (revoked.code, revoked.out) == (0, "Revoked.\n")
    [row] = json.loads((await huggg("device", "list", "--json")).out)
    assert row["state"] == "revoked"


async def test_an_operator_gives_staff_a_role_and_a_pin(world: World, huggg: Huggg) -> None:
    result = await huggg(
        *("user", "create", "sam@harbour.example", "--kind", "merchant", "--brand", str(world.harbour)),
        *("--staff-role", "staff", "--location", "bath2"),
        typed="a long password\n",
    )
    user_id = result.out.strip()
    drawn = await huggg("staff", "pin", "sam@harbour.example", "--draw")
    assert (drawn.code, len(drawn.out.strip())) == (0, 6)
    typed = await huggg("staff", "pin", user_id, typed="48091\n")
    assert (typed.code, typed.out) == (0, "Set.\n")
    changed = await huggg("staff", "role", user_id, "supervisor")
    assert (changed.code, changed.out) == (0, f"{user_id} is supervisor now.\n")
    rows = json.loads((await huggg("staff", "list", "--brand", str(world.harbour), "--json")).out)
    [row] = [row for row in rows if row["id"] == user_id]
    assert (row["role"], row["location_ids"], row["has_pin"]) == ("supervisor", ["bath2"], True)
    [line] = [
        line for line in (await huggg("staff", "list")).out.splitlines() if line.startswith(user_id)
    ]
    assert "bath2" in line


async def test_mistakes_are_one_line_and_change_nothing(world: World, huggg: Huggg) -> None:
    mistakes = {
        ("device", "invite", "nowhere", "Counter"): (
            "huggg: location: there is no location nowhere where tills redeem."
        ),
        ("device", "invite", "bristol17", " "): "huggg: name: must have 1 to 255 characters.",
        ("device", "revoke", str(new_id())): "huggg: device not found",
        ("staff", "role", str(new_id()), "staff"): "huggg: staff not found",
        ("staff", "role", str(world.bo.id), "staff"): "huggg: staff not found",
        ("staff", "pin", "sam", "--draw"): "huggg: No user has the username sam.",
        ("staff", "pin", "sam"): "huggg: No user has the username sam.",
        ("location", "pin", "nowhere"): "huggg: There is no location nowhere.",
    }
    async with nothing_moves(world.platform.database):
        for command, why in mistakes.items():
            answer = await huggg(*command)
            assert (answer.code, answer.err.strip()) == (1, why)
        weak = await huggg("staff", "pin", str(world.till.id), typed="1234\n")
        assert (weak.code, "digits in a row" in weak.err) == (1, True)


async def test_an_operator_reads_a_brands_statement(world: World, huggg: Huggg) -> None:
    [bought] = await world.buy()
    assert (await world.redeem(bought["id"])).status_code == 201
    period = ("--from", "2001-01-01", "--to", "2100-01-01")
    result = await huggg("brand", "statement", str(world.harbour), *period, "--json")
    assert json.loads(result.out) == [
        {
            "location_id": "bristol17",
            "location": "bristol17",
            "vat": "single",
            "currency": "GBP",
            "redemptions": 1,
            "value": 350,
            "taken_back": 0,
            "taken_back_value": 0,
        }
    ]
    table = (await huggg("brand", "statement", str(world.harbour), *period)).out.splitlines()
    assert [line.split() for line in table[1:]] == [
        ["bristol17", "bristol17", "single", "GBP", "1", "£3.50", "0", "£0.00"]
    ]
    nothing = await huggg("brand", "statement", str(world.harbour), "--location", "bath2", *period)
    assert nothing.out == "Nothing was redeemed.\n"
    backwards = await huggg(
        "brand", "statement", str(world.harbour), "--from", "2026-12-31", "--to", "2026-01-01"
    )
    assert (backwards.code, backwards.err) == (1, "huggg: --to: must not be before --from.\n")
    missing = await huggg("brand", "statement", str(new_id()), *period)
    assert (missing.code, missing.err.startswith("huggg: There is no brand")) == (1, True)

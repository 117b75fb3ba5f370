"""`huggg person`: an operator shows, exports and erases all that is kept on a person."""

from __future__ import annotations

import json

from huggg.settings.settings import Settings
from tests.support.commands import run_command
from tests.support.silence import nothing_moves
from tests.support.sql import scalar
from tests.support.world import World

PHONE = "+447700900123"


async def test_an_operator_shows_exports_and_erases_a_receiver(settings: Settings, world: World) -> None:
    (huggg,) = await world.buy(receivers=[{"phone_number": PHONE}], message="Dear Rosalind")
    shown = await run_command(settings, "person", "show", "07700 900123", "--json")
    facts = json.loads(shown.out)
    assert (facts["id"], facts["phone_number"]) == (huggg["receiver_id"], PHONE)
    assert (facts["received"], facts["purchases"]) == (1, 0)
    exported = json.loads((await run_command(settings, "person", "export", huggg["receiver_id"])).out)
    assert [each["message"] for each in exported["received"]] == ["Dear Rosalind"]

    unasked = await run_command(settings, "person", "erase", PHONE)
    assert (unasked.code, unasked.out, unasked.err) == (
        1,
        "",
        f"huggg: {PHONE} was not erased: no command brings the data back. Say --yes if it is meant.\n",
    )
    unknown = await run_command(settings, "person", "erase", "nobody@acorn.example")
    assert (unknown.code, unknown.err) == (1, "huggg: There is no person nobody@acorn.example.\n")
    erased = await run_command(settings, "person", "erase", PHONE, "--yes")
    assert erased.out.startswith(f"Erased {huggg['receiver_id']}. Logins ended: 0. Messages erased: 1.")
    gone = await run_command(settings, "person", "show", PHONE)
    assert (gone.code, gone.err) == (1, f"huggg: There is no person {PHONE}.\n")
    again = await run_command(settings, "person", "erase", huggg["receiver_id"], "--yes")
    assert again.err == f"huggg: The person {huggg['receiver_id']} is erased already.\n"
    text = (await run_command(settings, "person", "export", huggg["receiver_id"])).out
    assert ("700900123" in text, "Rosalind" in text) == (False, False)
    read = await world.call("GET", f"/api/v2/hugggs/{huggg['id']}?embed[]=message", world.amara)
    assert [message["message"] for message in read.json()["embedded"]["messages"]] == [""]


async def test_an_operator_sets_for_how_long_a_team_keeps_data(settings: Settings, world: World) -> None:
    team = await scalar(
        world.platform.database, "SELECT team_id::text FROM users WHERE id = $1", world.amara.id
    )
    for options in ((), ("--days", "30", "--forever")):
        unclear = await run_command(settings, "team", "retention", team, *options)
        assert unclear.err == "huggg: Exactly one of --days and --forever is needed.\n"
    async with nothing_moves(world.platform.database):
        unasked = await run_command(settings, "team", "retention", team, "--days", "0", typed="y\n")
    assert (unasked.code, unasked.err) == (
        1,
        "huggg: Nothing was set: no command brings erased data back. Say --yes if it is meant.\n",
    )
    days = await run_command(settings, "team", "retention", team, "--days", "30", "--yes")
    assert days.out == "Data about people are kept for 30 days after the end of a huggg.\n"
    shown = json.loads((await run_command(settings, "team", "show", team, "--json")).out)
    assert shown["keep_days"] == 30
    forever = await run_command(settings, "team", "retention", team, "--forever")
    assert forever.out == "Data about people are kept for ever.\n"

"""`huggg person`: an operator shows, exports and erases all that is kept on a person."""

from __future__ import annotations

import json

from huggg.server.settings import Settings
from tests.support.commands import told
from tests.support.world import World

PHONE = "+447700900123"


async def test_an_operator_shows_exports_and_erases_a_receiver(settings: Settings, world: World) -> None:
    (huggg,) = await world.buy(receivers=[{"phone_number": PHONE}], message="Dear Rosalind")
    shown = await told(settings, "person", "show", "07700 900123", "--json")
    facts = json.loads(shown.out)
    assert (facts["id"], facts["phone_number"]) == (huggg["receiver_id"], PHONE)
    assert (facts["received"], facts["purchases"]) == (1, 0)
    exported = json.loads((await told(settings, "person", "export", huggg["receiver_id"])).out)
    assert [each["message"] for each in exported["received"]] == ["Dear Rosalind"]

    unasked = await told(settings, "person", "erase", PHONE)
    assert (unasked.code, unasked.out.strip()) == (1, "")
    erased = await told(settings, "person", "erase", PHONE, "--yes")
    assert erased.out.startswith(f"Erased {huggg['receiver_id']}. Logins ended: 0. Messages erased: 1.")
    gone = await told(settings, "person", "show", PHONE)
    assert (gone.code, gone.err) == (1, f"huggg: There is no person {PHONE}.\n")
    again = await told(settings, "person", "erase", huggg["receiver_id"], "--yes")
    assert again.err == f"huggg: The person {huggg['receiver_id']} is erased already.\n"
    text = (await told(settings, "person", "export", huggg["receiver_id"])).out
    assert ("700900123" in text, "Rosalind" in text) == (False, False)
    read = await world.call("GET", f"/api/v2/hugggs/{huggg['id']}?embed[]=message", world.amara)
    assert [message["message"] for message in read.json()["embedded"]["messages"]] == [""]

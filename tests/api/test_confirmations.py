"""The mail that confirms an address: sent once in its slot, to an address that is kept sealed."""

from __future__ import annotations

from uuid import UUID

from huggg.kit.ids import new_id
from huggg.notifications.confirm import Confirmation, queue_confirmation
from huggg.people.found_by import email_fingerprint
from tests.support.mail_server import body_of
from tests.support.post_office import post_office
from tests.support.sql import scalar
from tests.support.world import World

LINK = "https://launch.test/super/AbCdEfGh1234567?confirm=secret"


async def test_an_address_is_asked_once_in_a_slot(world: World) -> None:
    [huggg] = await world.buy()
    database, vault = world.platform.database, world.platform.vault
    confirmation = Confirmation(
        subject_id=new_id(),
        slot="first",
        transaction_id=UUID(huggg["transaction_id"]),
        address="dee@example.org",
        link=LINK,
        language="de",
    )
    assert await queue_confirmation(database, vault, confirmation) is not None
    assert await queue_confirmation(database, vault, confirmation) is None
    kept = await scalar(database, "SELECT d::text FROM deliveries d")
    assert "dee@example.org" not in kept
    assert "secret" not in kept
    found_by = "SELECT address_fingerprint FROM deliveries WHERE kind = 'confirmation'"
    assert await scalar(database, found_by) == email_fingerprint(vault, "DEE@example.org")
    async with post_office(world.platform) as post:
        await post.round()
        [mail] = post.mail.read()
    assert mail["Subject"] == "Bestätigen Sie Ihre E-Mail-Adresse: Coffee"
    assert f"Diese Adresse bestätigen: {LINK}" in body_of(mail)

"""An operator at the command line: bounces piped in, the level of a wallet, the language of a team."""

from __future__ import annotations

from uuid import UUID

from huggg.cli.mail import REPORT_BYTES_MAX
from huggg.kit.ids import new_id
from huggg.notifications.return_path import mail_names
from huggg.settings.settings import Settings
from tests.support.commands import Huggg, run_command
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

DSN = (
    "To: {to}\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
    "Final-Recipient: rfc822; dee@example.org\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
)


async def test_a_bounce_is_piped_in(world: World, settings: Settings) -> None:
    await world.buy(receivers=[{"email": "dee@example.org"}], deliveryMethod="email")
    database, vault = world.platform.database, world.platform.vault
    delivery_id: UUID = await scalar(database, "UPDATE deliveries SET state = 'sent' RETURNING id")
    to = mail_names(vault, delivery_id, domain="mail.test").return_path
    result = await run_command(settings, "mail", "bounce", typed=DSN.format(to=to))
    assert (result.code, result.out) == (0, f"Message {delivery_id}: bounced.\n")
    async with nothing_moves(database):
        again = await run_command(settings, "mail", "bounce", typed=DSN.format(to=to))
        assert (again.code, again.out) == (0, "The mail changes the state of no message.\n")
        forged = DSN.format(to=mail_names(vault, delivery_id, domain="x").return_path.replace("-", "-f"))
        refused = await run_command(settings, "mail", "bounce", typed=forged)
        assert (refused.code, refused.err) == (1, "huggg: The mail names no message of this server.\n")
        endless = await run_command(settings, "mail", "bounce", typed="x" * (REPORT_BYTES_MAX + 1))
        assert (endless.code, endless.err) == (1, "huggg: The mail is larger than 32 MB.\n")


async def test_a_team_is_told_of_its_wallet_and_written_to_in_its_language(
    world: World, huggg: Huggg
) -> None:
    database = world.platform.database
    assert (await huggg("wallet", "alarm", str(world.wallet), "50")).code == 0
    below = "SELECT alarm_below FROM accounts WHERE id = $1"
    assert await scalar(database, below, world.wallet) == 50_00
    assert (await huggg("wallet", "alarm", str(world.wallet), "0")).code == 0
    assert await scalar(database, below, world.wallet) is None
    team = str(await scalar(database, "SELECT team_id FROM accounts WHERE id = $1", world.wallet))
    set_up = ("team", "messages", team, "--language", "cy", "--sms-reminders", "legacy")
    assert (await huggg(*set_up)).code == 0
    assert (await huggg("team", "messages", team, "--language", "de")).code == 0
    rows = await sql(database, "SELECT language, legacy_sms FROM teams ORDER BY name")
    assert [tuple(row) for row in rows] == [("de", True), (None, False)]
    async with nothing_moves(database):
        for wrong in (
            ("team", "messages", team, "--language", "tlh"),
            ("team", "messages", str(new_id()), "--language", "cy"),
            ("wallet", "alarm", str(new_id()), "50"),
        ):
            refused = await huggg(*wrong)
            assert (refused.code, refused.err.startswith("huggg: ")) == (1, True)

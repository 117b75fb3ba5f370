"""A mail server that is away for eight hours while workers die: every message once, or not at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from huggg.jobs import queue
from huggg.jobs.worker import Worker
from huggg.notifications import new_deliveries
from huggg.notifications.delivery import Channel
from huggg.notifications.jobs import WORKS
from huggg.notifications.wishes import keep_contact
from huggg.wallets.top_up import top_up
from tests.support.jobs import everything_due, worker_of
from tests.support.mail_server import MailServer, mail_server
from tests.support.post_office import PhoneCompany, Post, office_of
from tests.support.processes import free_port
from tests.support.sql import scalar, sql
from tests.support.world import World

RECEIVERS = 40
BATCH = 8
HOURS = 8


@pytest.fixture
async def post(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    """An office whose mail server is away: nothing listens at its port."""
    monkeypatch.setattr(new_deliveries, "BATCH", BATCH)
    mail, phones = MailServer(port=free_port()), PhoneCompany()
    post = Post(office_of(world.platform, mail, phones), mail, phones)
    yield post
    await post.office.channels.close()


async def test_after_eight_hours_without_a_mail_server_every_message_is_sent_once(
    world: World, post: Post
) -> None:
    database = world.platform.database
    await top_up(database, wallet_id=world.wallet, amount=1_000_00)
    receivers = [{"email": f"r{number}@example.org"} for number in range(RECEIVERS)]
    hugggs = await world.buy(receivers=receivers, deliveryMethod="email")
    worker = worker_of(database, *(work.equipped({"office": post.office}) for work in WORKS))
    for hour in range(HOURS):
        await an_hour_passes(world, worker, kills=hour % 2 == 0)
    assert await counted(world) == {"queued": RECEIVERS}
    assert await scalar(database, "SELECT count(*) FROM jobs WHERE dead_at IS NOT NULL") == 0

    spent, ended, _, cancelled = hugggs[:4]
    assert (await world.redeem(spent["id"])).status_code == 201
    await sql(database, "UPDATE hugggs SET expires_at = now() WHERE id = $1", ended["id"])
    await sql(database, "UPDATE hugggs SET cancelled_at = now() WHERE id = $1", cancelled["id"])
    await keep_contact(
        world.platform, "r2@example.org", Channel.EMAIL, dead_reason="550 5.1.1 no such user"
    )

    async with mail_server(kept=post.mail):
        for _ in range(6):
            await everything_due(database)
            await worker.lease_and_begin()
            await asyncio.gather(*worker.under_way)
    assert await counted(world) == {"sent": RECEIVERS - 4, "suppressed": 4}
    arrived = Counter(mail.rcpt_tos[0] for mail in post.mail.mails if "+" in (mail.mail_from or ""))
    assert set(arrived.values()) == {1}
    assert set(arrived) == {f"r{number}@example.org" for number in range(4, RECEIVERS)}


async def an_hour_passes(world: World, worker: Worker, *, kills: bool) -> None:
    """Let a worker try, or die amid its attempts without a word, and turn the clock by an hour."""
    database = world.platform.database
    await everything_due(database)
    if kills:  # its leases are left as they are
        await queue.lease(database, {work.kind.name: work.kind for work in WORKS}, most=20, share=20)
    else:
        await worker.lease_and_begin()
        await asyncio.gather(*worker.under_way, return_exceptions=True)
    await sql(
        database,
        "UPDATE deliveries SET queued_at = queued_at - interval '1 hour',"
        " begun_at = begun_at - interval '1 hour'",
    )


async def counted(world: World) -> dict[str, int]:
    rows = await sql(
        world.platform.database,
        "SELECT state, count(*) FROM deliveries WHERE kind = 'gift' GROUP BY state",
    )
    return {row["state"]: row["count"] for row in rows}

"""deliver: gifts mailed by a worker to a fake mail server ÷ the same mails sent by `aiosmtplib` alone.

Both keep as many connections to one server, a process of its own that takes each mail and forgets it,
and both run on the event loop that servers run on. The worker leases jobs, looks at each huggg, writes
each letter and records each outcome; `aiosmtplib` sends one letter that was written before.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiosmtplib
import uvloop

from bench.stand import EPOS, Stand, free_port, merchant, platform, stand
from huggg.database.meter import NoMeter
from huggg.identity.caller import Caller, UserKind
from huggg.jobs.worker import Worker
from huggg.kit.platform import Platform
from huggg.languages.language import language
from huggg.notifications.compose import unsubscribe_url
from huggg.notifications.gift_letters import Gift, gift_letter
from huggg.notifications.hand_over import LINES, PostOffice
from huggg.notifications.jobs import WORKS
from huggg.notifications.mail import Mail, build_mail
from huggg.server.wiring import build_channels, build_post_office
from huggg.transactions.buy_from_wallet import buy_from_wallet
from huggg.transactions.order import Order
from huggg.wallets.top_up import top_up

LIMIT = 0.7
CHUNK = 10_000
LONG = {"count": 100_000}

SERVER = """
import asyncio, sys
from aiosmtpd.smtp import SMTP

class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Sink(), hostname="sink.test", loop=loop), "127.0.0.1", int(sys.argv[1])
    )
    await server.serve_forever()

asyncio.run(main())
"""


def measure(count: int = 3_000) -> dict[str, Any]:
    """Mail `count` gifts both ways, half of the bare ones before and half after."""
    with stand() as at, _mail_server() as port:
        return uvloop.run(_measured(at, port, count))


@contextmanager
def _mail_server() -> Iterator[int]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(port)])
    try:
        time.sleep(1.0)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


async def _measured(at: Stand, port: int, count: int) -> dict[str, Any]:
    settings = replace(at.settings, smtp_url=f"smtp://127.0.0.1:{port}")
    async with platform(at) as tools:
        await _bought_for_addresses(at, tools, count)
        channels = build_channels(settings)
        office = build_post_office(settings, tools, channels)
        mail = _written(office)
        before = await _sent_alone(port, mail, count // 2)
        seconds = await _handed_over(office)
        after = await _sent_alone(port, mail, count // 2)
        await channels.close()
    ours, alone = count / seconds, count / (before + after)
    return {
        "ratio": ours / alone,
        "limit": LIMIT,
        "mails": count,
        "per_second": round(ours),
        "alone_per_second": round(alone),
    }


async def _bought_for_addresses(at: Stand, tools: Platform, count: int) -> None:
    product = merchant(at, EPOS)["products"][0]
    buyer = at.world["buyer"]
    wallet = UUID(str(buyer["wallet_id"]))
    await top_up(tools.database, wallet_id=wallet, amount=count * product["sale_price"])
    caller = Caller(
        at.world["client_id"],
        UUID(str(buyer["user_id"])),
        UserKind.CUSTOMER,
        team_id=UUID(str(buyer["team_id"])),
    )
    for start in range(0, count, CHUNK):
        addresses = tuple(f"r{n}@example.org" for n in range(start, min(start + CHUNK, count)))
        order = Order(
            wallet,
            UUID(str(product["id"])),
            len(addresses),
            receivers=addresses,
            message="Have one on me.",
            delivery_method="email",
        )
        await buy_from_wallet(tools.database, tools.vault, order, caller=caller)


async def _handed_over(office: PostOffice) -> float:
    """Let a worker work until every gift is sent; gives the seconds."""
    database = office.platform.database
    works = [work.equipped({"office": office}) for work in WORKS]
    worker = Worker(database, NoMeter(), works=works, consumers=(), chores=())
    began = time.perf_counter()
    async with worker.at_work(grace_seconds=10):
        while worker.under_way or await _waiting(office):  # noqa: ASYNC110 - no event tells of the last job
            await asyncio.sleep(0.02)
        return time.perf_counter() - began


async def _waiting(office: PostOffice) -> bool:
    """Look for a gift that waits, on the index of those: a scan would pass over all that were sent."""
    async with office.platform.database.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        query = "SELECT EXISTS (SELECT FROM deliveries WHERE state = 'queued' AND kind = 'gift')"
        return bool(await connection.fetchval(query))


def _written(office: PostOffice) -> Mail:
    """Write a letter as the worker writes each of them."""
    now, delivery_id = datetime.now(UTC), uuid4()
    gift = Gift(
        product="A cup of coffee",
        brand="The Corner Bakery",
        sender="Acme Rewards",
        name=None,
        message="Have one on me.",
        link=f"{office.addresses.launch_url}/{'0' * 16}",
        last_day=now.date(),
    )
    return build_mail(
        gift_letter(
            gift,
            language("en"),
            unsubscribe=unsubscribe_url(office.platform.vault, delivery_id, office.addresses),
        ),
        delivery_id=delivery_id,
        to="r0@example.org",
        sender=office.sender,
        vault=office.platform.vault,
        at=now,
    )


async def _sent_alone(port: int, mail: Mail, count: int) -> float:
    """Send a mail as often over as many connections; gives the seconds."""
    numbers = iter(range(count))

    async def send() -> None:
        smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await smtp.connect()
        for number in numbers:
            await smtp.sendmail(mail.sender, [f"r{number}@example.org"], mail.content)
        await smtp.quit()

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(LINES)))
    return time.perf_counter() - began

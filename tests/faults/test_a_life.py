"""A gift's life from outside, under a clock that is turned: servers live on the story's days."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx2
import pytest

from huggg.database.doctor import examine
from huggg.kit.codes import Vault
from huggg.kit.platform import Platform
from huggg.server.wiring import build_platform
from tests.support.cast import cast_team
from tests.support.installation import Installation
from tests.support.keys import TEST_KEYS
from tests.support.mail_server import MailServer, body_of, mail_server
from tests.support.processes import serving
from tests.support.waiting import until
from tests.support.world import COFFEE_PENCE, WALLET_PENCE, Person, World, token_for

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
MAIL_SECONDS_MAX = 60.0


async def huggg_of(world: World, huggg_id: str) -> dict[str, Any]:
    """Read a huggg as its sender sees it."""
    answer = await world.call("GET", f"/api/v2/hugggs/{huggg_id}", world.amara)
    data: dict[str, Any] = answer.json()["data"]
    return data


async def submit(world: World, link: str, act: str) -> int:
    """Submit a form of a gift page; gives the status of its answer."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    return (await world.http.post(f"/{link}/{act}", headers=headers)).status_code


async def available(world: World) -> int:
    """Read the pence that the buyer's wallet has left."""
    team = await cast_team(world, world.amara)
    answer = await world.call("GET", f"/api/v2/teams/{team}/wallets", world.amara)
    [wallet] = answer.json()["data"]
    return int(wallet["available"])


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of the story, which begins today."""

    installation: Installation
    world: World
    mail: MailServer
    folder: Path

    @asynccontextmanager
    async def day(self, number: int) -> AsyncIterator[World]:
        """Serve on a day of the story; PostgreSQL's clock is turned with the server's."""
        ten = datetime.combine(on_day(number), time(10), UTC)
        environment = self.installation.environment | {
            "HUGGG_SMTP_URL": self.mail.url,
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": f"{(ten - datetime.now(UTC)).total_seconds():+.0f}",
        }
        async with (
            serving(environment, self.folder) as server,
            self.installation.opened() as database,
            httpx2.AsyncClient(base_url=server.url, timeout=20) as http,
        ):
            platform = build_platform(self.installation.settings, database, Vault(TEST_KEYS))
            yield replace(
                self.world,
                platform=platform,
                http=http,
                amara=await today(platform, self.world.amara),
                till=await today(platform, self.world.till),
            )
            assert [finding.rule for finding in await examine(database) if finding.rows] == []

    async def mails(self, count: int) -> EmailMessage:
        """Wait for so many mails in all; gives the latest."""
        await until(lambda: len(self.mail.mails) >= count, seconds=MAIL_SECONDS_MAX)
        assert len(self.mail.mails) == count
        return self.mail.read()[-1]


async def today(platform: Platform, person: Person) -> Person:
    """Log a person in again: tokens of another day are over."""
    return replace(person, token=await token_for(platform, person.id))


def on_day(number: int) -> date:
    """Name a day of the story."""
    return datetime.now(UTC).date() + timedelta(days=number)


@pytest.fixture
async def calendar(installation: Installation, tmp_path: Path) -> AsyncIterator[Calendar]:
    if FAKETIME is None:
        pytest.skip("Debian's libfaketime is not installed: no clock can be turned.")
    async with installation.world() as world:
        pass
    async with mail_server() as mail:
        yield Calendar(installation, world, mail, tmp_path)


async def test_a_gift_is_bought_mailed_opened_reminded_moved_claimed_and_expires(
    calendar: Calendar,
) -> None:
    bought = WALLET_PENCE - COFFEE_PENCE
    async with calendar.day(0) as world:
        [huggg] = await world.buy(
            receivers=[{"email": "ann@example.org", "name": "Ann"}],
            deliveryMethod="email",
            sendDate=on_day(2).isoformat(),
            expiryDate=on_day(12).isoformat(),
            message="For Wednesday",
        )
        assert (await world.redeem(huggg["id"])).status_code == 404
        assert await available(world) == bought
        assert calendar.mail.mails == []

    async with calendar.day(2) as world:
        link = link_in(await calendar.mails(1))
        assert link == huggg["shortcode"]
        crawled = await world.http.get(f"/{link}", headers={"User-Agent": "Slackbot 1.0"})
        assert (crawled.status_code, "For Wednesday" in crawled.text) == (200, True)
        assert (await huggg_of(world, huggg["id"]))["viewed_date"] is None
        assert await submit(world, link, "view") == 204
        assert (await huggg_of(world, huggg["id"]))["viewed_date"] is not None

    async with calendar.day(3) as world:
        reminder = await calendar.mails(2)
        assert (reminder["to"], link_in(reminder)) == ("ann@example.org", link)
        change = {"receiver": {"email": "bob@example.org"}}
        moved = await world.call("PATCH", f"/api/v2/hugggs/{huggg['id']}", world.amara, change)
        assert moved.status_code == 200, moved.text
        new_link = moved.json()["data"]["shortcode"]
        assert link_in(await calendar.mails(3)) == new_link
        old = await world.http.get(f"/{link}")
        assert (old.status_code, "For Wednesday" in old.text) == (410, False)
        assert await submit(world, new_link, "claim") == 303
        assert (await huggg_of(world, huggg["id"]))["assigned_date"] is not None
        assert await available(world) == bought

    async with calendar.day(13) as world:
        await until(lambda: is_paid_back(world), seconds=MAIL_SECONDS_MAX)
        assert (await world.redeem(huggg["id"])).status_code == 405
        ended = await huggg_of(world, huggg["id"])
        assert (ended["is_expired"], ended["status_code"]) == (True, "EX")
    assert len(calendar.mail.mails) == 3


async def is_paid_back(world: World) -> bool:
    """Tell whether the wallet is as it was before the purchase, to the penny."""
    return await available(world) == WALLET_PENCE


def link_in(mail: EmailMessage) -> str:
    """Find the symbols of the gift's link in a mail."""
    (link,) = set(re.findall(r"https://launch\.test/([0-9A-Za-z]{16})\b", body_of(mail)))
    return str(link)

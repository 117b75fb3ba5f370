"""A post office of a story: its mail server, its provider of SMS, and a worker that hands all over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from huggg.kit.errors import Forbidden
from huggg.kit.platform import Platform
from huggg.notifications.alarms import Operator
from huggg.notifications.channel import (
    ChannelAway,
    Channels,
    HandoverInDoubt,
    SmsReceipt,
    Text,
)
from huggg.notifications.compose import Addresses
from huggg.notifications.hand_over import PostOffice
from huggg.notifications.jobs import WORKS
from huggg.notifications.mail import MailSender
from huggg.notifications.smtp import SmtpMailer, read_smtp_url
from tests.support.jobs import everything_due, work_off
from tests.support.mail_server import MailServer, mail_server

LAUNCH_URL = "https://launch.test"
BASE_URL = "https://api.test"


@dataclass
class PhoneCompany:
    """A provider of SMS in memory; it can take a text and lose its answer."""

    texts: list[Text] = field(default_factory=list)
    loses_answers: bool = False
    is_away: bool = False

    async def send(self, text: Text, /) -> str:
        """Take a text."""
        self.texts.append(text)
        if self.loses_answers:
            raise HandoverInDoubt("no answer")
        return f"SM{text.delivery_id.hex}"

    async def close(self) -> None:
        """Nothing is open."""

    async def verify(self, text: Text) -> str | None:
        """Tell whether it was taken."""
        if self.is_away:
            raise ChannelAway("no connection")
        taken = any(each.delivery_id == text.delivery_id for each in self.texts)
        return f"SM{text.delivery_id.hex}" if taken else None

    def receipt(self, url: str, form: Mapping[str, str], signature: str) -> SmsReceipt:  # noqa: ARG002
        """Refuse reports: stories of reports have Twilio's own."""
        raise Forbidden


@dataclass
class Post:
    """The office with both of its channels."""

    office: PostOffice
    mail: MailServer
    phones: PhoneCompany

    async def round(self) -> int:
        """Let a worker hand over all that is due, and say how many batches that were."""
        works = [work.equipped({"office": self.office}) for work in WORKS]
        return await work_off(self.office.platform.database, *works)

    async def later_round(self) -> int:
        """Let a worker hand over all that waits, as if the waits were over."""
        await everything_due(self.office.platform.database)
        return await self.round()


def office_of(platform: Platform, mail: MailServer, phones: PhoneCompany) -> PostOffice:
    """Build an office that sends to a server."""
    return PostOffice(
        platform,
        Channels(SmtpMailer(read_smtp_url(mail.url), local_name="huggg.test"), phones),
        MailSender("Gifts", "gifts@mail.test"),
        Addresses(LAUNCH_URL, BASE_URL),
        Operator("operator@mail.test"),
    )


@asynccontextmanager
async def post_office(platform: Platform) -> AsyncIterator[Post]:
    """Open an office for a story."""
    phones = PhoneCompany()
    async with mail_server() as mail:
        office = office_of(platform, mail, phones)
        try:
            yield Post(office, mail, phones)
        finally:
            await office.channels.close()

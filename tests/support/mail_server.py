"""A mail server to send to: it keeps its mails, and refuses or breaks off as a story tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope


@dataclass
class MailServer:
    """Its inbox by the order of arrival, and its replies to senders, recipients and data."""

    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)  # recipient to reply
    sender_reply: str = "250 OK"
    data_reply: str = "250 OK"
    breaks_off: bool = False  # takes the mail, and loses the connection before its answer

    @property
    def url(self) -> str:
        """The address of the server as a setting has it."""
        return f"smtp://127.0.0.1:{self.port}"

    def read(self) -> list[EmailMessage]:
        """Read the mails that came."""
        return [message_from_bytes(_content(mail), policy=default) for mail in self.mails]

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _: SMTP, __: Any, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        """Take a sender, or refuse it."""
        if self.sender_reply.startswith("250"):
            envelope.mail_from = address
        return self.sender_reply

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _: SMTP, __: Any, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        """Take a recipient, or refuse it."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Any, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail, and answer as told."""
        if self.data_reply.startswith("250"):
            self.mails.append(envelope)
        if self.breaks_off:
            assert server.transport is not None
            server.transport.close()
        return self.data_reply


def _content(mail: Envelope) -> bytes:
    assert isinstance(mail.content, bytes)
    return mail.content


@asynccontextmanager
async def mail_server(kept: MailServer | None = None) -> AsyncIterator[MailServer]:
    """Run a server in this loop, on a loopback address: a new one, or one that was away."""
    kept = kept or MailServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(kept, hostname="mail.test", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", kept.port
    )
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()
        await server.wait_closed()


def body_of(mail: EmailMessage, subtype: str = "plain") -> str:
    """Read one of the two parts of a mail."""
    part = mail.get_body((subtype,))
    assert part is not None
    return str(part.get_content())

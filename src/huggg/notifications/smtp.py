"""Mail over SMTP: connections that are kept, TLS whose certificates are checked.

On a machine's own loopback address a server may be plain; every other server has to speak TLS, from the
first byte (`smtps`) or after STARTTLS (`smtp`), unless the operator says `?tls=none`.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import structlog
from aiosmtplib import SMTP, SMTPHeloError, SMTPResponseException
from msgspec import Struct

from huggg.notifications.channel import (
    ChannelAway,
    ChannelClosed,
    HandoverInDoubt,
    MessageRefusedError,
)
from huggg.notifications.delivery import DeliveryState
from huggg.notifications.mail import Mail
from huggg.notifications.reason import plain_reason

SECONDS_MAX = 10.0
"""The time for connecting and greeting, for the envelope of a mail, and for its content."""

PERMANENT = 500
ACCEPTED = frozenset({250, 251})
"""Replies to a sender or a recipient by which a server goes on with the mail."""

BAD_ADDRESS = frozenset({550, 551, 553})
"""Replies about a recipient that mean the address, and no policy, size or quota."""

_BARE = re.compile(r"[^\s<>]+")
"""An address that ends no command and no path. Those that are kept were cleaned more strictly."""

PORTS = {"smtp": 25, "smtps": 465}

FAILURES = (aiosmtplib.SMTPException, OSError)

log = structlog.get_logger()


class SmtpServer(Struct, frozen=True):
    """A server that takes mail, as `HUGGG_SMTP_URL` names it."""

    host: str
    port: int
    username: str | None
    password: str | None
    implicit_tls: bool
    start_tls: bool


def read_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://user:password@host:587` or `smtps://…`. Raises ValueError."""
    parts = urlsplit(url)
    options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    if parts.scheme not in PORTS or not parts.hostname or options.keys() - {"tls"}:
        raise ValueError(url)
    if options not in ({}, {"tls": ["none"]}) or (options and parts.scheme == "smtps"):
        raise ValueError(url)
    is_plain = bool(options) or _is_loopback(parts.hostname)
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        implicit_tls=parts.scheme == "smtps",
        start_tls=parts.scheme == "smtp" and not is_plain,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpMailer:
    """Hands mail to a server over connections that it keeps. One per process."""

    def __init__(self, server: SmtpServer, *, local_name: str) -> None:
        """Take the server, and the name by which this machine greets it."""
        self._server = server
        self._local_name = local_name
        self._idle: list[SMTP] = []

    async def send(self, mail: Mail) -> None:
        """Hand a mail over: `Mailer.send`."""
        smtp = self._idle_connection() or await self._connect()
        try:
            await _offer(smtp, mail)
            await _hand_over(smtp, mail)
        except MessageRefusedError:
            await self._keep_cleared(smtp)
            raise
        except BaseException:
            smtp.close()
            raise
        self._idle.append(smtp)

    async def close(self) -> None:
        """Close the connections that are kept."""
        while self._idle:
            self._idle.pop().close()

    def _idle_connection(self) -> SMTP | None:
        """Find a kept connection that its server has not closed: servers close those that are idle."""
        while self._idle:
            smtp = self._idle.pop()
            if smtp.is_connected:
                return smtp
        return None

    async def _keep_cleared(self, smtp: SMTP) -> None:
        """Keep a connection after a refusal, once the server forgot the mail that it began."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await smtp.rset()
        except FAILURES:
            smtp.close()
        else:
            self._idle.append(smtp)

    async def _connect(self) -> SMTP:
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=self._local_name,
            timeout=None,  # one for each answer would cost a tenth of a mail's time
            use_tls=server.implicit_tls,
            start_tls=server.start_tls,
            tls_context=self._tls if server.implicit_tls or server.start_tls else None,
        )
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await smtp.connect()
                await _greet(smtp)
        except FAILURES as error:
            smtp.close()
            raise ChannelClosed(_failure_text(error)) from error
        return smtp

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Read the machine's certificates once: that takes a while."""
        return ssl.create_default_context()


async def _greet(smtp: SMTP) -> None:
    """Ask for the server's extensions before the first mail; one that has none is greeted as of old."""
    try:
        await smtp.ehlo()
    except SMTPHeloError:
        await smtp.helo()


async def _offer(smtp: SMTP, mail: Mail) -> None:
    """Name sender and recipient. Raises ChannelAway, MessageRefusedError."""
    options = [] if mail.to.isascii() else [b"SMTPUTF8"]
    if options and not smtp.supports_extension("smtputf8"):
        raise MessageRefusedError("The mail server takes no address with letters outside of ASCII.")
    if _BARE.fullmatch(mail.to) is None:
        raise MessageRefusedError("The address is none.", state=DeliveryState.BOUNCED)
    try:
        async with asyncio.timeout(SECONDS_MAX):
            await _command(smtp, b"MAIL", b"FROM:<%s>" % mail.sender.encode(), *options)
            await _command(smtp, b"RCPT", b"TO:<%s>" % mail.to.encode())
    except aiosmtplib.SMTPRecipientRefused as error:
        raise _refusal(error, bounces=error.code in BAD_ADDRESS) from error
    except SMTPResponseException as error:
        # All mails share sender and account, so none is given up for these, unless it asks for more.
        raise _refusal(error) if options else ChannelAway(_failure_text(error)) from error
    except FAILURES as error:
        raise ChannelAway(_failure_text(error)) from error


async def _hand_over(smtp: SMTP, mail: Mail) -> None:
    """Send the content. Raises ChannelAway, HandoverInDoubt, MessageRefusedError."""
    try:
        async with asyncio.timeout(SECONDS_MAX):
            await smtp.data(mail.content)
    except SMTPResponseException as error:
        raise _refusal(error) from error
    except FAILURES as error:
        raise HandoverInDoubt(_failure_text(error)) from error


async def _command(smtp: SMTP, verb: bytes, *words: bytes) -> None:
    """Give a command. Raises SMTPRecipientRefused, SMTPResponseException.

    The library's own `mail` and `rcpt` parse each address again, for a quarter of the time of a mail.
    """
    answer = await smtp.execute_command(verb, *words)
    if answer.code in ACCEPTED:
        return
    if verb == b"RCPT":
        raise aiosmtplib.SMTPRecipientRefused(answer.code, answer.message, words[0].decode())
    raise SMTPResponseException(answer.code, answer.message)


def _failure_text(failure: Exception) -> str:
    return plain_reason(f"{type(failure).__name__}: {failure}")


def _refusal(error: SMTPResponseException, *, bounces: bool = False) -> Exception:
    """Tell a refusal for good from one for now, by the first digit of the reply."""
    reason = plain_reason(f"{error.code} {error.message}")
    if error.code < PERMANENT:
        return ChannelAway(reason)
    state = DeliveryState.BOUNCED if bounces else DeliveryState.FAILED
    return MessageRefusedError(reason, state=state)

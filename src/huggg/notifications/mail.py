"""A mail as it leaves: its envelope, and its content as bytes.

The parts are put together here, because the standard library's `EmailMessage` takes 3.5 ms for each and
a purchase may send a hundred thousand; its codecs write the headers and the text.
"""

from __future__ import annotations

from binascii import b2a_qp
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from uuid import UUID

from msgspec import Struct

from huggg.kit.codes import Vault
from huggg.notifications.letter import Letter
from huggg.notifications.render import html_part, text_part
from huggg.notifications.return_path import mail_names


class Mail(Struct, frozen=True, kw_only=True):
    """A mail to one address; `content` has the headers, too."""

    delivery_id: UUID
    sender: str  # of the envelope: bounces go there
    to: str
    content: bytes


class MailSender(Struct, frozen=True):
    """The address that mails come from, such as `Gifts <gifts@example.org>`, in its parts."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The domain of the address, at which bounces arrive, too."""
        return self.address.rpartition("@")[2]

    def header(self) -> str:
        """Write it as a header's value."""
        return _address_header(self.name, self.address)


def read_mail_sender(text: str) -> MailSender:
    """Read `Name <address>` or an address alone. Raises ValueError."""
    name, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    if not local or not domain or " " in address or not address.isascii():
        raise ValueError(text)
    return MailSender(name, address)


def build_mail(
    letter: Letter, *, delivery_id: UUID, to: str, sender: MailSender, vault: Vault, at: datetime
) -> Mail:
    """Write a letter as a mail. Raises KeysInDoubtError."""
    boundary = f"=_{delivery_id.hex}"  # a `=` that is followed by `_` occurs in no quoted text
    names = mail_names(vault, delivery_id, domain=sender.domain)
    headers = {
        "From": sender.header(),
        "To": to,
        "Subject": _header(letter.subject),
        "Date": _date_header(at),
        "Message-ID": names.message_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
        **_unsubscribe_headers(letter),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    lines = [
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        f"--{boundary}",
        *_part("plain", text_part(letter)),
        f"--{boundary}",
        *_part("html", html_part(letter)),
        f"--{boundary}--",
        "",
    ]
    return Mail(
        delivery_id=delivery_id,
        sender=names.return_path,
        to=to,
        content="\r\n".join(lines).encode(),  # ASCII, but for an address that is not
    )


def _unsubscribe_headers(letter: Letter) -> dict[str, str]:
    """Name the address of one-click unsubscribing (RFC 8058), for a letter that has one."""
    if letter.unsubscribe is None:
        return {}
    return {
        "List-Unsubscribe": f"<{letter.unsubscribe.url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _part(subtype: str, text: str) -> tuple[str, ...]:
    quoted = b2a_qp(text.encode(), istext=True).decode("ascii").replace("\n", "\r\n")
    return (
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        quoted,
    )


@lru_cache(maxsize=64)
def _address_header(name: str, address: str) -> str:
    return formataddr((_header(name), address))


@lru_cache(maxsize=64)
def _date_header(at: datetime) -> str:
    """Write an instant once: the mails of a batch have the same."""
    return format_datetime(at)


def _header(text: str) -> str:
    """Write a text on one line, as a line end would begin another header, and in ASCII."""
    line = " ".join(text.split())
    return line if line.isascii() else Header(line, "utf-8").encode(linesep="\r\n")

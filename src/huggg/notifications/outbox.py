"""The outbox: mail and texts in files, for a demo and for trying out; no message leaves the machine.

A file is named by its delivery, so a message that is handed over twice is there once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.durable_files import PRIVATE, put_file
from huggg.kit.errors import Forbidden
from huggg.notifications.channel import SmsReceipt, Text
from huggg.notifications.mail import Mail

FOLDER = "outbox"
LISTED_MAX = 200

OUTBOX = "outbox:"
"""The address that a setting has in place of a server's."""


class OutboxMessage(Struct, frozen=True, kw_only=True):
    """A message as the outbox keeps it, for a reader at the machine."""

    id: UUID
    channel: Literal["email", "sms"]
    to: str
    subject: str
    text: str
    source: str  # of a mail, as it would leave
    at: datetime


class Outbox:
    """Takes mail and texts, and shows them: a Mailer and a Texter."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    async def send(self, message: Mail | Text) -> str:
        """Keep a message; gives its id, as a provider of SMS would."""
        entry = _mail_entry(message) if isinstance(message, Mail) else _text_entry(message)
        await asyncio.to_thread(self._write, entry)
        return str(entry.id)

    async def verify(self, text: Text) -> str | None:
        """Tell whether a text was kept."""
        return str(text.delivery_id) if self.find(text.delivery_id) else None

    def receipt(self, url: str, form: Mapping[str, str], signature: str) -> SmsReceipt:  # noqa: ARG002
        """Refuse every report: the outbox makes none."""
        raise Forbidden

    async def close(self) -> None:
        """Nothing is open."""

    def find(self, message_id: UUID) -> OutboxMessage | None:
        """Read one message."""
        path = self._path(message_id)
        return msgspec.json.decode(path.read_bytes(), type=OutboxMessage) if path.exists() else None

    def latest(self) -> list[OutboxMessage]:
        """Read the last messages, the newest first."""
        paths = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        return [
            msgspec.json.decode(path.read_bytes(), type=OutboxMessage) for path in paths[:LISTED_MAX]
        ]

    def _write(self, message: OutboxMessage) -> None:
        """Write a file, which holds links: only its owner reads it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        put_file(self._path(message.id), msgspec.json.encode(message), mode=PRIVATE)

    def _path(self, message_id: UUID) -> Path:
        return self._folder / f"{message_id}.json"


def _mail_entry(mail: Mail) -> OutboxMessage:
    message = message_from_bytes(mail.content, policy=default)
    text = message.get_body(("plain",))
    return OutboxMessage(
        id=mail.delivery_id,
        channel="email",
        to=mail.to,
        subject=str(message["Subject"]),
        text=text.get_content() if text is not None else "",
        source=mail.content.decode(),
        at=_now(),
    )


def _text_entry(text: Text) -> OutboxMessage:
    return OutboxMessage(
        id=text.delivery_id,
        channel="sms",
        to=text.to,
        subject="",
        text=text.text,
        source="",
        at=_now(),
    )


def _now() -> datetime:
    return datetime.now(UTC)

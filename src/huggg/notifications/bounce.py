"""Bounces: reports of mail servers about mail that did not arrive, or did (RFC 3464)."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from uuid import UUID

from msgspec import Struct

from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.notifications.delivery import DeliveryState
from huggg.notifications.reason import plain_reason
from huggg.notifications.return_path import named_delivery

RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
REFERENCE_HEADERS = ("Message-ID", "Return-Path", "In-Reply-To", "References")
"""Headers that may name the delivery: of the report itself, and of the mail that it returns."""

ACTIONS = {"failed": DeliveryState.BOUNCED, "delivered": DeliveryState.DELIVERED}
"""The actions that decide; a delayed, relayed or expanded mail may still arrive."""

DEAD_ADDRESS = ("5.1.", "5.2.1")
"""Statuses of an address that takes no mail for good: it does not exist, or is disabled."""


class Bounce(Struct, frozen=True):
    """A report about one delivery; `address_is_dead` for an address that no mail will ever reach."""

    delivery_id: UUID
    state: DeliveryState
    reason: str
    address_is_dead: bool


def read_bounce(report: bytes, vault: Vault) -> Bounce | None:
    """Read a report; None for one that decides nothing, such as a delay or an answer by a machine.

    Raises Invalid for a mail that names no delivery of ours, and KeysInDoubtError.
    """
    try:
        mail = message_from_bytes(report, policy=compat32)
        delivery_id = next(
            filter(None, (named_delivery(vault, text) for text in _candidate_headers(mail))), None
        )
    except RecursionError:
        raise Invalid("The mail has too many mails inside of each other.") from None
    if delivery_id is None:
        raise Invalid("The mail names no message of this server.")
    for fields in _status_fields(mail):
        state = ACTIONS.get(_field(fields, "Action").lower())
        if state is not None:
            status = _field(fields, "Status")
            diagnosis = _field(fields, "Diagnostic-Code").partition(";")[2].strip() or status
            is_dead = state is DeliveryState.BOUNCED and status.startswith(DEAD_ADDRESS)
            return Bounce(delivery_id, state, plain_reason(diagnosis), is_dead)
    return None


def _candidate_headers(mail: Message) -> Iterator[str]:
    """Give the headers that may name the delivery, of the report first."""
    for name in RECIPIENT_HEADERS:
        yield from map(str, mail.get_all(name, []))
    for part in mail.walk():
        for name in REFERENCE_HEADERS:
            yield from map(str, part.get_all(name, []))
        if part.get_content_type() == "text/rfc822-headers":
            yield str(part.get_payload())


def _status_fields(mail: Message) -> Iterator[Message]:
    """Give the fields of each recipient that a report is about."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            blocks = payload if isinstance(payload, list) else []
            yield from (block for block in blocks if isinstance(block, Message) and "Action" in block)


def _field(fields: Message, name: str) -> str:
    return " ".join(str(fields.get(name, "")).split())

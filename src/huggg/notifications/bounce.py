"""Bounces: reports of mail servers about mail that did not arrive, or did (RFC 3464)."""

from __future__ import annotations

import re
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

DEAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Statuses of an address that takes no mail for good: it does not exist, moved, or is disabled.

The other statuses of 5.1 are about the address of the sender, or about neither. A sender whose own
domain is in disorder gets them for each recipient, so they say nothing about one.
"""

UNSPECIFIC = "0.0"
"""The end of a status that leaves the details to the diagnosis, as every status of some servers does."""

_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
"""The types of the part that decides; the second is for addresses beyond ASCII (RFC 6533)."""

CODINGS = frozenset({"base64", "quoted-printable"})


class Bounce(Struct, frozen=True):
    """A report about one delivery; `address_is_dead` for an address that no mail will ever reach."""

    delivery_id: UUID
    state: DeliveryState
    reason: str
    address_is_dead: bool


def read_bounce(report: bytes, vault: Vault) -> Bounce | None:
    """Read a report; None for one that decides nothing, such as a delay or an answer by a machine.

    Of several recipients, one that got the mail decides, as it does in reports one after the other.
    Raises Invalid for a mail that names no delivery of ours, and KeysInDoubtError.
    """
    try:
        parts = [*_parts(message_from_bytes(report, policy=compat32))]
    except RecursionError:
        raise Invalid("The mail has too many mails inside of each other.") from None
    names = (named_delivery(vault, text) for text in _candidate_headers(parts))
    delivery_id = next(filter(None, names), None)
    if delivery_id is None:
        raise Invalid("The mail names no message of this server.")
    bounces = [*_bounces(parts, delivery_id)]
    arrived = (bounce for bounce in bounces if bounce.state is DeliveryState.DELIVERED)
    return next(arrived, bounces[0] if bounces else None)


def _parts(mail: Message) -> Iterator[Message]:
    """Give the parts of a mail, the mail first.

    The library reads a part that is a mail, or the fields of a report, as if it were not coded, and the
    fields beyond ASCII as if they were a mail. Such a part is read again, from its plain text.
    """
    for part in mail.walk():
        content_type, coding = part.get_content_type(), _field(part, "Content-Transfer-Encoding").lower()
        is_coded = coding in CODINGS and part.get_content_maintype() == "message"
        if not is_coded and content_type != "message/global-delivery-status":
            yield part
            continue
        text = Message(compat32)
        text["Content-Transfer-Encoding"] = coding
        text.set_payload(b"\n\n".join(map(bytes, _inner(part))).decode("ascii", "surrogateescape"))
        plain_type = "message/delivery-status" if content_type in STATUS_TYPES else "message/rfc822"
        plain = b"Content-Type: %s\n\n" % plain_type.encode() + bytes(text.get_payload(decode=True))
        yield from message_from_bytes(plain, policy=compat32).walk()


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _candidate_headers(parts: list[Message]) -> Iterator[str]:
    """Give the headers that may name the delivery, of the report first."""
    for name in RECIPIENT_HEADERS:
        yield from map(str, parts[0].get_all(name, []))
    for part in parts:
        for name in REFERENCE_HEADERS:
            yield from map(str, part.get_all(name, []))
        if part.get_content_type() == "text/rfc822-headers":
            yield bytes(part.get_payload(decode=True)).decode("ascii", "replace")


def _bounces(parts: list[Message], delivery_id: UUID) -> Iterator[Bounce]:
    """Read the outcome at each recipient: the address of a list has several."""
    for part in parts:
        if part.get_content_type() in STATUS_TYPES:
            for fields in _inner(part):
                state = ACTIONS.get(_word(fields, "Action").lower())
                if state is not None:
                    yield _bounce(fields, state, delivery_id)


def _bounce(fields: Message, state: DeliveryState, delivery_id: UUID) -> Bounce:
    kind, separator, words = _field(fields, "Diagnostic-Code").partition(";")
    status, diagnosis = _word(fields, "Status"), (words if separator else kind).strip()
    if status.endswith(UNSPECIFIC) and (precise := _STATUS.search(diagnosis)):
        status = precise[0]
    is_dead = state is DeliveryState.BOUNCED and status in DEAD_ADDRESS
    return Bounce(delivery_id, state, plain_reason(diagnosis or status), is_dead)


def _field(fields: Message, name: str) -> str:
    return " ".join(str(fields.get(name, "")).split())


def _word(fields: Message, name: str) -> str:
    """Read the first word of a field, which a comment may follow."""
    return _field(fields, name).partition(" ")[0]

"""Hand over: the job of a batch gives each of its deliveries to a channel, and records the outcome."""

from __future__ import annotations

import time
from asyncio import Semaphore, gather
from datetime import datetime

from asyncpg import Record
from msgspec import Struct, field

from huggg.jobs import queue
from huggg.jobs.job import Job
from huggg.kit.platform import Platform
from huggg.notifications import store
from huggg.notifications.addressee import UNREADABLE, Addressee, readable_addressee
from huggg.notifications.alarms import Operator
from huggg.notifications.channel import (
    ChannelAway,
    ChannelClosed,
    Channels,
    HandoverInDoubt,
    MessageRefusedError,
    Text,
)
from huggg.notifications.compose import Addresses, compose_letter, compose_text, reader_of
from huggg.notifications.delivery import Channel, DeliveryKind, DeliveryState
from huggg.notifications.job_kinds import BATCH
from huggg.notifications.mail import MailSender, build_mail
from huggg.notifications.remind import first_reminder
from huggg.notifications.store import DeliveryReport
from huggg.notifications.verdict import OUTGOING, Contact, Handover, Verdict, decide_handover

SECONDS_MAX = 25.0
"""The time in which an attempt begins messages; the rest of its lease is for the last of them."""

TOGETHER = 10
"""Deliveries that are begun, given to their channel and settled together, in two statements."""

DESKS = 6
"""Groups of TOGETHER that a process has under way in each channel: some leave, others are recorded.

They bound the messages that are in doubt when the process dies.
"""

LINES = 30
"""Messages that a process gives to one channel at once: to a mail server, over as many connections.

They are fewer than the desks have, so that no line waits while a group is recorded.
"""


def _desks() -> dict[str, Semaphore]:
    return {channel: Semaphore(DESKS) for channel in Channel}


def _lines() -> dict[str, Semaphore]:
    return {channel: Semaphore(LINES) for channel in Channel}


class PostOffice(Struct, frozen=True):
    """All that handing over needs: one per process."""

    platform: Platform
    channels: Channels
    sender: MailSender
    addresses: Addresses
    operator: Operator | None = None
    desks: dict[str, Semaphore] = field(default_factory=_desks)
    lines: dict[str, Semaphore] = field(default_factory=_lines)


class _Message(Struct, frozen=True):
    """A delivery that waits, for whom it is, and the decision about it."""

    row: Record
    addressee: Addressee | None
    contact: Contact
    handover: Handover


class _Unfinished(Struct):
    """The part of a batch that another attempt has to do."""

    away: ChannelAway | None = None
    later: datetime | None = None  # when the first of those that were put off may leave
    out_of_time: bool = False


async def hand_over_batch(job: Job, *, office: PostOffice) -> None:
    """Hand over the deliveries of a batch that wait.

    Raises ChannelAway if a channel did not take one of them: then the job is due again later.
    """
    database, until = office.platform.database, time.monotonic() + SECONDS_MAX
    rows = await store.to_hand_over(database, job.subject_id, most=BATCH)
    addressees = [readable_addressee(row, office.platform.vault) for row in rows]
    contacts = await store.contacts(database, office.platform.vault, rows, addressees)
    messages = [
        _Message(*message, _decide(*message)) for message in zip(rows, addressees, contacts, strict=True)
    ]
    unfinished = _Unfinished()
    for first in range(0, len(messages), TOGETHER):
        group = messages[first : first + TOGETHER]
        async with office.desks[group[0].row["channel"]]:
            if time.monotonic() > until:
                unfinished.out_of_time = True
            else:
                await _hand_over(office, group, unfinished, until=until)
        if unfinished.out_of_time or isinstance(unfinished.away, ChannelClosed):
            break
    await _tell_buyers(office, rows)
    if unfinished.away is not None:
        raise unfinished.away
    if unfinished.out_of_time or (len(rows) == BATCH and unfinished.later is None):
        await queue.go_on(database, job, at=rows[0]["now"])
    elif unfinished.later is not None:
        await queue.go_on(database, job, at=unfinished.later)


async def _hand_over(
    office: PostOffice, messages: list[_Message], unfinished: _Unfinished, *, until: float
) -> None:
    """Bring deliveries a step further, and note which of them are left.

    Those that left are settled before a defect in another is raised.
    """
    database = office.platform.database
    begun_messages = await _begin(office, messages, unfinished)
    outcomes = await gather(
        *(_outcome(office, message, until=until) for message in begun_messages), return_exceptions=True
    )
    reports = [outcome for outcome in outcomes if isinstance(outcome, DeliveryReport)]
    reports += [report for message in messages if (report := _report_of(message)) is not None]
    await store.settle(database, *reports)
    for message, outcome in zip(begun_messages, outcomes, strict=True):
        if isinstance(outcome, ChannelAway):
            unfinished.away = unfinished.away if isinstance(unfinished.away, ChannelClosed) else outcome
        elif outcome is None:
            unfinished.out_of_time = True
        else:
            continue
        was_in_doubt = message.handover.verdict is Verdict.VERIFY
        if not was_in_doubt and not isinstance(outcome, HandoverInDoubt):
            await store.unbegin(database, message.row)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, ChannelAway):
            raise outcome


async def _begin(
    office: PostOffice, messages: list[_Message], unfinished: _Unfinished
) -> list[_Message]:
    """Mark those that are to leave as begun; gives them without those that lost their meaning."""
    outgoing = [message for message in messages if message.handover.verdict in OUTGOING]
    marks = await store.begin(office.platform.database, (message.row for message in outgoing))
    begun_messages = []
    for message, mark in zip(outgoing, marks, strict=True):
        if mark is None:
            continue
        if mark["obstacle"] is None:
            begun_messages.append(message)
        elif mark["obstacle"] == "scheduled":
            sent_at = message.row["sent_at"]
            unfinished.later = min(unfinished.later or sent_at, sent_at)
    return begun_messages


def _report_of(message: _Message) -> DeliveryReport | None:
    """Report a delivery that no channel gets; None for one that is to leave."""
    if message.handover.verdict in OUTGOING:
        return None
    suppressed = message.handover.verdict is Verdict.SUPPRESS
    state = DeliveryState.SUPPRESSED if suppressed else DeliveryState.FAILED
    return _report(message.row, state, reason=message.handover.reason)


async def _outcome(office: PostOffice, message: _Message, *, until: float) -> DeliveryReport | None:
    """Give a delivery to its channel; None if no line was free in time. Raises ChannelAway.

    A message that got its line later could outlast the lease of its batch.
    """
    row, addressee = message.row, message.addressee
    assert addressee is not None  # noqa: S101 - else it is suppressed
    async with office.lines[row["channel"]]:
        if time.monotonic() > until:
            return None
        try:
            provider_id = await _give(office, message, addressee)
        except MessageRefusedError as error:
            return _report(row, error.state, reason=str(error))
    return _report(
        row, DeliveryState.SENT, provider_id=provider_id, remind_at=_first_reminder(row, addressee)
    )


def _first_reminder(row: Record, addressee: Addressee) -> datetime | None:
    return first_reminder(row, addressee) if row["kind"] == DeliveryKind.GIFT else None


def _decide(row: Record, addressee: Addressee | None, contact: Contact) -> Handover:
    return decide_handover(
        DeliveryKind(row["kind"]),
        Channel(row["channel"]),
        contact,
        has_address=addressee is not None,
        is_readable=addressee is not UNREADABLE,
        is_begun=row["begun_at"] is not None,
        since=max(row["queued_at"], row["sent_at"] or row["queued_at"]),
        now=row["now"],
    )


async def _give(office: PostOffice, message: _Message, addressee: Addressee) -> str | None:
    """Give a delivery to its channel; a provider of SMS gives an id.

    Raises ChannelAway, MessageRefusedError.
    """
    row, vault, addresses = message.row, office.platform.vault, office.addresses
    reader = reader_of(row, addressee, message.contact.language)
    assert addressee.address is not None  # noqa: S101 - an addressee has one
    if row["channel"] == Channel.EMAIL:
        if office.channels.mailer is None:
            raise ChannelClosed("This worker sends no mail: HUGGG_SMTP_URL is unset.")
        letter = compose_letter(row, addressee, reader, vault=vault, addresses=addresses)
        mail = build_mail(
            letter,
            delivery_id=row["id"],
            to=addressee.address,
            sender=office.sender,
            vault=vault,
            at=row["now"],
        )
        await office.channels.mailer.send(mail)
        return None
    if (texter := office.channels.texter) is None:
        raise ChannelClosed("This worker sends no SMS: HUGGG_SMS_URL is unset.")
    text = Text(
        delivery_id=row["id"],
        to=addressee.address,
        text=compose_text(row, addressee, reader, vault=vault, addresses=addresses),
        receipts_url=f"{addresses.base_url}/webhooks/sms/{row['id']}",
    )
    verify = message.handover.verdict is Verdict.VERIFY
    message_id = await texter.verify(text) if verify else None
    return message_id or await texter.send(text)


def _report(
    row: Record,
    state: DeliveryState,
    *,
    reason: str | None = None,
    provider_id: str | None = None,
    remind_at: datetime | None = None,
) -> DeliveryReport:
    return DeliveryReport(row["subject_id"], row["id"], state, reason, provider_id, remind_at)


async def _tell_buyers(office: PostOffice, rows: list[Record]) -> None:
    """Queue the receipt of a purchase whose gifts have all left."""
    transaction_ids = {row["transaction_id"] for row in rows if row["kind"] == DeliveryKind.GIFT}
    if transaction_ids and office.channels.mailer is not None:
        await store.sent_whole(office.platform.database, list(transaction_ids))

"""Hand over: the job of a batch gives each of its deliveries to a channel, and records the outcome."""

from __future__ import annotations

import time
from datetime import datetime

from asyncpg import Record
from msgspec import Struct

from huggg.jobs import queue
from huggg.jobs.job import Job
from huggg.kit.platform import Platform
from huggg.notifications import store
from huggg.notifications.addressee import Addressee, addressee_of
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
from huggg.notifications.handover import Contact, Handover, Verdict, decide_handover
from huggg.notifications.job_kinds import BATCH
from huggg.notifications.mail import MailSender, build_mail
from huggg.notifications.remind import first_reminder
from huggg.notifications.store import DeliveryReport

SECONDS_MAX = 25.0
"""The time in which an attempt begins messages; the rest of its lease is for the last of them."""


class PostOffice(Struct, frozen=True):
    """All that handing over needs: one per process."""

    platform: Platform
    channels: Channels
    sender: MailSender
    addresses: Addresses
    operator: Operator | None = None


class _Unfinished(Struct):
    """The part of a batch that another attempt has to do."""

    away: ChannelAway | None = None
    later: datetime | None = None  # when the first of those that were put off may leave


async def hand_over_batch(job: Job, *, office: PostOffice) -> None:
    """Hand over the deliveries of a batch that wait.

    Raises ChannelAway if a channel did not take one of them: then the job is due again later.
    """
    database, until = office.platform.database, time.monotonic() + SECONDS_MAX
    rows = await store.to_hand_over(database, job.subject_id, most=BATCH)
    addressees = [addressee_of(row, office.platform.vault) for row in rows]
    contacts = await store.contacts(database, office.platform.vault, rows, addressees)
    left, out_of_time = _Unfinished(), False
    for row, addressee, contact in zip(rows, addressees, contacts, strict=True):
        if out_of_time := time.monotonic() > until:
            break
        try:
            await _hand_over(office, row, addressee, contact, left)
        except ChannelAway as away:
            left.away = away
            if not isinstance(away, HandoverInDoubt):
                await store.unbegin(database, row)
            if isinstance(away, ChannelClosed):
                break
    await _tell_buyers(office, rows)
    if left.away is not None:
        raise left.away
    if out_of_time or len(rows) == BATCH:
        await queue.go_on(database, job, at=rows[0]["now"])
    elif left.later is not None:
        await queue.go_on(database, job, at=left.later)


async def _hand_over(
    office: PostOffice,
    row: Record,
    addressee: Addressee | None,
    contact: Contact,
    left: _Unfinished,
) -> None:
    """Bring one delivery a step further. Raises ChannelAway."""
    decided = _decide(row, addressee, contact)
    if decided.verdict in (Verdict.SUPPRESS, Verdict.FAIL):
        state = DeliveryState.SUPPRESSED if decided.verdict is Verdict.SUPPRESS else DeliveryState.FAILED
        await _settle(office, row, state, reason=decided.reason)
        return
    assert addressee is not None  # noqa: S101 - else it is suppressed
    begun = await store.begin(office.platform.database, row)
    if begun is None or begun["why_not"] is not None:
        if begun is not None and begun["why_not"] == "scheduled":
            left.later = min(left.later or row["sent_at"], row["sent_at"])
        return
    try:
        provider_id = await _give(
            office, row, addressee, contact, verify=decided.verdict is Verdict.VERIFY
        )
    except MessageRefusedError as refused:
        await _settle(office, row, refused.state, reason=str(refused))
    else:
        await _settle(
            office,
            row,
            DeliveryState.SENT,
            provider_id=provider_id,
            remind_at=_first_reminder(row, addressee),
        )


def _first_reminder(row: Record, addressee: Addressee) -> datetime | None:
    return first_reminder(row, addressee) if row["kind"] == DeliveryKind.GIFT else None


def _decide(row: Record, addressee: Addressee | None, contact: Contact) -> Handover:
    return decide_handover(
        DeliveryKind(row["kind"]),
        Channel(row["channel"]),
        contact,
        has_address=addressee is not None,
        is_begun=row["begun_at"] is not None,
        since=max(row["queued_at"], row["sent_at"] or row["queued_at"]),
        now=row["now"],
    )


async def _give(
    office: PostOffice, row: Record, addressee: Addressee, contact: Contact, *, verify: bool
) -> str | None:
    """Give a delivery to its channel; a provider of SMS gives an id.

    Raises ChannelAway, MessageRefusedError.
    """
    vault, addresses = office.platform.vault, office.addresses
    reader = reader_of(row, addressee, contact.language)
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
    taken = await texter.verify(text) if verify else None
    return taken or await texter.send(text)


async def _settle(
    office: PostOffice,
    row: Record,
    state: DeliveryState,
    *,
    reason: str | None = None,
    provider_id: str | None = None,
    remind_at: datetime | None = None,
) -> None:
    report = DeliveryReport(row["subject_id"], row["id"], state, reason, provider_id, remind_at)
    await store.settle(office.platform.database, report)


async def _tell_buyers(office: PostOffice, rows: list[Record]) -> None:
    """Queue the receipt of a purchase whose gifts have all left."""
    bought = {row["transaction_id"] for row in rows if row["kind"] == DeliveryKind.GIFT}
    if bought and office.channels.mailer is not None:
        await store.sent_whole(office.platform.database, list(bought))

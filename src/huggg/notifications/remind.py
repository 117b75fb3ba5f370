"""Remind: a chore queues the reminders that are due, each once in its slot."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache, partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from asyncpg import Record

from huggg.database.pool import Database
from huggg.kit.chores import Chore
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.notifications.addressee import Addressee, fingerprints_of, readable_addressee
from huggg.notifications.delivery import Channel, DeliveryKind
from huggg.notifications.phone_zones import zones_of_number
from huggg.notifications.reminder import DueReminder, ReminderPlan, decide_reminder
from huggg.notifications.store import contacts, queries
from huggg.notifications.verdict import Contact

REMIND_SECONDS = 10.0
TOGETHER_MAX = 500

NO_MORE = DueReminder(None, None)


def reminders_chore(database: Database, vault: Vault) -> Chore:
    """Describe the chore that queues reminders."""
    return Chore("reminders", REMIND_SECONDS, partial(remind_all, database, vault))


async def remind_all(database: Database, vault: Vault) -> None:
    """Queue every reminder that is due."""
    while await remind(database, vault):
        pass


async def remind(database: Database, vault: Vault) -> bool:
    """Queue the reminders of the gifts that wait longest; False if there may be no more of them."""
    rows = await database.rows(queries.to_remind, most=TOGETHER_MAX)
    if not rows:
        return False
    addressees = [readable_addressee(row, vault) for row in rows]
    wishes = await contacts(database, vault, rows, addressees)
    reminders = list(map(decide, rows, addressees, wishes))
    await database.rows(
        queries.remind,
        subject_ids=[row["subject_id"] for row in rows],
        gift_ids=[row["id"] for row in rows],
        remind_ats=[row["remind_at"] for row in rows],
        next_ats=[reminder.next_at for reminder in reminders],
        slots=[reminder.slot and reminder.slot.name for reminder in reminders],
        new_ids=[new_id() for _ in rows],
        fingerprints=[_fingerprint(*pair, vault) for pair in zip(rows, addressees, strict=True)],
        customer_ids=[row["team_id"] or row["sender_id"] for row in rows],
        links=[row["codes"] for row in rows],
    )
    return len(rows) == TOGETHER_MAX


def decide(row: Record, addressee: Addressee | None, contact: Contact) -> DueReminder:
    """Decide about one gift: none is due any more once it ended, or if its reader gets none."""
    has_address = addressee is not None and addressee.address is not None
    unwanted = contact.is_dead or DeliveryKind.REMINDER in contact.unwanted
    if addressee is None or not has_address or unwanted or not row["is_live"]:
        return NO_MORE
    used_slots = (row["reminders"] or "").split()
    return decide_reminder(_plan(_plan_facts(row, addressee)), used_slots=used_slots, now=row["now"])


def first_reminder(row: Record, addressee: Addressee) -> datetime | None:
    """Say when a gift that is sent now may be reminded of first."""
    return _first_moment(_plan_facts(row, addressee))


@lru_cache(maxsize=64)
def _first_moment(facts: _PlanFacts) -> datetime | None:
    """Look for it once: the gifts of a purchase have one plan."""
    return min((at for at, _ in _plan(facts).moments()), default=None)


class _PlanFacts(NamedTuple):
    """The columns of a row that decide its plan, and the zones of its receiver's number."""

    time_zone: str
    channel: str
    sent_at: datetime
    expires_at: datetime
    legacy_sms: bool
    phone_zones: tuple[ZoneInfo, ...]


def _plan_facts(row: Record, addressee: Addressee) -> _PlanFacts:
    zones = zones_of_number(addressee.address or "") if row["channel"] == Channel.SMS else ()
    columns = row["time_zone"], row["channel"], row["sent_at"], row["expires_at"], row["legacy_sms"]
    return _PlanFacts(*columns, zones)


def _plan(facts: _PlanFacts) -> ReminderPlan:
    zone = ZoneInfo(facts.time_zone)
    return ReminderPlan(
        channel=Channel(facts.channel),
        sent_at=facts.sent_at.astimezone(zone),
        ends_at=facts.expires_at.astimezone(zone),
        legacy_sms=facts.legacy_sms,
        phone_zones=facts.phone_zones,
    )


def _fingerprint(row: Record, addressee: Addressee | None, vault: Vault) -> bytes | None:
    if addressee is None or addressee.address is None:
        return None
    newest, *_ = fingerprints_of(addressee.address, Channel(row["channel"]), vault)
    return newest

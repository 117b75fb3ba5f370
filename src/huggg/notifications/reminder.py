"""The times of a huggg's reminders: their slots, and the hours in which a phone may ring."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from huggg.notifications.delivery import Channel

RINGS_FROM = time(9)
RINGS_UNTIL = time(20)
"""An SMS reminder arrives between these hours where its receiver is."""

ROUNDS_MAX = 8
MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class ReminderSlot:
    """A reminder of the plan: its name, in lists of hugggs too, and its distance.

    The distance is counted from the sending, or back from the end.
    """

    name: str
    days: int = 0
    months: int = 0
    before_end: bool = False

    def at(self, sent_at: datetime, ends_at: datetime) -> datetime:
        """Say when it is due: at the same time of day, in the zone of the two instants."""
        if self.before_end:
            return ends_at - timedelta(days=self.days)
        return _later(sent_at, months=self.months) + timedelta(days=self.days)


AFTER_SENDING = (
    ReminderSlot("after_1_day", days=1),
    ReminderSlot("after_1_week", days=7),
    ReminderSlot("after_1_month", months=1),
    ReminderSlot("after_3_months", months=3),
)
BEFORE_THE_END = (
    ReminderSlot("before_1_week", days=7, before_end=True),
    ReminderSlot("before_1_day", days=1, before_end=True),
)
LEGACY_SMS = (
    ReminderSlot("sms", days=1),
    ReminderSlot("sms_7_days", days=7),
    ReminderSlot("sms_12_days", days=12),
    ReminderSlot("sms_23_days", days=23),
    ReminderSlot("sms_11_months", months=11),
)
"""The slots of the published statuses 6 to 10; status 6 names no day, and ours is the first day."""

SLOTS = {slot.name: slot for slot in (*AFTER_SENDING, *BEFORE_THE_END, *LEGACY_SMS)}


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """The facts that decide when a huggg's receiver is reminded.

    Both instants are in the zone of the brand; `phone_zones` are those of an SMS's receiver.
    """

    channel: Channel
    sent_at: datetime
    ends_at: datetime
    legacy_sms: bool  # the team has the legacy slots on
    phone_zones: Collection[ZoneInfo] = ()

    @property
    def slots(self) -> tuple[ReminderSlot, ...]:
        """Give its slots; the legacy ones are in place of those after sending."""
        legacy = self.legacy_sms and self.channel is Channel.SMS
        return (*(LEGACY_SMS if legacy else AFTER_SENDING), *BEFORE_THE_END)

    def moments(self) -> Iterator[tuple[datetime, ReminderSlot]]:
        """Give the slots within the huggg's time, each with the instant at which it is due."""
        for slot in self.slots:
            at = slot.at(self.sent_at, self.ends_at)
            if at > self.sent_at:
                if self.channel is Channel.SMS:
                    at = next_ringing(at, self.phone_zones)
                if at < self.ends_at:
                    yield at, slot


@dataclass(frozen=True, slots=True)
class DueReminder:
    """The slot that is due now, if one is, and the instant at which to look again."""

    slot: ReminderSlot | None
    next_at: datetime | None


def decide_reminder(plan: ReminderPlan, *, used_slots: Collection[str], now: datetime) -> DueReminder:
    """Decide which slot is due; `used_slots` are the names of those that the receiver was reminded in.

    Of several that came due while no worker ran, the last one is, because the others are out of date.
    An SMS that came due in time and may not ring any more waits for the next hour in which it may.
    """
    moments = sorted(plan.moments(), key=lambda moment: moment[0])
    due_slots = [slot for at, slot in moments if at <= now]
    next_at = next((at for at, _ in moments if at > now), None)
    if not due_slots or due_slots[-1].name in used_slots:
        return DueReminder(None, next_at)
    rings_at = now if plan.channel is Channel.EMAIL else next_ringing(now, plan.phone_zones)
    if rings_at > now:
        waits = rings_at < plan.ends_at and (next_at is None or rings_at < next_at)
        return DueReminder(None, rings_at if waits else next_at)
    return DueReminder(due_slots[-1], next_at)


def next_ringing(at: datetime, zones: Collection[ZoneInfo]) -> datetime:
    """Say when a phone may ring next: where its receiver may be in several zones, in all of them.

    Zones that share no such hour are too far apart for one receiver; then the first one decides.
    """
    instant = at
    for _ in range(ROUNDS_MAX):
        later = max((_ringing_in(zone, instant) for zone in zones), default=instant)
        if later == instant:
            return instant
        instant = later
    return _ringing_in(next(iter(zones)), at)


def _ringing_in(zone: ZoneInfo, at: datetime) -> datetime:
    local = at.astimezone(zone)
    if local.time() < RINGS_FROM:
        return datetime.combine(local, RINGS_FROM, zone)
    if local.time() >= RINGS_UNTIL:
        return datetime.combine(local + timedelta(days=1), RINGS_FROM, zone)
    return at


def _later(at: datetime, *, months: int) -> datetime:
    """Go on by calendar months; a day that the last month lacks becomes its last day."""
    years, month = divmod(at.month - 1 + months, MONTHS_OF_A_YEAR)
    year = at.year + years
    day = min(at.day, monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)

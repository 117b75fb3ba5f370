"""When a receiver is reminded: slots by the calendar of the brand, once each, and hours for SMS."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from huggg.hugggs.wire import REMINDED_STATUS
from huggg.notifications.delivery import Channel
from huggg.notifications.phone_zones import zones_of_number
from huggg.notifications.reminder import (
    LEGACY_SMS,
    SLOTS,
    DueReminder,
    ReminderPlan,
    decide_reminder,
    next_ringing,
)

LONDON = ZoneInfo("Europe/London")
SENT = datetime(2026, 1, 30, 10, 30, tzinfo=LONDON)
ENDS = datetime(2026, 12, 25, tzinfo=LONDON)
MAIL = ReminderPlan(Channel.EMAIL, SENT, ENDS, legacy_sms=False)
TEXT = ReminderPlan(Channel.SMS, SENT, ENDS, legacy_sms=True, phone_zones=(LONDON,))


def test_the_plan_of_a_gift_is_by_the_calendar() -> None:
    assert [(slot.name, f"{at:%m-%d %H:%M}") for at, slot in MAIL.moments()] == [
        ("after_1_day", "01-31 10:30"),
        ("after_1_week", "02-06 10:30"),
        ("after_1_month", "02-28 10:30"),
        ("after_3_months", "04-30 10:30"),
        ("before_1_week", "12-18 00:00"),
        ("before_1_day", "12-24 00:00"),
    ]


def test_a_short_gift_has_the_slots_that_fit_between_its_days() -> None:
    short = ReminderPlan(Channel.EMAIL, SENT, SENT + timedelta(days=3), legacy_sms=False)
    assert [slot.name for _, slot in short.moments()] == ["after_1_day", "before_1_day"]


def test_the_legacy_slots_of_an_sms_are_those_of_the_published_statuses() -> None:
    assert [(slot.name, f"{at:%m-%d %H:%M}") for at, slot in TEXT.moments()] == [
        ("sms", "01-31 10:30"),
        ("sms_7_days", "02-06 10:30"),
        ("sms_12_days", "02-11 10:30"),
        ("sms_23_days", "02-22 10:30"),
        ("before_1_week", "12-18 09:00"),
        ("before_1_day", "12-24 09:00"),
    ]
    assert [REMINDED_STATUS[slot.name] for slot in LEGACY_SMS] == [6, 7, 8, 9, 10]
    assert set(REMINDED_STATUS) <= set(SLOTS)


@pytest.mark.parametrize(
    ("now", "reminded", "slot", "next_at"),
    [
        ("2026-01-31T10:29", "", None, "2026-01-31T10:30"),
        ("2026-01-31T10:30", "", "after_1_day", "2026-02-06T10:30"),
        ("2026-02-01T10:30", "after_1_day", None, "2026-02-06T10:30"),
        (
            "2026-03-01T10:30",
            "",
            "after_1_month",
            "2026-04-30T10:30",
        ),  # the earlier ones are out of date
        ("2026-03-01T10:30", "after_1_day after_1_month", None, "2026-04-30T10:30"),
        ("2026-12-24T12:00", "after_1_day", "before_1_day", None),
    ],
)
def test_the_last_slot_that_came_due_is_said_once(
    now: str, reminded: str, slot: str | None, next_at: str | None
) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=LONDON)

    expected = DueReminder(slot and SLOTS[slot], next_at and at(next_at))  # type: ignore[arg-type]
    assert decide_reminder(MAIL, used_slots=reminded.split(), now=at(now)) == expected


def test_an_sms_that_came_due_at_night_waits_for_the_morning() -> None:
    night = datetime(2026, 2, 6, 23, 0, tzinfo=LONDON)
    morning = datetime(2026, 2, 7, 9, 0, tzinfo=LONDON)
    assert decide_reminder(TEXT, used_slots=["sms"], now=night) == DueReminder(None, morning)
    assert decide_reminder(TEXT, used_slots=["sms"], now=morning).slot == SLOTS["sms_7_days"]


def test_an_sms_waits_no_longer_than_its_gift_lasts() -> None:
    ends = datetime(2026, 1, 31, 23, 30, tzinfo=LONDON)
    plan = ReminderPlan(Channel.SMS, SENT, ends, legacy_sms=True, phone_zones=(LONDON,))
    night = datetime(2026, 1, 31, 22, 0, tzinfo=LONDON)
    assert decide_reminder(plan, used_slots=[], now=night) == DueReminder(None, None)


@pytest.mark.parametrize(
    ("number", "now", "rings"),
    [
        ("+447700900123", "2026-07-01T07:59:00+00:00", "2026-07-01T08:00:00+00:00"),
        ("+447700900123", "2026-07-01T18:59:00+00:00", "2026-07-01T18:59:00+00:00"),
        ("+447700900123", "2026-07-01T19:00:00+00:00", "2026-07-02T08:00:00+00:00"),
        ("+12125550123", "2026-01-05T12:00:00+00:00", "2026-01-05T14:00:00+00:00"),  # New York
        ("+61491570156", "2026-01-05T12:00:00+00:00", "2026-01-06T02:30:00+00:00"),  # its islands, too
    ],
)
def test_a_phone_rings_by_day_where_its_owner_is(number: str, now: str, rings: str) -> None:
    at = next_ringing(datetime.fromisoformat(now), zones_of_number(number))
    assert at == datetime.fromisoformat(rings)


def test_zones_without_a_common_hour_leave_the_first_to_decide() -> None:
    zones = (LONDON, ZoneInfo("Pacific/Fiji"))
    at = datetime.fromisoformat("2026-01-05T22:00:00+00:00")
    assert next_ringing(at, zones) == datetime(2026, 1, 6, 9, tzinfo=LONDON)

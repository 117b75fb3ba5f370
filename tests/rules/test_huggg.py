"""A huggg as published: its 35 keys in their order, its legacy numbers, its relative day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.hugggs.huggg import HugggCodes, Message, State, new_codes
from huggg.hugggs.wire import published_huggg, published_message, relative_day
from huggg.kit.clock import iso_timestamp, timestamp, timestamp_or_none
from huggg.vouchers.voucher import Voucher
from huggg.vouchers.wire import published_voucher
from tests.support.published import HUGGG_KEYS, MESSAGE_KEYS, VOUCHER_KEYS
from tests.support.values import AMARA, BO, COFFEE, FIRST, HUGGG, NOW, SECOND, huggg

LAUNCH = "https://launch.example"


def published(**changes: Any) -> dict[str, Any]:
    shown = published_huggg(huggg(**changes), now=NOW, launch_url=LAUNCH)
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(shown))
    return decoded


def test_a_huggg_has_its_35_keys_in_the_published_order() -> None:
    assert len(HUGGG_KEYS) == 35
    assert list(published()) == HUGGG_KEYS
    assert list(published(receiver_id=BO, redemption_id=FIRST, cancelled_at=NOW)) == HUGGG_KEYS


def test_a_fresh_huggg_is_written_to_the_letter() -> None:
    assert published(message_id=SECOND, image_url="https://cdn.example/offers/a.png") == {
        "id": str(HUGGG),
        "sender_id": str(AMARA),
        "receiver_id": "",
        "created_at": "today",
        "updated_at": "2026-05-20 12:00:00",
        "purchase_id": str(COFFEE),
        "code": "",
        "expiry_date": "2026-06-19",
        "vid": "",
        "redeem_code": "ku6g4h",
        "shortcode": "jcsk2df4sphbgl7f",
        "reminder_sent": "",
        "type": "",
        "transaction_id": "00000000-0000-0000-0000-0000000000c3",
        "account_id": None,
        "order_id": None,
        "deleted_at": None,
        "assigned_date": None,
        "assigned_client": None,
        "viewed_date": None,
        "viewed_client": None,
        "cover_image_url": None,
        "theme_id": "default",
        "sent_date": "2026-05-20 12:00:00",
        "message_id": str(SECOND),
        "voucher_id": None,
        "redeemed_id": None,
        "is_expired": False,
        "hug_status": "sent",
        "status_code": "UC",
        "status": 12,
        "image_url": "https://cdn.example/offers/a.png",
        "launch_url": "https://launch.example/jcsk2df4sphbgl7f",
        "theme_info": {
            "clientIds": [],
            "name": "default",
            "type": "legacy",
            "label": "default",
            "id": "default",
        },
        "reminders_sent": [],
    }


CLAIMED = {"receiver_id": BO, "assigned_at": NOW, "assigned_client": "app"}
EXPIRED = {"expires_at": NOW}
SCHEDULED = {"sent_at": NOW + timedelta(days=12)}


@pytest.mark.parametrize(
    ("changes", "state", "status", "status_code", "hug_status"),
    [
        pytest.param({}, State.UNSENT, 12, "UC", "sent", id="unsent"),
        pytest.param({"receiver_id": BO}, State.SENT, 5, "SE", "sent", id="sent"),
        pytest.param(SCHEDULED, State.SCHEDULED, 12, "UC", "sent", id="scheduled"),
        pytest.param(
            SCHEDULED | {"receiver_id": BO},
            State.SCHEDULED,
            12,
            "UC",
            "sent",
            id="scheduled for a receiver",
        ),
        pytest.param(
            SCHEDULED | CLAIMED, State.CLAIMED, 0, "DL", "sent", id="claimed before it was sent"
        ),
        pytest.param(CLAIMED, State.CLAIMED, 0, "DL", "sent", id="claimed"),
        pytest.param(EXPIRED, State.EXPIRED, 8, "EX", "expired", id="expired"),
        pytest.param(CLAIMED | EXPIRED, State.EXPIRED, 8, "EX", "expired", id="claimed, then expired"),
        pytest.param({"cancelled_at": NOW}, State.CANCELLED, 12, "CA", "cancelled", id="cancelled"),
        pytest.param(
            EXPIRED | {"cancelled_at": NOW},
            State.CANCELLED,
            12,
            "CA",
            "cancelled",
            id="cancelled, then over",
        ),
        pytest.param({"redemption_id": FIRST}, State.REDEEMED, 1, "RE", "redeemed", id="redeemed"),
        pytest.param(
            CLAIMED | EXPIRED | {"redemption_id": FIRST},
            State.REDEEMED,
            1,
            "RE",
            "redeemed",
            id="spent in time",
        ),
    ],
)
def test_each_state_has_its_legacy_number_and_words(
    changes: dict[str, Any], state: State, status: int, status_code: str, hug_status: str
) -> None:
    assert huggg(**changes).state(NOW) is state
    shown = published(**changes)
    assert (shown["status"], shown["status_code"], shown["hug_status"]) == (
        status,
        status_code,
        hug_status,
    )


def test_a_huggg_that_is_yet_to_be_sent_is_of_today_and_says_when() -> None:
    shown = published(**SCHEDULED, created_at=NOW - timedelta(days=3))
    assert (shown["created_at"], shown["sent_date"]) == ("today", "2026-06-01 12:00:00")
    assert huggg(**SCHEDULED).state(NOW + timedelta(days=12)) is State.UNSENT


def test_is_expired_is_a_boolean_that_turns_when_the_last_day_ends() -> None:
    ends = huggg().expires_at
    assert huggg().is_expired(ends - timedelta(microseconds=1)) is False
    assert huggg().is_expired(ends) is True
    assert published(expires_at=NOW, redemption_id=FIRST)["is_expired"] is True


def test_the_times_of_a_huggg_are_those_of_its_events() -> None:
    shown = published(
        **CLAIMED,
        viewed_at=NOW - timedelta(seconds=1),
        viewed_client="web",
        cancelled_at=NOW,
        voucher_id=SECOND,
    )
    assert shown["receiver_id"] == str(BO)
    assert (shown["assigned_date"], shown["assigned_client"]) == ("2026-05-20 12:00:00", "app")
    assert (shown["viewed_date"], shown["viewed_client"]) == ("2026-05-20 11:59:59", "web")
    assert shown["deleted_at"] == "2026-05-20 12:00:00"
    assert shown["voucher_id"] == str(SECOND)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("then", "now", "sentence"),
    [
        ("2026-01-10 00:00:00", "2026-01-10 23:59:59", "today"),
        ("2026-01-09 23:59:59", "2026-01-10 00:00:00", "yesterday"),
        ("2026-01-09 00:00:00", "2026-01-10 23:59:59", "yesterday"),
        ("2026-01-08 23:59:59", "2026-01-10 00:00:00", "2 days ago"),
        ("2025-12-31 12:00:00", "2026-01-12 12:00:00", "12 days ago"),
        ("2025-01-10 12:00:00", "2026-01-10 12:00:00", "365 days ago"),
        # In summer a British day begins an hour before UTC's.
        ("2026-06-30 23:30:00", "2026-07-01 22:59:59", "today"),
        ("2026-06-30 22:59:59", "2026-06-30 23:00:00", "yesterday"),
        # The night on which the clocks go forward, and the one on which they go back.
        ("2026-03-28 23:59:59", "2026-03-29 00:00:00", "yesterday"),
        ("2026-03-29 00:00:00", "2026-03-29 22:59:59", "today"),
        ("2026-03-29 00:00:00", "2026-03-29 23:00:00", "yesterday"),
        ("2026-10-24 23:00:00", "2026-10-25 23:59:59", "today"),
        ("2026-10-24 22:59:59", "2026-10-25 23:59:59", "yesterday"),
        # A clock that runs behind.
        ("2026-01-11 09:00:00", "2026-01-10 09:00:00", "today"),
    ],
)
def test_when_it_was_sent_is_told_by_calendar_days_in_london(then: str, now: str, sentence: str) -> None:
    assert relative_day(utc(then), utc(now)) == sentence


@given(st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)), st.integers(2, 5000))
def test_any_earlier_day_is_counted(then: datetime, days: int) -> None:
    assert relative_day(then, then + timedelta(days=days)) in {
        f"{days} days ago",
        f"{days - 1} days ago" if days > 2 else "yesterday",  # an hour less, or more, in between
        f"{days + 1} days ago",
    }


def test_times_are_written_in_utc_in_the_two_published_forms() -> None:
    at = datetime.fromisoformat("2018-11-20T18:34:08.999999+01:00")
    assert timestamp(at) == "2018-11-20 17:34:08"
    assert iso_timestamp(at) == "2018-11-20T17:34:08Z"
    assert (timestamp_or_none(at), timestamp_or_none(None)) == ("2018-11-20 17:34:08", None)


def test_a_message_is_written_to_the_letter() -> None:
    message = Message(SECOND, HUGGG, AMARA, NOW, "Testing")
    shown = msgspec.to_builtins(published_message(message))
    assert shown == {
        "id": str(SECOND),
        "created_at": "2026-05-20 12:00:00",
        "updated_at": "2026-05-20 12:00:00",
        "hug_id": str(HUGGG),
        "message": "Testing",
        "conversation_id": "0",
        "sender_id": str(AMARA),
    }
    assert list(shown) == MESSAGE_KEYS


def test_a_voucher_is_written_to_the_letter() -> None:
    ends, segment = utc("2021-10-31 23:59:00"), UUID(int=7)
    shown = msgspec.to_builtins(
        published_voucher(Voucher(SECOND, HUGGG, segment, "TEST_CODE", ends, None, NOW, "Europe/London"))
    )
    assert list(shown) == VOUCHER_KEYS
    assert list(shown.items()) == [
        ("id", str(SECOND)),
        ("code", "TEST_CODE"),
        ("huggg_id", str(HUGGG)),
        ("segment_id", str(segment)),
        ("expiry_date", "2021-10-31 23:59:00"),
        ("created_at", None),
        ("updated_at", "2026-05-20 12:00:00"),
    ]


@pytest.mark.parametrize(
    ("time_zone", "ends", "shown"),
    [
        ("Europe/London", "2028-01-01 00:00:00", "2027-12-31 23:59:00"),
        ("Europe/London", "2027-07-31 23:00:00", "2027-07-31 22:59:00"),
        ("Europe/Paris", "2027-12-31 23:00:00", "2027-12-31 22:59:00"),
        ("Asia/Kolkata", "2027-12-31 18:30:00", "2027-12-31 18:29:00"),
        ("Europe/London", "2027-12-31 23:59:00", "2027-12-31 23:59:00"),
        ("Europe/London", "2027-12-31 12:00:00", "2027-12-31 12:00:00"),
        ("Europe/Paris", "2028-01-01 00:00:00", "2028-01-01 00:00:00"),
    ],
)
def test_the_end_of_a_day_is_written_as_its_last_minute(time_zone: str, ends: str, shown: str) -> None:
    voucher = Voucher(SECOND, HUGGG, None, "TEST_CODE", utc(ends), None, NOW, time_zone)
    assert published_voucher(voucher).expiry_date == shown


def test_codes_have_the_published_shape_and_survive_packing() -> None:
    codes, other = new_codes(2)
    assert codes != other
    assert len(codes.shortcode) == 16
    assert codes.shortcode.isalnum()
    assert len(codes.redeem_code) == 6
    assert codes.redeem_code == codes.redeem_code.lower()
    assert not set("".join(each.redeem_code for each in new_codes(1000))) & set("01lo")
    assert HugggCodes.unpacked(codes.packed()) == codes

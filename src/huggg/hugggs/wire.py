"""The Huggg and the Message as published: key order, empty strings, legacy numbers and all.

Sources: the sample of the voucher page for keys and their order, the property page for `status` and the
relative `created_at`, the transaction page for unset values in lists.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from huggg.http.published import Day, Guid, GuidOrEmpty, HugggUrl, Timestamp
from huggg.hugggs.errors import HugggNotYetSent
from huggg.hugggs.huggg import Huggg, Message, State
from huggg.hugggs.thank import THANKS_MAX, Thanks
from huggg.kit.clock import as_utc, timestamp, timestamp_or_none
from huggg.refusal import Refusal

STATUSES: dict[type[Refusal], int] = {HugggNotYetSent: 405}
"""A huggg before its day has the published status of an expired or spent one."""

HERE = ZoneInfo("Europe/London")
"""The zone that decides "yesterday": the published phrases carry none, and the service is British."""


class PublishedTheme(Struct, frozen=True):
    """The theme of a gift page: a part of the huggg, without an id of its own."""

    clientIds: list[str]  # noqa: N815 - published
    name: Annotated[str, Meta(examples=["default"])]
    type: Annotated[str, Meta(examples=["legacy"])]
    label: Annotated[str, Meta(examples=["default"])]
    id: Annotated[str, Meta(examples=["default"])]


class PublishedHuggg(Struct):
    """One prepaid present, from its sender to its recipient."""

    id: Guid
    sender_id: Guid
    receiver_id: Annotated[GuidOrEmpty, Meta(description="Empty while there is no receiver.")]
    created_at: Annotated[
        str,
        Meta(
            description="The day of sending, relative to today; in the answer of `generateVoucher`, an"
            " instant like `2020-08-20 11:58:00`. `sent_date` is one everywhere.",
            examples=["yesterday"],
        ),
    ]
    updated_at: Timestamp
    purchase_id: Annotated[Guid, Meta(description="The product.")]
    code: Annotated[str, Meta(description="The code of its voucher; empty while there is none.")]
    expiry_date: Annotated[Day, Meta(description="The last day on which it is valid.")]
    vid: str
    redeem_code: Annotated[str, Meta(examples=["ku6g4h"])]
    shortcode: Annotated[
        str,
        Meta(
            description="The end of its link: its holder can use the huggg.",
            examples=["z6xPIefA1gKvsxRb"],
        ),
    ]
    reminder_sent: str
    type: str
    transaction_id: Guid
    account_id: None
    order_id: None
    deleted_at: Annotated[Timestamp | None, Meta(description="The moment of cancellation.")]
    assigned_date: Annotated[Timestamp | None, Meta(description="The moment of claiming.")]
    assigned_client: str | None
    viewed_date: Timestamp | None
    viewed_client: str | None
    cover_image_url: HugggUrl | None
    theme_id: Annotated[str, Meta(examples=["default"])]
    sent_date: Timestamp
    message_id: Guid | None
    voucher_id: Guid | None
    redeemed_id: Annotated[GuidOrEmpty | None, Meta(description="Its live redemption.")]
    is_expired: bool
    hug_status: Literal["sent", "redeemed", "expired", "cancelled"]
    status_code: Literal["UC", "SE", "DL", "RE", "EX", "CA"]
    status: Annotated[int, Meta(description="Legacy and non-binding.", ge=0, le=12, examples=[5])]
    image_url: HugggUrl | None
    launch_url: HugggUrl
    theme_info: PublishedTheme
    reminders_sent: list[str]


class PublishedMessage(Struct):
    """The sender's message, as it goes with one huggg."""

    id: Guid
    created_at: Timestamp
    updated_at: Timestamp
    hug_id: Guid
    message: Annotated[str, Meta(examples=["Have one on me."])]
    conversation_id: Annotated[str, Meta(examples=["0"])]
    sender_id: Guid


class LegacyStatus(NamedTuple):
    """The published names of a state: `status`, `status_code`, `hug_status`."""

    status: int
    status_code: Literal["UC", "SE", "DL", "RE", "EX", "CA"]
    hug_status: Literal["sent", "redeemed", "expired", "cancelled"]


LEGACY_STATUS = {
    State.UNSENT: LegacyStatus(12, "UC", "sent"),
    State.SCHEDULED: LegacyStatus(12, "UC", "sent"),
    State.SENT: LegacyStatus(5, "SE", "sent"),
    State.CLAIMED: LegacyStatus(0, "DL", "sent"),
    State.REDEEMED: LegacyStatus(1, "RE", "redeemed"),
    State.EXPIRED: LegacyStatus(8, "EX", "expired"),
    State.CANCELLED: LegacyStatus(12, "CA", "cancelled"),
}
"""The numbers are the property page's list; "SE", "UC" and "sent" are in the samples, the rest of the
words are ours."""


def relative_day(then: datetime, now: datetime) -> str:
    """Write `today`, `yesterday` or `12 days ago`, by calendar days in London."""
    days = (_day_here(now) - _day_here(then)).days
    if days <= 0:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"


def _day_here(at: datetime) -> date:
    """Give the day in London."""
    utc = as_utc(at)
    return _day_of_hour(utc.toordinal(), utc.hour)


@lru_cache(maxsize=1024)
def _day_of_hour(day: int, hour: int) -> date:
    """Tell London's day by UTC's day and hour; days begin with an hour there, in summer too."""
    return datetime.fromordinal(day).replace(hour=hour, tzinfo=UTC).astimezone(HERE).date()


REMINDED_STATUS = {"sms": 6, "sms_7_days": 7, "sms_12_days": 8, "sms_23_days": 9, "sms_11_months": 10}
"""The legacy numbers of a sent huggg, by the slot of its last reminder."""


def published_huggg(huggg: Huggg, *, now: datetime, launch_url: str) -> PublishedHuggg:
    """Write a huggg as lists and single reads show it, all 35 keys in the published order.

    `launch_url` is where share links lead, without the slash before the shortcode.
    """
    state = huggg.state(now)
    words = LEGACY_STATUS[state]
    reminders = huggg.reminders.split() if huggg.reminders else []
    return PublishedHuggg(
        id=huggg.id,
        sender_id=huggg.sender_id,
        receiver_id=str(huggg.receiver_id) if huggg.receiver_id else "",
        created_at=relative_day(huggg.sent_at, now),
        updated_at=timestamp(huggg.updated_at),
        purchase_id=huggg.product_id,
        code=huggg.code,
        expiry_date=huggg.expiry_date.isoformat(),
        vid="",
        redeem_code=huggg.codes.redeem_code,
        shortcode=huggg.codes.shortcode,
        reminder_sent=reminders[-1] if reminders else "",
        type=huggg.type,
        transaction_id=huggg.transaction_id,
        account_id=None,
        order_id=None,
        deleted_at=timestamp_or_none(huggg.cancelled_at),
        assigned_date=timestamp_or_none(huggg.assigned_at),
        assigned_client=huggg.assigned_client,
        viewed_date=timestamp_or_none(huggg.viewed_at),
        viewed_client=huggg.viewed_client,
        cover_image_url=None,
        theme_id=huggg.theme_id,
        sent_date=timestamp(huggg.sent_at),
        message_id=huggg.message_id,
        voucher_id=huggg.voucher_id,
        redeemed_id=str(huggg.redemption_id) if huggg.redemption_id else None,
        is_expired=huggg.is_expired(now),
        hug_status=words.hug_status,
        status_code=words.status_code,
        status=_status(state, words, reminders),
        image_url=huggg.image_url,
        launch_url=f"{launch_url}/{huggg.codes.shortcode}",
        theme_info=_theme(huggg.theme_id),
        reminders_sent=reminders,
    )


def _status(state: State, words: LegacyStatus, reminders: list[str]) -> int:
    """Give the legacy number: while a huggg waits for its receiver, its last SMS reminder counts."""
    if reminders and state is State.SENT:
        return REMINDED_STATUS.get(reminders[-1], words.status)
    return words.status


@lru_cache(maxsize=64)
def _theme(theme_id: str) -> PublishedTheme:
    return PublishedTheme([], theme_id, "legacy", theme_id, theme_id)


def published_message(message: Message) -> PublishedMessage:
    """Write a Message; `hug_id` is the published name, and every message starts its own conversation."""
    at = timestamp(message.created_at)
    return PublishedMessage(
        id=message.id,
        created_at=at,
        updated_at=at,
        hug_id=message.huggg_id,
        message=message.message,
        conversation_id="0",
        sender_id=message.sender_id,
    )


class PublishedThanks(Struct):
    """A thank-you from the recipient of a huggg. It is ours: the published pages know none."""

    huggg_id: Guid
    text: Annotated[str, Meta(max_length=THANKS_MAX, examples=["Lovely, thank you!"])]
    created_at: Timestamp


def published_thanks(thanks: Thanks) -> PublishedThanks:
    """Write a thank-you."""
    return PublishedThanks(thanks.huggg_id, thanks.text, timestamp(thanks.created_at))

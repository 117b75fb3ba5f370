"""The Huggg and the Message as published: key order, empty strings, legacy numbers and all.

Sources: the sample of the voucher page for keys and their order, the property page for `status` and
the relative `created_at`, the transaction page for what is unset in lists.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from huggg.hugggs.huggg import Huggg, State
from huggg.kit.clock import timestamp, timestamp_or_none

HERE = ZoneInfo("Europe/London")
"""Where "yesterday" is decided: the published phrases carry no zone, and the service is British."""

LEGACY_STATUS = {
    State.UNSENT: (12, "UC", "sent"),
    State.SCHEDULED: (12, "UC", "sent"),
    State.SENT: (5, "SE", "sent"),
    State.CLAIMED: (0, "DL", "sent"),
    State.REDEEMED: (1, "RE", "redeemed"),
    State.EXPIRED: (8, "EX", "expired"),
    State.CANCELLED: (12, "CA", "cancelled"),
}
"""`status`, `status_code` and `hug_status` by state. The numbers are the property page's list; "SE",
"UC" and "sent" are in the samples, the rest of the words are ours."""


def relative_day(then: datetime, now: datetime) -> str:
    """Write `today`, `yesterday` or `12 days ago`, by calendar days in London."""
    days = (now.astimezone(HERE).date() - then.astimezone(HERE).date()).days
    if days <= 0:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"


def published_huggg(huggg: Huggg, *, now: datetime, launch_url: str) -> dict[str, Any]:
    """Write a huggg as lists and single reads show it, all 35 keys in the published order.

    `launch_url` is where share links lead, without the slash before the shortcode.
    """
    status, status_code, hug_status = LEGACY_STATUS[huggg.state(now)]
    return {
        "id": huggg.id,
        "sender_id": huggg.sender_id,
        "receiver_id": huggg.receiver_id or "",
        "created_at": relative_day(huggg.sent_at, now),
        "updated_at": timestamp(huggg.updated_at),
        "purchase_id": huggg.product_id,
        "code": huggg.code,
        "expiry_date": huggg.expiry_date.isoformat(),
        "vid": "",
        "redeem_code": huggg.codes.redeem_code,
        "shortcode": huggg.codes.shortcode,
        "reminder_sent": "",
        "type": huggg.type,
        "transaction_id": huggg.transaction_id,
        "account_id": None,
        "order_id": None,
        "deleted_at": timestamp_or_none(huggg.cancelled_at),
        "assigned_date": timestamp_or_none(huggg.assigned_at),
        "assigned_client": huggg.assigned_client,
        "viewed_date": timestamp_or_none(huggg.viewed_at),
        "viewed_client": huggg.viewed_client,
        "cover_image_url": None,
        "theme_id": huggg.theme_id,
        "sent_date": timestamp(huggg.sent_at),
        "message_id": huggg.message_id,
        "voucher_id": huggg.voucher_id,
        "redeemed_id": huggg.redemption_id,
        "is_expired": huggg.is_expired(now),
        "hug_status": hug_status,
        "status_code": status_code,
        "status": status,
        "image_url": huggg.image_url,
        "launch_url": f"{launch_url}/{huggg.codes.shortcode}",
        "theme_info": _theme(huggg.theme_id),
        "reminders_sent": [],
    }


def _theme(theme_id: str) -> dict[str, Any]:
    return {"clientIds": [], "name": theme_id, "type": "legacy", "label": theme_id, "id": theme_id}


def published_message(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a message row
    """Write a Message; `hug_id` is the published name, and every message starts its own conversation."""
    return {
        "id": row.id,
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.created_at),
        "hug_id": row.huggg_id,
        "message": row.message,
        "conversation_id": "0",
        "sender_id": row.sender_id,
    }

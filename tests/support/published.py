"""The published API, letter by letter, so that no two tests can disagree about it."""

from __future__ import annotations

HUGGG_KEYS = [
    *("id", "sender_id", "receiver_id", "created_at", "updated_at", "purchase_id", "code"),
    *("expiry_date", "vid", "redeem_code", "shortcode", "reminder_sent", "type", "transaction_id"),
    *("account_id", "order_id", "deleted_at", "assigned_date", "assigned_client", "viewed_date"),
    *("viewed_client", "cover_image_url", "theme_id", "sent_date", "message_id", "voucher_id"),
    *("redeemed_id", "is_expired", "hug_status", "status_code", "status", "image_url", "launch_url"),
    *("theme_info", "reminders_sent"),
]
"""In the order of the sample on the page of vouchers."""

LIST_KEYS = [
    *("current_page", "data", "from", "last_page", "next_page_url", "path", "per_page"),
    *("prev_page_url", "to", "total"),
]
"""In the order of the sample on the page of a transaction's hugggs; `embedded` comes last."""

REDEMPTION_KEYS = ["id", "huggg_id", "redeemed", "creation_at", "updated_at", "location_id"]
TRANSACTION_KEYS = [
    *("id", "created_at", "updated_at", "retail", "status", "hugggs"),
    *("purchased_at_date", "purchased_at_time"),
]
MESSAGE_KEYS = [
    *("id", "created_at", "updated_at", "hug_id", "message", "conversation_id", "sender_id"),
]
VOUCHER_KEYS = [
    *("id", "code", "huggg_id", "segment_id", "expiry_date", "created_at", "updated_at"),
]

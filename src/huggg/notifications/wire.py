"""Deliveries on the wire; all of this is ours, not published."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from huggg.http.body import Name
from huggg.http.leniency import LenientBody
from huggg.http.published import Guid, Timestamp
from huggg.kit.clock import timestamp, timestamp_or_none
from huggg.notifications.delivery import ShownDelivery
from huggg.notifications.reminder import SLOTS


class DeliverAgainBody(LenientBody):
    """The body of `POST /api/v2/hugggs/{id}/deliveries`: nothing, or a corrected address or number."""

    email: Annotated[Name | None, Meta(description="The receiver's right e-mail address.")] = None
    phone_number: Annotated[
        Name | None, Meta(description="The receiver's right mobile number, in any spelling.")
    ] = None


class PublishedDelivery(Struct):
    """One message about a huggg, its state, and the moments of its states."""

    id: Guid
    huggg_id: Guid
    kind: Annotated[str, Meta(description="gift or reminder.", examples=["gift"])]
    channel: Annotated[str, Meta(description="email or sms.", examples=["email"])]
    state: Annotated[
        str,
        Meta(description="queued, sent, delivered, bounced, failed or suppressed.", examples=["sent"]),
    ]
    reminder: Annotated[
        str | None, Meta(description="The slot of a reminder.", examples=["after_1_week"])
    ]
    reason: Annotated[
        str | None,
        Meta(
            description="The reason why the message did not arrive, in the mail server's words or ours.",
            examples=[None],
        ),
    ]
    address: Annotated[
        str | None,
        Meta(
            description="The e-mail address or number that it goes to; null for a caller who may not"
            " see it, and for a receiver whose data were erased.",
            examples=["dee@example.org"],
        ),
    ]
    queued_at: Timestamp
    sent_at: Timestamp | None
    delivered_at: Timestamp | None
    bounced_at: Timestamp | None
    failed_at: Timestamp | None
    suppressed_at: Timestamp | None


def published_delivery(delivery: ShownDelivery) -> PublishedDelivery:
    """Write a delivery."""
    return PublishedDelivery(
        id=delivery.id,
        huggg_id=delivery.huggg_id,
        kind=delivery.kind,
        channel=delivery.channel,
        state=delivery.state,
        reminder=delivery.slot if delivery.slot in SLOTS else None,
        reason=delivery.reason,
        address=delivery.address,
        queued_at=timestamp(delivery.queued_at),
        sent_at=timestamp_or_none(delivery.sent_at),
        delivered_at=timestamp_or_none(delivery.delivered_at),
        bounced_at=timestamp_or_none(delivery.bounced_at),
        failed_at=timestamp_or_none(delivery.failed_at),
        suppressed_at=timestamp_or_none(delivery.suppressed_at),
    )

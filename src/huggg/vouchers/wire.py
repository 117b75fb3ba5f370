"""The Voucher V1 as published on the voucher page, and the body of its request."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from huggg.http.body import Name
from huggg.http.leniency import LenientBody
from huggg.http.published import Guid, Timestamp
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.wire import PublishedHuggg, published_huggg
from huggg.kit.clock import timestamp, timestamp_or_none
from huggg.kit.ids import parse_id
from huggg.refusal import Refusal
from huggg.vouchers.errors import CancelledHuggg, ExpiredWithoutVoucher, RedeemedWithoutVoucher
from huggg.vouchers.voucher import SegmentRequest, Voucher

STATUSES: dict[type[Refusal], int] = {
    RedeemedWithoutVoucher: 405,
    CancelledHuggg: 405,
    ExpiredWithoutVoucher: 405,
}
"""The statuses of a redemption of a spent or expired huggg, which are published."""


class VoucherBody(LenientBody):
    """The body of `POST /api/v2/hugggs/{id}/voucher`; all of it may be missing."""

    segmentId: Name | None = None  # noqa: N815 - published
    embed: list[Name] | None = None


def requested_segment(document: VoucherBody) -> SegmentRequest | None:
    """Read the segment; one that is no GUID is refused later, like an unknown segment."""
    return SegmentRequest(parse_id(document.segmentId)) if document.segmentId else None


class PublishedVoucher(Struct):
    """The code that a huggg turned into."""

    id: Guid
    code: Annotated[str, Meta(description="The code to show at the till.", examples=["TEST_CODE"])]
    huggg_id: Guid
    segment_id: Guid | None
    expiry_date: Annotated[
        Timestamp,
        Meta(
            description="The end of the code: that of its huggg if it has none of its own. The end of a"
            " day is its last minute, where the brand is."
        ),
    ]
    created_at: Timestamp | None
    updated_at: Timestamp
    pin: Annotated[
        str | UnsetType,
        Meta(
            description="Ours: the PIN that a till needs beside the code. Absent if the code has none.",
            examples=["0042"],
        ),
    ] = UNSET


def published_voucher(voucher: Voucher) -> PublishedVoucher:
    """Write a voucher, in the key order of its sample."""
    return PublishedVoucher(
        id=voucher.id,
        code=voucher.code,
        huggg_id=voucher.huggg_id,
        segment_id=voucher.segment_id,
        expiry_date=timestamp(_last_minute(voucher)),
        created_at=timestamp_or_none(voucher.created_at),
        updated_at=timestamp(voucher.updated_at),
        pin=voucher.pin or UNSET,
    )


def _last_minute(voucher: Voucher) -> datetime:
    """Name the end of a day by its last minute, as published, and any other end as it is.

    A code is good to the end of its day, which is the midnight after it: written as such, it would read
    as the day on which the till refuses the code.
    """
    local = voucher.expires_at.astimezone(ZoneInfo(voucher.time_zone))
    return voucher.expires_at if local.time() != time() else voucher.expires_at - timedelta(minutes=1)


def published_huggg_of_voucher(huggg: Huggg, *, now: datetime, launch_url: str) -> PublishedHuggg:
    """Write a huggg as the voucher page does: `created_at` in full, an unset `redeemed_id` empty."""
    published = published_huggg(huggg, now=now, launch_url=launch_url)
    return msgspec.structs.replace(
        published, created_at=timestamp(huggg.created_at), redeemed_id=published.redeemed_id or ""
    )

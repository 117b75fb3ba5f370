"""The Voucher V1 as published on the voucher page."""

from __future__ import annotations

from typing import Any

from huggg.kit.clock import timestamp, timestamp_or_none
from huggg.vouchers.voucher import Voucher


def published_voucher(voucher: Voucher) -> dict[str, Any]:
    """Write a voucher, in the key order of its sample."""
    return {
        "id": voucher.id,
        "code": voucher.code,
        "huggg_id": voucher.huggg_id,
        "segment_id": voucher.segment_id,
        "expiry_date": timestamp_or_none(voucher.expires_at),
        "created_at": timestamp_or_none(voucher.created_at),
        "updated_at": timestamp(voucher.updated_at),
    }
